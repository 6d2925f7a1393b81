import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditCase, hour, writeCase } from './audit-case.ts';
import { expectRefusal, runCli } from './run-cli.ts';

let files: AuditCase;
beforeAll(async () => {
  files = await writeCase('select');
});
afterAll(() => files.remove());

const audit = (...args: string[]) =>
  runCli(['audit', files.snapshot, '--configured', files.exports, '--all-workloads', ...args]);

describe('-n and -l', () => {
  it('leave out what was observed elsewhere, instead of calling it unconfigured', async () => {
    const all = await audit();
    expect(all.stdout).toContain('research/report-agent');
    expectRefusal(
      await audit('-l', 'app=report-agnet'),
      5,
      /-l app=report-agnet chooses none of [\s\S]*research\/report-agent \(/,
    );
    expectRefusal(await audit('-n', 'reserch'), 5, /namespace reserch[\s\S]*check -n: .*research/);
    expectRefusal(await audit('-l', 'app agent'), 2, /"app agent" is no label requirement/);
  });

  it('choose a workload by the labels of its pods', async () => {
    const chosen = await audit('-n', 'research', '-l', 'app=report-agent');
    expect(chosen.stdout).toContain('research/report-agent');
    expect(chosen.stdout).not.toContain('its configuration was not read');
  });
});

describe('--baseline-snapshot', () => {
  it('refuses segments of the window itself: they would hide every shift', async () => {
    const later = await files.write('later.jsonl', [hour(0), hour(1)]);
    const before = await files.write('before.jsonl', [hour(1), hour(2)]);
    const result = await runCli([
      'audit',
      later,
      '--baseline-snapshot',
      before,
      '--configured',
      files.exports,
    ]);
    expectRefusal(
      result,
      2,
      /1 segment is in the window and in its baseline: .*later\.jsonl, .*before\.jsonl/,
    );
  });
});
