import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KERNEL_SIGNALS, type Signal } from '../../src/model/kinds.ts';
import type { WireOf } from '../../src/model/wire.ts';
import {
  checkpoint,
  counts,
  noProbes,
  output,
  type SensorRun,
  startSensor,
  waiting,
} from './sensor-process.ts';

const TYPES = { process: 'process', file: 'file', mapping: 'mapping', network: 'connect' } as const;

/** Last coverage of a signal, summed over cgroups. */
function coverage(run: SensorRun, signal: Signal): Omit<WireOf<'coverage'>, 't' | 'cg' | 'signal'> {
  const last = new Map(run.of('coverage').map((c) => [`${c.cg} ${c.signal}`, c]));
  const sum = { attempted: 0, delivered: 0, lost: 0, truncated: 0, collapsed: 0 };
  for (const row of last.values())
    if (row.signal === signal)
      for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += row[key];
  return sum;
}

/** Distinct names, faster than a reader that was stopped can follow. */
const opens = (n: number) => `
import os
for i in range(${n}):
  try: os.open("/nonexistent/%d" % i, 0)
  except OSError: pass`;

describe.skipIf(noProbes)('loss', () => {
  it('is exact where the ring overflows: attempted = delivered + lost, delivered = received', async () => {
    const run = await startSensor('--ring-bytes', '4096');
    // Nobody reads for a while: the pipe fills, then the ring.
    run.child.kill('SIGSTOP');
    const { pid } = await output('python3', '-c', opens(3000));
    run.child.kill('SIGCONT');
    await run.stop();
    expect(run.invalid).toEqual([]);
    for (const signal of KERNEL_SIGNALS) {
      const c = coverage(run, signal);
      expect(c.attempted).toBe(c.delivered + c.lost);
      if (signal !== 'syscall') expect(run.of(TYPES[signal]).length).toBe(c.delivered);
    }
    expect(coverage(run, 'file').lost).toBeGreaterThan(2000);
    // A lost first-seen record leaves no count that nobody could join.
    const named = new Set(run.of('file').map((f) => f.id));
    const mine = run.of('file').filter((f) => f.pid === pid);
    expect(mine.length).toBeLessThan(3000);
    for (const type of ['mapping', 'connect'] as const) for (const r of run.of(type)) named.add(r.id);
    for (const id of counts(run).keys()) expect(named).toContain(id);
  });

  it('is retried: what was lost once is delivered at its next use', async () => {
    // What others open meanwhile would fill the ring too.
    const mine = ['--families', 'process,file', '--pid-tree', String(process.pid)];
    const run = await startSensor('--ring-bytes', '4096', ...mine);
    const path = '/nonexistent/again';
    const program = `${opens(2000)}
import sys
def again():
  try: os.open("${path}", 0)
  except OSError: pass
again(); print("full", flush=True); sys.stdin.readline()
for i in range(5): again()`;
    const full = waiting('python3', '-c', program);
    run.child.kill('SIGSTOP');
    const child = await full;
    const found = () => run.of('file').filter((f) => f.pid === child.pid && f.path === path);
    run.child.kill('SIGCONT');
    await checkpoint(run);
    expect(found()).toEqual([]);
    child.stdin!.end('\n');
    await once(child, 'close');
    await run.stop();
    expect(found()).toHaveLength(1);
    expect(counts(run).get(found()[0]!.id)).toMatchObject({ count: 6, errors: 6 });
  });

  it('folds the process to unknown when a map is full, and says how often', async () => {
    const run = await startSensor(
      '--max-subjects',
      '256',
      '--max-folded',
      '512',
      '--families',
      'process,file',
    );
    await output('python3', '-c', opens(2000));
    await run.stop();
    expect(run.invalid).toEqual([]);
    const c = coverage(run, 'file');
    const folded = run.of('file').filter((f) => f.pid === 0);
    expect(folded.length).toBe(512);
    expect(folded.every((f) => f.start === '0')).toBe(true);
    expect(c.collapsed).toBe(512);
    expect(c.lost).toBeGreaterThan(1000);
    expect(c.attempted).toBe(c.delivered + c.lost);
    expect(run.of('file').length).toBe(c.delivered);
  });

  it('does not come of many short processes: the entries of those that ended are freed', async () => {
    // What others do on this machine would fill the maps too.
    const mine = ['--checkpoint-ms', '50', '--pid-tree', String(process.pid)];
    const run = await startSensor('--max-subjects', '4096', '--max-syscall-sets', '256', ...mine);
    // 12 times 600, and where python3 is a shell script that looks for one, some more.
    for (let i = 0; i < 12; i++)
      await output('python3', '-S', '-c', `${opens(600)}\nimport time; time.sleep(0.1)`);
    await run.stop();
    const seen = run.of('file').filter((f) => f.path.startsWith('/nonexistent/'));
    expect(seen.filter((f) => f.pid !== 0)).toHaveLength(12 * 600);
    const last = counts(run);
    expect(seen.every((f) => last.get(f.id)?.count === 1)).toBe(true);
    expect(coverage(run, 'file')).toMatchObject({ lost: 0, collapsed: 0 });
    expect(coverage(run, 'syscall')).toMatchObject({ lost: 0, collapsed: 0 });
  });

  it('does not come of more sets of system calls than are read at once', async () => {
    const mine = ['--families', 'process,syscall', '--pid-tree', String(process.pid)];
    const run = await startSensor('--checkpoint-ms', '60000', ...mine);
    const program =
      'import os\nfor i in range(3000):\n  pid = os.fork()\n  if not pid: os._exit(0)\n  os.waitpid(pid, 0)';
    await output('python3', '-S', '-c', program);
    await run.stop();
    const born = run.of('process').filter((p) => p.ev === 'fork');
    const known = new Set(born.map(({ pid, start }) => `${pid} ${start}`));
    expect(known.size).toBeGreaterThanOrEqual(3000);
    const sets = run.of('syscalls').map(({ pid, start }) => `${pid} ${start}`);
    expect(new Set(sets)).toEqual(known);
  });

  it('does not happen at 50,000 opens/s of known paths, nor do counts drift', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ai-spm-rate-'));
    const program = `
import os, time
names = ["${dir}/%d" % i for i in range(100)]
for n in names: os.close(os.open(n, os.O_CREAT | os.O_RDONLY))
end = time.time() + 2; n = 0
while time.time() < end:
  for name in names: os.close(os.open(name, 0))
  n += 100
print(n)`;
    const run = await startSensor('--checkpoint-ms', '200', '--pid-tree', String(process.pid));
    const { pid, stdout } = await output('python3', '-c', program);
    await run.stop();
    rmSync(dir, { recursive: true });
    const mine = run.of('file').filter((f) => f.pid === pid && f.path.startsWith(dir));
    const last = counts(run);
    const total = mine.reduce((sum, f) => sum + last.get(f.id)!.count, 0);
    expect(mine).toHaveLength(100);
    expect(total).toBe(Number(stdout) + 100);
    expect(coverage(run, 'file').lost).toBe(0);
  });

  it('cuts a path that is longer than the kernel takes, and counts it as truncated', async () => {
    const run = await startSensor('--families', 'file');
    const long = `/${'d'.repeat(200)}`.repeat(20);
    const program = `import os\ntry: os.open("${long}${'e'.repeat(200)}", 0)\nexcept OSError as e: print(e.errno)`;
    const { pid } = await output('python3', '-c', program);
    await run.stop();
    expect(run.invalid).toEqual([]);
    const cut = run.of('file').find((f) => f.pid === pid && f.truncated)!;
    expect(cut.path.length).toBe(4095);
    expect(cut.errno).toBe(36); // ENAMETOOLONG
    expect(coverage(run, 'file').truncated).toBe(1);
  });
});
