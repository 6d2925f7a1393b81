/** A saturated HTTP server on one core: what all five families cost per request, in its CPU and in BPF run time. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Figure, figure, median } from './figures.ts';
import { cpuMs } from './proc.ts';
import { interleave, loadUnder } from './rounds.ts';
import { startTracer, type Variant } from './tracers.ts';

const SECONDS = 4;

type Round = { cpuUs: number; bpfUs: number; syscalls: number };

export async function benchHttp(rounds: number): Promise<Figure[]> {
  if (!existsSync('/usr/bin/wrk')) {
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'wrk'], { stdio: 'ignore' });
  }
  const results = await interleave(['none', 'all', 'bpftrace-all'], rounds, saturate);
  const calls = await interleave(['none', 'all'], rounds, (variant) => loadUnder(variant, 'getppid', 0, 1));
  const perCall = (variant: string) => calls[variant]!.map(({ load }) => load.cpu_ns_each);
  const syscallDelta = perCall('all').map((value, round) => value - perCall('none')[round]!);
  const percent = (variant: string) =>
    results[variant]!.map((result, round) => (result.cpuUs / results.none![round]!.cpuUs - 1) * 100);
  const paths = results.all!.map(
    ({ bpfUs, syscalls }, round) => bpfUs + (syscalls * Math.max(0, syscallDelta[round]!)) / 1000,
  );
  return [
    figure(
      'CPU per request without probes',
      'µs',
      results.none!.map((result) => result.cpuUs),
    ),
    figure('getppid, added per call', 'ns', syscallDelta),
    figure(
      'system calls per request',
      'calls',
      results.all!.map((result) => result.syscalls),
    ),
    figure('BPF run time and syscall-path delta per request', 'µs', paths, 3),
    figure('CPU per request, all families', '%', percent('all'), 5),
    figure('CPU per request, bpftrace with the same hooks', '%', percent('bpftrace-all')),
    figure('ours minus bpftrace', '%', [median(percent('all')) - median(percent('bpftrace-all'))], 0),
  ];
}

async function saturate(variant: Variant): Promise<Round> {
  const server = spawn(
    'taskset',
    ['-c', '0', process.execPath, fileURLToPath(new URL('./http-server.ts', import.meta.url))],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  try {
    const [chunk] = await server.stdout.take(1).toArray();
    const { port, pid } = JSON.parse(String(chunk)) as { port: number; pid: number };
    wrk(port, 1);
    const tracer = await startTracer(variant);
    const before = cpuMs(pid);
    const requests = wrk(port, SECONDS);
    const cpu = (cpuMs(pid) - before) * 1000;
    const { trailer } = await tracer.stop();
    const bpf = trailer?.cost.bpf ?? [];
    const calls = bpf.find((program) => program.program === 'syscall_enter')?.run_cnt ?? 0;
    return {
      cpuUs: cpu / requests,
      bpfUs: bpf.reduce((sum, program) => sum + program.run_ns, 0) / 1000 / requests,
      // wrk itself makes about as many calls as the server; both are counted, so half is the server's.
      syscalls: calls / requests / 2,
    };
  } finally {
    server.kill();
  }
}

function wrk(port: number, seconds: number): number {
  const args = ['-c', '1', 'wrk', '-t1', '-c16', `-d${seconds}s`, `http://127.0.0.1:${port}/`];
  const output = execFileSync('taskset', args, { encoding: 'utf8' });
  return Number(/(\d+) requests in/.exec(output)?.[1]);
}
