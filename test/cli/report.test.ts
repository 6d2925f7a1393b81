import { lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FINDING_KINDS } from '../../src/model/finding.ts';
import type { Report } from '../../src/model/report.ts';
import { type AuditCase, writeCase } from './audit-case.ts';
import { expectRefusal, runCli, runShell, SET_UP_MS } from './run-cli.ts';

/** Policies carry the day on which they expire. */
const timeless = ({ generatedAt: _, policies, ...rest }: Report) => ({ ...rest, policies: policies.length });

let files: AuditCase;
let audit: string[];
let saved: string;
let report: Report;
beforeAll(async () => {
  files = await writeCase('report');
  saved = files.at('saved.json');
  audit = ['audit', files.snapshot, '--configured', files.exports];
  expect((await runCli([...audit, '-f', `table=${files.at('saved.txt')}`, '-f', `json=${saved}`])).code).toBe(
    0,
  );
  report = JSON.parse(readFileSync(saved, 'utf8')) as Report;
}, SET_UP_MS);
afterAll(() => files.remove());

describe('formats', () => {
  it('json on standard output is the published schema’s, and says what there is to find', async () => {
    const { stdout, stderr } = await runCli([...audit, '-f', 'json']);
    expect(stderr).toBe('');
    const schema = JSON.parse(readFileSync('fixtures/schemas/ai-spm-report-1.json', 'utf8')) as object;
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
    const parsed = JSON.parse(stdout) as Report;
    expect(validate(parsed), JSON.stringify(validate.errors)).toBe(true);
    expect(parsed.findings.map(({ kind }) => kind).sort()).toEqual([
      'foreign-policy-egress',
      'unread-secret',
      'unused-egress',
    ]);
    expect(timeless(parsed)).toEqual(timeless(report));
  });

  it('a saved report gives the table of the run that saved it', async () => {
    const again = await runCli(['audit', '--report', saved]);
    expect(again).toMatchObject({ code: 0, stderr: '', stdout: readFileSync(files.at('saved.txt'), 'utf8') });
    expect(again.stdout).toBe((await runCli(audit)).stdout);
  });

  it('a saved report says which flags do nothing to it', async () => {
    const { code, stderr } = await runCli(['audit', '--report', saved, '-n', 'research', '--all-workloads']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `note: --report renders ${saved} as it was saved: -n, --all-workloads not applied\n`,
    });
  });

  it('--show prints what was asked for, in that order, and --title above', async () => {
    const { stdout } = await runCli([
      'audit',
      '--report',
      saved,
      '--show',
      'coverage,policies',
      '--title',
      'nightly',
    ]);
    expect(stdout).not.toContain('[G1] HIGH');
    expect(stdout).toMatch(/COVERAGE[\s\S]*NetworkPolicy/i);
  });

  it('into a device or a pipe as it is, and a link stays a link', async () => {
    const line = (to: string) => `ai-spm audit --report '${saved}' -q -f json=${to} | head -c 1`;
    expect((await runShell(line('/dev/stdout'))).stdout).toBe('{');
    expect(lstatSync('/dev/stdout').isSymbolicLink()).toBe(true);
    expect((await runShell(line('>(cat)'))).stdout).toBe('{');
    writeFileSync(files.at('target.json'), '');
    symlinkSync('target.json', files.at('link.json'));
    await runCli(['audit', '--report', saved, '-f', `json=${files.at('link.json')}`]);
    expect(lstatSync(files.at('link.json')).isSymbolicLink()).toBe(true);
    expect(readFileSync(files.at('target.json'), 'utf8')).toBe(readFileSync(saved, 'utf8'));
  });

  it('a path that cannot be written: exit 4, and the reports before it are there', async () => {
    const { code, stderr } = await runCli([
      ...audit,
      '-f',
      `json=${files.at('first.json')}`,
      '-f',
      'table=/nowhere/t.txt',
    ]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/cannot write \/nowhere\/t\.txt[\s\S]*hint: The directory does not exist/);
    expect((await runCli(['audit', '--report', files.at('first.json'), '-q'])).code).toBe(0);
  });
});

