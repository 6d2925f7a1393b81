/** What runs beside the load: nothing, our sensor with some families, or the same hooks in bpftrace. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WireOf } from '../../src/model/wire.ts';
import { startSensor } from '../bpf/sensor-process.ts';

export type Tracer = {
  /** Sum of BPF run time over all programs so far, ns; null where the tracer cannot say. */
  stop: () => Promise<{ trailer: WireOf<'trailer'> | null; records: readonly unknown[] }>;
};

export type Variant = 'none' | 'file' | 'all' | 'bpftrace-file' | 'bpftrace-all';

const OPENS = `
tracepoint:syscalls:sys_enter_openat { @name[tid] = args->filename; }
tracepoint:syscalls:sys_exit_openat /@name[tid]/ { @opens[cgroup, pid, str(@name[tid])] = count(); delete(@name[tid]); }`;
/** The hooks of our five families, their aggregation written as a bpftrace user would. */
const ALL = `${OPENS}
tracepoint:raw_syscalls:sys_enter { @calls[cgroup, args->id] = count(); }
tracepoint:syscalls:sys_enter_mmap { @maps[cgroup, pid, args->fd] = count(); }
tracepoint:syscalls:sys_enter_connect { @connects[cgroup, pid] = count(); }
tracepoint:sock:inet_sock_set_state { @states[cgroup, args->dport] = count(); }
tracepoint:syscalls:sys_enter_sendto { @sends[cgroup, pid] = count(); }
tracepoint:sched:sched_process_exec { @execs[cgroup, pid, comm] = count(); }
tracepoint:sched:sched_process_exit { @exits[cgroup, pid] = count(); }`;

export async function startTracer(variant: Variant): Promise<Tracer> {
  if (variant === 'none') return { stop: async () => ({ trailer: null, records: [] }) };
  if (variant.startsWith('bpftrace')) return startBpftrace(variant === 'bpftrace-all' ? ALL : OPENS);
  const families = variant === 'all' ? [] : ['--families', variant];
  const run = await startSensor(...families);
  return {
    stop: async () => {
      await run.stop();
      return { trailer: run.of('trailer')[0] ?? null, records: run.records };
    },
  };
}

/** bpftrace 0.17 looks for the tracepoints below debugfs only. */
function mountTracing(): void {
  if (existsSync('/sys/kernel/debug/tracing/events')) return;
  execFileSync('mount', ['-t', 'debugfs', 'debugfs', '/sys/kernel/debug']);
}

async function startBpftrace(script: string): Promise<Tracer> {
  mountTracing();
  const child = spawn('bpftrace', ['-e', `${script}\nBEGIN { printf("ready\\n"); }`], {
    env: { ...process.env, BPFTRACE_STRLEN: '64' },
    // Its complaint about RLIMIT_MEMLOCK is harmless: maps are charged to the cgroup since 5.11.
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await ready(child);
  return {
    stop: async () => {
      child.stdout?.resume();
      child.kill('SIGINT');
      await once(child, 'close');
      return { trailer: null, records: [] };
    },
  };
}

async function ready(child: ChildProcess): Promise<void> {
  const [text] = await once(child.stdout!, 'data');
  if (!String(text).includes('Attaching') && !String(text).includes('ready'))
    throw new Error(`bpftrace: ${text}`);
  await sleep(2500);
  if (child.exitCode !== null) throw new Error(`bpftrace ended (${child.exitCode}) before it was ready`);
}
