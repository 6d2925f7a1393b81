import { writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditCase, writeCase } from './audit-case.ts';
import { runCli, runShell, runTerminal, runUnder, SET_UP_MS, widest } from './run-cli.ts';

const ESCAPE = '\u001b';
let files: AuditCase;
let audit: string[];
let saved: string;
beforeAll(async () => {
  files = await writeCase('streams');
  saved = files.at('saved.json');
  audit = ['audit', files.snapshot, '--configured', files.exports];
  expect(await runCli([...audit, '-f', `json=${saved}`, '-q'])).toMatchObject({
    code: 0,
    stdout: '',
    stderr: '',
  });
}, SET_UP_MS);
afterAll(() => files.remove());

describe('standard output', () => {
  it('carries the report alone, standard error the rest', async () => {
    const { code, stdout, stderr } = await runCli([
      ...audit,
      '-f',
      `json=${files.at('again.json')}`,
      '-f',
      'table',
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^AGENT /);
    expect(stderr).toBe(`wrote json to ${files.at('again.json')}\n`);
  });

  it('fits 80 columns without colour in a pipe, whatever COLUMNS says of elsewhere', async () => {
    const { stdout } = await runCli(audit);
    expect(widest(stdout)).toBeLessThanOrEqual(80);
    expect(stdout).not.toContain(ESCAPE);
    expect(
      widest((await runCli(['audit', '--report', saved], { env: { COLUMNS: '120' } })).stdout),
    ).toBeGreaterThan(80);
  });

  it.each([
    ['| head -1', '1 0'],
    ['| true', '1 0'],
    ['>&-', '1'],
  ])('%s ends it quietly, and the exit code stays the gate’s', async (redirection, status) => {
    const line = `ai-spm audit --report '${saved}' --show findings,policies,coverage --fail-on any ${redirection}; echo "\${PIPESTATUS[*]}"`;
    const { stdout, stderr } = await runShell(line);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(status);
    expect(stderr.replace(/^gate: .*\n/gm, '')).toBe('');
  });

  it('is all there, however late it is read', async () => {
    const question = { subject: { user: 'nobody' }, action: { kind: 'kubernetes-action', verb: 'get' } };
    const asked = files.at('many.jsonl');
    writeFileSync(asked, `${JSON.stringify(question)}\n`.repeat(5000));
    const line = `ai-spm audit --configured '${files.exports}' --can-file '${asked}' 2>/dev/null | (sleep 4; wc -lc)`;
    const { stdout } = await runShell(line);
    const [lines, bytes] = stdout.trim().split(/\s+/).map(Number);
    expect(lines).toBe(5000);
    // More than a pipe holds, so that it had to wait.
    expect(bytes).toBeGreaterThan(1 << 18);
  });

  it('that never takes the report is said, with exit code 4', async () => {
    const NODE_OPTIONS = '--import=data:text/javascript,process.stdout.write=()=>true';
    const { code, stdout, stderr } = await runCli(['audit', '--report', saved], { env: { NODE_OPTIONS } });
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/^ai-spm: this is a defect.* the run ended before it was done$/m);
  });

  it('on a full disk is an error, with what was found still in the other outputs', async () => {
    const { code, stderr } = await runShell(
      `ai-spm audit --report '${saved}' -f table -f json='${files.at('b.json')}' >/dev/full`,
    );
    expect(code).toBe(4);
    expect(stderr).toMatch(/^ai-spm: cannot write to standard output: ENOSPC/m);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect((await runCli(['audit', '--report', files.at('b.json')])).code).toBe(0);
  });

  it('survives a standard error that nobody can write to', async () => {
    expect(await runShell(`ai-spm audit --report '${saved}' --fail-on gap2 2>/dev/full`)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^AGENT/),
    });
  });
});

describe('colour', () => {
  it.each<[string, string[], Record<string, string>, boolean]>([
    ['a pipe', [], {}, false],
    ['--color always', ['--color', 'always'], {}, true],
    ['--color always beats NO_COLOR', ['--color', 'always'], { NO_COLOR: '1' }, true],
    ['FORCE_COLOR', [], { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR=0', [], { FORCE_COLOR: '0' }, false],
    ['NO_COLOR beats FORCE_COLOR', [], { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['AI_SPM_COLOR', [], { AI_SPM_COLOR: 'always' }, true],
  ])('piped: %s', async (_, flags, env, colored) => {
    const { stdout } = await runCli(['audit', '--report', saved, ...flags], { env });
    expect(stdout.includes(ESCAPE)).toBe(colored);
  });

  it.each<[string, string[], Record<string, string>, boolean]>([
    ['by default', [], {}, true],
    ['NO_COLOR', [], { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR is none', [], { NO_COLOR: '' }, true],
    ['TERM=dumb', [], { TERM: 'dumb' }, false],
    ['--color never', ['--color', 'never'], {}, false],
    ['FORCE_COLOR=0', [], { FORCE_COLOR: '0' }, false],
  ])('on a terminal: %s', async (_, flags, env, colored) => {
    const { stdout } = await runTerminal(['audit', '--report', saved, ...flags], 80, { env });
    expect(stdout).toContain('research/report-agent');
    expect(stdout.includes(ESCAPE)).toBe(colored);
  });

  it('carries nothing that the words do not', async () => {
    const plain = await runCli(['audit', '--report', saved]);
    const colored = await runCli(['audit', '--report', saved, '--color', 'always']);
    expect(stripVTControlCharacters(colored.stdout)).toBe(plain.stdout);
  });
});

describe('a terminal', () => {
  it.each([80, 120])('%i columns wide is filled and not passed', async (columns) => {
    const args = [
      'audit',
      '--report',
      saved,
      '--color',
      'never',
      '--show',
      'findings,operation,bom,policies,coverage',
    ];
    const { code, stdout } = await runTerminal(args, columns);
    expect(code).toBe(0);
    const width = widest(stdout.replaceAll('\r', ''));
    expect(width).toBeLessThanOrEqual(columns);
    expect(width).toBeGreaterThan(columns - 10);
  });
});

describe('the test kit', () => {
  it('takes no run for one that a signal ended', async () => {
    await expect(runUnder(['sh', '-c', 'echo half; kill -TERM $$'], [])).rejects.toThrow(
      /^SIGTERM ended sh /,
    );
  });
});