describe('--explain', () => {
  it.each(['foreign-policy-egress', 'unused-egress'] as const)(
    '%s, by the first characters of its id',
    async (kind) => {
      const finding = report.findings.find((one) => one.kind === kind)!;
      const { code, stdout } = await runCli([...audit, '--explain', finding.id.slice(0, 6)]);
      expect(code).toBe(0);
      const flat = stdout.replaceAll(/\s+/g, ' ');
      expect(flat).toContain(finding.claim.replaceAll(/\s+/g, ' '));
      expect(flat).toContain(finding.remedy.object);
      expect(flat).toContain(finding.configured.path[0]!.object);
    },
  );

  it('a cell that cannot be told, from a saved report', async () => {
    const cell = report.cannotTell[0]!;
    const { code, stdout } = await runCli([
      'audit',
      '--report',
      saved,
      '--explain',
      cell.fingerprint.slice(0, 8),
    ]);
    expect(code).toBe(0);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(cell.todo.replaceAll(/\s+/g, ' '));
  });

  it.each(['ffffffffffffffff', ''])('an id that is none (%j)', async (id) => {
    expectRefusal(
      await runCli(['audit', '--report', saved, '--explain', id]),
      2,
      /--explain .*no finding and no cannot-tell cell/,
    );
  });
});

describe('without one of the two postures', () => {
  it('no snapshot: the static view, Gap 2 and 3 cannot be told, exit 0', async () => {
    const { code, stdout } = await runCli(['audit', '--configured', files.exports, '-f', 'json']);
    expect(code).toBe(0);
    const { findings, cannotTell } = JSON.parse(stdout) as Report;
    expect(findings).toEqual([]);
    expect(new Set(cannotTell.filter(({ gap }) => gap > 1).map(({ reason }) => reason))).toContain(
      'no-snapshot',
    );
    // These can be judged without: no token is mounted, a policy selects it, and nothing of RBAC, clouds or databases is there.
    const unknown = new Set(cannotTell.map(({ kind }) => kind));
    expect(FINDING_KINDS.filter((kind) => !unknown.has(kind))).toEqual([
      'unread-token',
      'unused-permission',
      'unused-cluster-permission',
      'unassumed-role',
      'unused-grant',
      'shared-identity',
      'unpoliced-egress',
      'inherited-api-access',
    ]);
  });

  it('no configuration: what was seen, every gap cannot be told, exit 0', async () => {
    const { code, stdout } = await runCli([
      'audit',
      files.snapshot,
      '--no-live',
      '--all-workloads',
      '-f',
      'json',
    ]);
    expect(code).toBe(0);
    const { findings, cannotTell } = JSON.parse(stdout) as Report;
    expect(findings).toEqual([]);
    expect(cannotTell.map(({ reason }) => reason)).toContain('no-configuration');
  });

  it.each([
    ['no agent among the workloads', ['-n', 'research', '-l', 'app=other']],
    ['another namespace', ['-n', 'finance']],
  ])('%s: exit 5', async (_, flags) => {
    expectRefusal(await runCli(['audit', '--configured', files.exports, ...flags]), 5, /nothing to audit/);
  });
});

describe('damaged reports', () => {
  it.each<[string, string, RegExp]>([
    ['empty', '', /is not JSON/],
    ['another file', '{"a":1}', /is not an ai-spm report/],
    ['an array', '[]', /is not an ai-spm report/],
    ['null', 'null', /is not an ai-spm report/],
    ['a later version', '{"format":"ai-spm/report","version":99}', /version 99; this ai-spm reads version 1/],
    ['a field cut off', '{"format":"ai-spm/report","version":1}', /is damaged/],
  ])('%s: exit 2, named', async (name, content, message) => {
    const path = files.put(`${name.replaceAll(' ', '-')}.json`, content);
    for (const flag of ['--report', '--baseline']) {
      const result = await runCli(['audit', '--no-live', flag, path]);
      expectRefusal(result, 2, message);
      expect(result.stderr).toContain(path);
    }
  });
});
