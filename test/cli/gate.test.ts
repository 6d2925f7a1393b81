import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { AGENT } from '../detectors/support/observe.ts';
import { covered } from '../reconcile/segments.ts';
import { type AuditCase, estate, fortnight, writeCase, writeExports } from './audit-case.ts';
import { runCli, SET_UP_MS } from './run-cli.ts';

let files: AuditCase;
/** Audits of the same agent: as it is, without the cluster policy, and with its probes gone. */
const reports = { whole: '', policyLess: '', blind: '' };

beforeAll(async () => {
  files = await writeCase('gate');
  const policyLess = writeExports(
    files.at('policy-less'),
    estate().filter(({ kind }) => kind !== 'AdminNetworkPolicy'),
  );
  const blind = await files.write(
    'blind.snapshot.jsonl',
    fortnight({
      coverage: covered(AGENT).map((row) => (row.signal === 'network' ? { ...row, lost: 50 } : row)),
    }),
  );
  reports.whole = await save('whole', [files.snapshot, '--configured', files.exports]);
  reports.policyLess = await save('policy-less', [files.snapshot, '--configured', policyLess]);
  reports.blind = await save('blind', [blind, '--configured', files.exports]);
}, SET_UP_MS);
afterAll(() => files.remove());

async function save(name: string, args: readonly string[]): Promise<string> {
  const path = files.at(`${name}.json`);
  expect((await runCli(['audit', ...args, '-f', `json=${path}`])).code).toBe(0);
  return path;
}
const read = (name: keyof typeof reports) => JSON.parse(readFileSync(reports[name], 'utf8')) as Report;

async function gated(now: keyof typeof reports, flags: readonly string[], before?: keyof typeof reports) {
  const baseline = before === undefined ? [] : ['--baseline', reports[before]];
  return runCli(['audit', '--report', reports[now], ...baseline, ...flags]);
}

describe('--fail-on', () => {
  it('has something to go by: the same agent, three times', () => {
    const kinds = (name: keyof typeof reports) =>
      read(name)
        .findings.map(({ kind }) => kind)
        .sort();
    expect(kinds('whole')).toEqual(['foreign-policy-egress', 'unread-secret', 'unused-egress']);
    expect(kinds('policyLess')).not.toContain('foreign-policy-egress');
    expect(kinds('blind')).not.toContain('unused-egress');
  });

  it.each<[string, number]>([
    ['any', 1],
    ['gap1', 1],
    ['gap2', 1],
    ['gap3', 0],
    ['gap2:high', 1],
    ['gap2:critical', 0],
    ['gap3,gap1:high', 1],
  ])('%s exits %i and says why', async (gate, code) => {
    const result = await gated('whole', ['--fail-on', gate]);
    expect(result.code).toBe(code);
    expect(result.stdout).toMatch(/^AGENT/);
    if (code === 1)
      expect(result.stderr).toMatch(/^gate: [0-9a-f]{10} \[G\d\] [\s\S]*tripped --fail-on; exit code 1\n$/);
    else expect(result.stderr).toBe('');
  });
});

