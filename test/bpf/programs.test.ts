import { describe, expect, it } from 'vitest';
import { noProbes, output, startSensor } from './sensor-process.ts';

describe.skipIf(noProbes)('a refused program', () => {
  it('is reported with stage and errno, and takes no other down', async () => {
    const run = await startSensor('--refuse', 'mapping_interpreter');
    const { pid } = await output('cat', '/etc/passwd');
    await run.stop();
    expect(run.invalid).toEqual([]);
    const programs = run.of('header')[0]!.families.flatMap((f) => f.programs);
    const refused = programs.find((p) => p.name === 'mapping_interpreter')!;
    expect(refused).toMatchObject({ attached: false, stage: 'load', errno: 3 });
    expect(programs.filter((p) => !p.attached && p.stage !== 'skipped')).toEqual([refused]);
    expect(run.of('file')).toContainEqual(expect.objectContaining({ pid, path: '/etc/passwd' }));
  });

  it('gives way to its alternative', async () => {
    const run = await startSensor('--refuse', 'syscall_enter', '--families', 'process,syscall');
    const { pid } = await output('true');
    await run.stop();
    const programs = run.of('header')[0]!.families.flatMap((f) => f.programs);
    expect(programs.find((p) => p.name === 'syscall_enter')?.stage).toBe('load');
    expect(programs.find((p) => p.name === 'syscall_enter__alt')?.attached).toBe(true);
    expect(run.of('syscalls').find((s) => s.pid === pid)?.nrs).toContain(59); // execve
  });

  it('is replaced by what it dispatched to, each by itself', async () => {
    const run = await startSensor('--refuse', 'dispatch_exit', '--stats', 'always');
    const { pid } = await output('cat', '/etc/passwd');
    await run.stop();
    const programs = run.of('header')[0]!.families.flatMap((f) => f.programs);
    expect(programs.filter((p) => !p.attached && p.stage !== 'skipped')).toEqual([]);
    expect(run.of('file')).toContainEqual(expect.objectContaining({ pid, path: '/etc/passwd' }));
    expect(run.of('mapping')).toContainEqual(expect.objectContaining({ pid }));
    const runs = run.of('trailer')[0]!.cost.bpf.filter(({ run_cnt }) => run_cnt > 0);
    const names = runs.map(({ program }) => program);
    expect(names).toEqual(expect.arrayContaining(['file_open', 'mapping_mmap', 'network_call']));
    expect(names).not.toContain('dispatch_exit');
  });

  it('leaves a family that is switched off out of the header', async () => {
    const run = await startSensor('--disable', 'network', '--disable', 'mapping', '--check');
    await run.ended();
    const families = run.of('header')[0]!.families.map((f) => f.family);
    expect(families).toEqual(expect.arrayContaining(['process', 'file', 'syscall', 'stdio']));
    for (const off of ['network', 'mapping']) expect(families).not.toContain(off);
  });
});

describe.skipIf(noProbes)('the command line', () => {
  it.each([
    ['--families', 'nonsense'],
    ['--ring-bytes', '5000'],
    ['--checkpoint-ms', '-1'],
    ['--what'],
    ['x'],
  ])('refuses %s %s with exit code 2', async (...args) => {
    const run = await startSensor(...args);
    const { code, stderr } = await run.ended();
    expect(code).toBe(2);
    expect(stderr).not.toBe('');
    expect(run.records).toEqual([]);
  });
});

describe.skipIf(noProbes)('own cost', () => {
  it('is measured: run time of each program, CPU, memory below 48 MiB', async () => {
    const run = await startSensor();
    await output('python3', '-c', 'import json, ssl');
    await run.stop();
    const { cost } = run.of('trailer')[0]!;
    const exits = cost.bpf.find((p) => p.program === 'dispatch_exit')!;
    expect(exits.run_cnt).toBeGreaterThan(100);
    expect(exits.run_ns).toBeGreaterThan(0);
    expect(cost.cpu_us).toBeGreaterThan(0);
    expect(cost.rss_bytes).toBeLessThan(48 << 20);
  });

  it('does not contain the sensor, nor the process that started it', async () => {
    const run = await startSensor('--checkpoint-ms', '50');
    await run.until(() => run.of('checkpoint').length > 3, 'four checkpoints');
    await run.stop();
    const pids = new Set(run.records.flatMap((r) => ('pid' in r ? [r.pid] : [])));
    expect(pids).not.toContain(run.child.pid);
    expect(pids).not.toContain(process.pid);
  });
});
