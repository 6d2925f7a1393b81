import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KERNEL_SIGNALS } from '../../src/model/kinds.ts';
import { noProbes, output, startSensor, waiting } from './sensor-process.ts';

describe.skipIf(noProbes)('the stream', () => {
  it('is valid line by line, header first and trailer last', async () => {
    const run = await startSensor('--checkpoint-ms', '300');
    await output('python3', '-c', 'import json, ssl');
    await run.until(() => run.of('checkpoint').length > 1, 'two checkpoints');
    await run.stop();
    expect(run.invalid).toEqual([]);
    expect(run.records[0]?.t).toBe('header');
    expect(run.records.at(-1)).toMatchObject({ t: 'trailer', reason: 'eof' });
    const header = run.of('header')[0]!;
    expect(header.boot_id).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
    expect(header.families.map((f) => f.family)).toEqual([...KERNEL_SIGNALS]);
    expect(run.of('checkpoint').map((c) => c.seq)).toEqual(run.of('checkpoint').map((_, i) => i));
  });

  it('names each cgroup before its first use', async () => {
    const run = await startSensor('--now');
    await run.ended();
    const named = new Set<string>();
    for (const record of run.records) {
      if (record.t === 'cgroup') named.add(record.id);
      else if ('cg' in record && record.cg !== '0') expect(named).toContain(record.cg);
    }
    expect(named.size).toBeGreaterThan(0);
  });

  it('attaches every family in less than 2 s, and --check ends there', async () => {
    const run = await startSensor('--check');
    const { code } = await run.ended();
    // Processor time, since others may use the machine.
    expect(run.of('trailer')[0]!.cost.cpu_us).toBeLessThan(2_000_000);
    expect(code).toBe(0);
    for (const family of run.of('header')[0]!.families) expect(family.attached_us).toBeGreaterThan(0);
    expect(run.of('trailer')[0]!.reason).toBe('stop');
    expect(run.of('process')).toEqual([]);
  });

  it('shows what already ran, with files and mappings, in less than 1 s by --now', async () => {
    const program = 'import sys,mmap;f=open("/etc/passwd");print("up",flush=True);sys.stdin.read()';
    const python = await waiting('python3', '-c', program, 'an argument');
    const run = await startSensor('--now');
    await run.ended();
    expect(run.of('trailer')[0]!.cost.cpu_us).toBeLessThan(1_000_000);
    python.stdin!.end();
    expect(run.invalid).toEqual([]);
    expect(run.of('trailer')[0]!.reason).toBe('now');
    const task = run.of('process').find((p) => p.pid === python.pid)!;
    expect(task).toMatchObject({
      ev: 'exists',
      ppid: process.pid,
      comm: 'python3',
      cwd: process.cwd(),
      uid: 0,
    });
    expect(task.exe).toMatch(/^\/.*python3/);
    const own = <T extends { pid: number }>(rows: T[]) => rows.filter((r) => r.pid === python.pid);
    expect(own(run.of('file'))).toContainEqual(
      expect.objectContaining({ path: '/etc/passwd', existing: true }),
    );
    expect(own(run.of('mapping'))).toContainEqual(expect.objectContaining({ path: task.exe, exec: true }));
  });

  it('tells of exec, lineage and exit under one process instance', async () => {
    const run = await startSensor('--families', 'process');
    const { pid } = await output('sh', '-c', 'cd /tmp && exec /bin/echo one "two  three"');
    await run.stop();
    const events = run.of('process').filter((p) => p.pid === pid);
    expect(events.map((e) => e.ev)).toEqual(['fork', 'exec', 'exec', 'exit']);
    expect(new Set(events.map((e) => e.start)).size).toBe(1);
    expect(events[2]).toMatchObject({
      ppid: process.pid,
      cwd: '/tmp',
      argv: ['/bin/echo', 'one', 'two  three'],
    });
    expect(events[2]!.exe).toMatch(/\/echo$/);
  });

  it('ends with its trailer on SIGTERM, and dies when nobody reads', async () => {
    const run = await startSensor('--checkpoint-ms', '100');
    run.child.kill('SIGTERM');
    expect((await run.ended()).code).toBe(0);
    expect(run.records.at(-1)).toMatchObject({ t: 'trailer', reason: 'signal' });
    const unread = await startSensor('--checkpoint-ms', '100');
    unread.child.stdout!.destroy();
    await unread.until(() => unread.child.exitCode !== null, 'the end');
  });
});
