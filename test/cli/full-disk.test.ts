import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { IS_ROOT, ROOT, runCli, runShell } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'ai-spm-full-disk-'));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!IS_ROOT)('a full disk', () => {
  it('costs nothing: the earlier snapshot is as it was, what was collected is elsewhere, no litter, exit 4', async () => {
    const disk = at('disk');
    mkdirSync(disk);
    const earlier = join(ROOT, 'fixtures/snapshots/service-v1.snapshot.jsonl.zst');
    const line = [
      `mount -t tmpfs -o size=64k tmpfs '${disk}'`,
      `cp '${earlier}' '${disk}/a.jsonl'; head -c 45056 /dev/zero > '${disk}/filler'`,
      `ai-spm collect --replay fixtures/sensor/container.ndjson --no-live -q -o '${disk}/a.jsonl'; echo "code $?"`,
      `cmp '${earlier}' '${disk}/a.jsonl' && ls -A '${disk}'; umount '${disk}'`,
    ].join('\n');
    const { stdout, stderr } = await runShell(line);
    expect(stdout).toBe('code 4\na.jsonl\nfiller\n');
    expect(stderr).toMatch(/warning: cannot write .*disk\/a\.jsonl: ENOSPC/);
    const [, rescued] = /note: the place asked for could not be written; see (\S+)/.exec(stderr)!;
    const { code, stdout: table } = await runCli(['audit', rescued!, '--no-live', '--all-workloads']);
    expect(code).toBe(0);
    expect(table).toContain('(1 segment)');
    rmSync(dirname(rescued!), { recursive: true });
  });

  it('for a report: exit 4, the earlier one stays whole, no litter', async () => {
    const saved = join(ROOT, 'fixtures/reports/history/report.json');
    const disk = at('report-disk');
    mkdirSync(disk);
    const line = [
      `mount -t tmpfs -o size=16k tmpfs '${disk}'; echo '{"earlier":1}' > '${disk}/r.json'`,
      `ai-spm audit --report '${saved}' -f json='${disk}/r.json'; echo "code $?"`,
      `cat '${disk}/r.json'; ls -A '${disk}'; umount '${disk}'`,
    ].join('\n');
    const { stdout, stderr } = await runShell(line);
    expect(stdout).toBe('code 4\n{"earlier":1}\nr.json\n');
    expect(stderr).toMatch(/cannot write .*r\.json: ENOSPC[\s\S]*hint: Free some space/);
  });
});
