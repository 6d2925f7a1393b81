/** What runs beside the load: nothing, our sensor with some families, or the same hooks in bpftrace. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { existsSync } from 'node:fs';
import { KERNEL_SIGNALS } from '../../src/model/kinds.ts';
import type { WireOf } from '../../src/model/wire.ts';
import { startSensor } from '../bpf/sensor-process.ts';

export type Tracer = {
  /** Its process; null where there is none. */
  pid: number | null;
  stop: () => Promise<{ trailer: WireOf<'trailer'> | null; records: readonly unknown[] }>;
};

export type Variant =
  | 'none'
  | 'file'
  | 'all'
  | 'all,stdio'
  | 'stdio'
  | 'plaintext'
  | 'plaintext,stdio,dns'
  | 'bpftrace-file'
  | 'bpftrace-all';

type Probe = { hook: string; maps: readonly string[]; action: string; only?: string };

const OPENS: readonly Probe[] = [
  { hook: 'syscalls:sys_enter_openat', maps: ['@name'], action: '@name[tid] = args->filename;' },
  {
    hook: 'syscalls:sys_exit_openat',
    maps: ['@opens'],
    only: '@name[tid]',
    action: '@opens[cgroup, pid, str(@name[tid])] = count(); delete(@name[tid]);',
  },
];
/**
 * The hooks of our five kernel families, their aggregation written as a bpftrace user would: opens by name, connections by
 * where they go, as ours are.
 */
const ALL: readonly Probe[] = [
  ...OPENS,
  { hook: 'raw_syscalls:sys_enter', maps: ['@calls'], action: '@calls[cgroup, args->id] = count();' },
  { hook: 'syscalls:sys_enter_mmap', maps: ['@maps'], action: '@maps[cgroup, pid, args->fd] = count();' },
  { hook: 'syscalls:sys_enter_connect', maps: ['@connects'], action: '@connects[cgroup, pid] = count();' },
  {
    hook: 'sock:inet_sock_set_state',
    maps: ['@states'],
    action: '@states[cgroup, ntop(args->family, args->daddr), args->dport] = count();',
  },
  { hook: 'syscalls:sys_enter_sendto', maps: ['@sends'], action: '@sends[cgroup, pid] = count();' },
  { hook: 'sched:sched_process_exec', maps: ['@execs'], action: '@execs[cgroup, pid, comm] = count();' },
  { hook: 'sched:sched_process_exit', maps: ['@exits'], action: '@exits[cgroup, pid] = count();' },
];

function script(probes: readonly Probe[], pid: number | null): string {
  return probes
    .map(({ hook, action, only = pid === null ? null : `pid == ${pid}` }) => {
      return `tracepoint:${hook} ${only === null ? '' : `/${only}/ `}{ ${action} }`;
    })
    .join('\n');
}

export async function startTracer(variant: Variant): Promise<Tracer> {
  if (variant === 'none') return { pid: null, stop: async () => ({ trailer: null, records: [] }) };
  if (variant.startsWith('bpftrace'))
    return startBpftrace(script(variant === 'bpftrace-all' ? ALL : OPENS, null));
  const families = ['--families', variant.replace('all', KERNEL_SIGNALS.join(','))];
  const run = await startSensor(...families);
  return {
    pid: run.child.pid ?? null,
    stop: async () => {
      await run.stop();
      return { trailer: run.of('trailer')[0] ?? null, records: run.records };
    },
  };
}

/** All hooks for one process alone, its maps handed out as often as our sensor does: what both have to say leaves the kernel. */
export function traceProcess(pid: number): Promise<Tracer> {
  const maps = new Set(ALL.flatMap((probe) => probe.maps));
  maps.delete('@name');
  const print = [...maps].map((map) => `print(${map});`).join(' ');
  return startBpftrace(`${script(ALL, pid)}\ninterval:s:5 { ${print} }`);
}

/** bpftrace 0.17 looks for the tracepoints below debugfs only. */
function mountTracing(): void {
  if (existsSync('/sys/kernel/debug/tracing/events')) return;
  execFileSync('mount', ['-t', 'debugfs', 'debugfs', '/sys/kernel/debug']);
}

async function startBpftrace(text: string): Promise<Tracer> {
  mountTracing();
  const child = spawn('bpftrace', ['-e', `${text}\nBEGIN { printf("ready\\n"); }`], {
    env: { ...process.env, BPFTRACE_STRLEN: '64' },
    // Its complaint about RLIMIT_MEMLOCK is harmless: maps are charged to the cgroup since 5.11.
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await ready(child);
  child.stdout?.resume();
  return {
    pid: child.pid ?? null,
    stop: async () => {
      const ended = once(child, 'close');
      child.kill('SIGINT');
      // 0.17 often sleeps on after the first one.
      const again = setInterval(() => child.kill('SIGINT'), 1000);
      await ended;
      clearInterval(again);
      return { trailer: null, records: [] };
    },
  };
}

/** Its output is read once all is attached, that of BEGIN too: a signal that comes sooner is lost on it. */
async function ready(child: ChildProcess): Promise<void> {
  let text = '';
  for await (const chunk of on(child.stdout!, 'data', { close: ['end'] })) {
    text += String(chunk);
    if (text.includes('ready')) return;
  }
  throw new Error(`bpftrace ended before it was ready: ${text}`);
}