describe('--fail-on with :new against a baseline', () => {
  it.each<[string, keyof typeof reports, keyof typeof reports, string, number]>([
    ['a finding that was not there', 'whole', 'policyLess', 'gap2:new', 1],
    ['one that was', 'whole', 'whole', 'any:new', 0],
    ['one that was, gated whatever its age', 'whole', 'whole', 'gap2', 1],
    ['a new one below the severity', 'whole', 'policyLess', 'gap2:critical:new', 0],
    ['a new one of another gap', 'whole', 'policyLess', 'gap3:new', 0],
    ['a cell that the baseline could tell', 'blind', 'whole', 'gap1:new', 3],
    ['that cell, ungated', 'blind', 'whole', 'gap3:new', 0],
    ['a cell that could not be told before either', 'blind', 'blind', 'gap1:new', 0],
  ])('%s (%s after %s, %s) exits %i', async (_, now, before, gate, code) => {
    const result = await gated(now, ['--fail-on', gate], before);
    expect({ code: result.code, stderr: result.stderr }).toMatchObject({ code });
    expect(result.stdout).toMatch(/Against the report of/);
  });

  it('compares an audit as it compares a saved report', async () => {
    const result = await runCli([
      'audit',
      files.snapshot,
      '--configured',
      files.exports,
      '--baseline',
      reports.policyLess,
      '--fail-on',
      'gap2:new',
    ]);
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/Against the report of[\s\S]* 1 new, 2 unchanged, 0 resolved/);
  });

  it('keeps what it had as an agent: losing the sign of it is no way past the gate', async () => {
    const unlabelled = writeExports(
      files.at('unlabelled'),
      estate().map((one) => ({ ...one, metadata: { ...one.metadata, labels: { app: 'report-agent' } } })),
    );
    const args = ['audit', files.snapshot, '--configured', unlabelled, '--fail-on', 'gap2'];
    expect((await runCli(args)).stderr).toMatch(/nothing to audit: none of .* looks like an AI agent/);
    const result = await runCli([...args, '--baseline', reports.whole]);
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/report-agent/);
  });

  it('calls nothing resolved that cannot be told', async () => {
    const { stdout } = await gated('blind', ['-f', 'json'], 'whole');
    const { comparison } = JSON.parse(stdout) as Report;
    const gone = read('whole').findings.find(({ kind }) => kind === 'unused-egress')!;
    expect(comparison!.incomparable.map(({ fingerprint }) => fingerprint)).toContain(gone.fingerprint);
    expect(comparison!.resolved).not.toContain(gone.fingerprint);
  });

  it('1 wins over 3, and both are printed', async () => {
    const { code, stderr } = await gated('blind', ['--fail-on', 'any'], 'whole');
    expect(code).toBe(1);
    expect(stderr).toMatch(/cannot tell \[G1\]/);
    expect(stderr).toMatch(/exit code 1\n$/);
  });
});

describe('--require-coverage', () => {
  it.each<[keyof typeof reports, string, number]>([
    ['whole', 'gap1', 0],
    ['whole', 'gap3', 3],
    ['blind', 'gap1', 3],
  ])('%s, %s: exit %i', async (now, gap, code) => {
    expect((await gated(now, ['--require-coverage', gap])).code).toBe(code);
  });

  it('names itself where it is not understood', async () => {
    const { code, stderr } = await gated('whole', ['--require-coverage', 'gap4']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--require-coverage does not know "gap4"/);
  });
});

it('-q leaves the reason', async () => {
  expect((await gated('whole', ['--fail-on', 'gap2', '-q'])).stderr).toMatch(/^gate: [\s\S]*exit code 1\n$/);
});

describe('from ai-spm.yaml and the environment', () => {
  it('the gate and the lists of a file hold, and a flag beats them', async () => {
    writeFileSync(
      files.at('ai-spm.yaml'),
      `audit:\n  report: ${reports.whole}\n  fail-on: gap2\n  format: json\n  no-live: true\n  seed: 3\n`,
    );
    const fromFile = await runCli(['audit'], { cwd: files.folder });
    expect(fromFile.code).toBe(1);
    expect(JSON.parse(fromFile.stdout)).toMatchObject({ format: 'ai-spm/report' });
    expect((await runCli(['audit', '--fail-on', 'gap3', '-f', 'table'], { cwd: files.folder })).code).toBe(0);
    expect((await runCli(['audit'], { cwd: files.folder, env: { AI_SPM_FAIL_ON: 'gap3' } })).code).toBe(0);
  });

  it.each([
    ['AI_SPM_QUIET', '0', false],
    ['AI_SPM_QUIET', 'false', false],
    ['AI_SPM_QUIET', '', false],
    ['AI_SPM_QUIET', '1', true],
  ])('%s=%s', async (name, value, quiet) => {
    const { stderr } = await runCli(
      ['audit', '--report', reports.whole, '-f', `json=${files.at('q.json')}`],
      { env: { [name]: value } },
    );
    expect(stderr === '').toBe(quiet);
  });

  it.each([
    ['0', /no cluster to read/],
    ['1', /nothing to audit/],
  ])('AI_SPM_NO_LIVE=%s', async (value, message) => {
    expect((await runCli(['audit'], { env: { AI_SPM_NO_LIVE: value, HOME: files.folder } })).stderr).toMatch(
      message,
    );
  });
});
