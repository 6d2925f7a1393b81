/** Short words for records, so that a test reads as what happened. Times are seconds of the boot clock. */

import { KERNEL_SIGNALS } from '../../src/model/kinds.ts';
import type { ReadSegment } from '../../src/model/snapshot.ts';
import { type WireOf, type WireRecord, wireRecordSchema } from '../../src/model/wire.ts';
import { createFold, type Fold, type FoldOptions, type WorkloadInfo } from '../../src/observe/fold.ts';

/** Boot clock zero is 2026-11-01T00:00:00Z, a quarter of an hour by the epoch grid. */
export const BOOT = Date.UTC(2026, 10, 1);
export const us = (seconds: number): number => Math.round(seconds * 1e6);

export function clock(seconds: number, jumpMs = 0): { boot_us: number; wall_us: number } {
  return { boot_us: us(seconds), wall_us: BOOT * 1000 + us(seconds) + jumpMs * 1000 };
}

export function header(at = 100, fields: Partial<WireOf<'header'>> = {}): WireRecord {
  return {
    t: 'header',
    v: 1,
    sensor: '0.1.0',
    run: 'ab'.repeat(16),
    boot_id: 'boot-1',
    machine_id: 'machine-1',
    node: 'node-1',
    kernel: '6.18.0',
    arch: 'x86_64',
    cpus: 2,
    cgroup: 'v2',
    now: false,
    clock: clock(at),
    families: KERNEL_SIGNALS.map((family) => ({
      family,
      attached_us: us(at),
      programs: [{ name: `${family}_main`, hook: 'tp_btf/sys_exit', attached: true }],
    })),
    ...fields,
  };
}

export const CONTAINER = 'a'.repeat(64);
export const POD = '0f8a6f2e-1111-2222-3333-444455556666';
export const POD_PATH = `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${POD.replaceAll('-', '_')}.slice/cri-containerd-${CONTAINER}.scope`;

export function cgroup(id: string, path: string, at = 100): WireRecord {
  return { t: 'cgroup', id, path, at: us(at) };
}

type Who = { cg?: string; pid?: number; start?: string };
const actor = ({ cg = '10', pid = 500, start = '101000000000' }: Who, at: number) => ({
  cg,
  pid,
  start,
  at: us(at),
});

export function proc(
  at: number,
  ev: WireOf<'process'>['ev'],
  fields: Partial<Omit<WireOf<'process'>, 'at'>> = {},
): WireRecord {
  return { t: 'process', ppid: 1, pstart: '1', ...actor(fields, at), ev, ...fields } as WireRecord;
}

export function file(
  at: number,
  id: string,
  path: string,
  fields: Partial<Omit<WireOf<'file'>, 'at'>> = {},
): WireRecord {
  return { t: 'file', ...actor(fields, at), id, path, access: 'r', ...fields };
}

export function mapping(
  at: number,
  id: string,
  path: string,
  fields: Partial<Omit<WireOf<'mapping'>, 'at'>> = {},
): WireRecord {
  return { t: 'mapping', ...actor(fields, at), id, path, exec: false, ...fields };
}

export function connect(
  at: number,
  id: string,
  daddr: string,
  dport: number,
  fields: Partial<Omit<WireOf<'connect'>, 'at'>> = {},
): WireRecord {
  return { t: 'connect', ...actor(fields, at), id, proto: 'tcp', daddr, dport, ...fields };
}

export function count(
  last: number,
  id: string,
  n: number,
  fields: Partial<Omit<WireOf<'count'>, 'last'>> = {},
): WireRecord {
  return { t: 'count', id, count: n, errors: 0, first: us(101), last: us(last), ...fields };
}

export function syscalls(
  at: number,
  nrs: number[],
  phase: 'init' | 'run' = 'run',
  who: Who = {},
): WireRecord {
  return { t: 'syscalls', ...actor(who, at), phase, nrs };
}

export function checkpoint(at: number, seq = 0, jumpMs = 0): WireRecord {
  return { t: 'checkpoint', seq, clock: clock(at, jumpMs) };
}

export function trailer(at: number): WireRecord {
  return {
    t: 'trailer',
    reason: 'stop',
    clock: clock(at),
    cost: { cpu_us: 1000, rss_bytes: 1 << 20, bpf: [] },
  };
}

export function fold(options: Partial<FoldOptions> = {}): Fold {
  return createFold({ fingerprintKey: null, fingerprintKeyId: null, resolve: () => null, ...options });
}

/** Every record of a test is one that the sensor could send. */
export function pushAll(into: Fold, records: readonly WireRecord[]): Fold {
  for (const record of records) into.push(wireRecordSchema.parse(record));
  return into;
}

export function segmentOf(records: readonly WireRecord[], options: Partial<FoldOptions> = {}): ReadSegment {
  return pushAll(fold(options), records).closeSegment();
}

export type ReadRow = {
  workload: string;
  container: string | null;
  process: string | null;
  principal: string | null;
  kind: string | null;
  subject: string | null;
  context: string | null;
  source: string | null;
  count: number;
  bytes: number;
  errors: number;
  denied: number;
  first: number;
  last: number;
  sessions: number;
};

/** The columnar table as rows. */
export function rowsOf(segment: ReadSegment, kind?: string): ReadRow[] {
  const { observations: o, dict } = segment;
  const text = (index: number | undefined): string | null => dict[index ?? -1] ?? null;
  return Array.from(o.count)
    .map((n, i) => ({
      workload: segment.workloads[o.workload[i]!]!.id,
      container: text(o.container[i]),
      process: text(o.process[i]),
      principal: text(o.principal[i]),
      kind: text(o.kind[i]),
      subject: text(o.subject[i]),
      context: text(o.context[i]),
      source: text(o.source[i]),
      count: n,
      bytes: o.bytes[i]!,
      errors: o.errors[i]!,
      denied: o.denied[i]!,
      first: o.first[i]!,
      last: o.last[i]!,
      sessions: o.sessions[i]!,
    }))
    .filter((row) => kind === undefined || row.kind === kind);
}

export type ReadSession = {
  id: string;
  workload: string;
  start: number;
  end: number;
  cells: Record<string, number>;
  overflow: boolean;
};

export function sessionsOf({ sessions: s, dict, workloads }: ReadSegment): ReadSession[] {
  return s.id.map((id, i) => ({
    id,
    workload: workloads[s.workload[i]!]!.id,
    start: s.start[i]!,
    end: s.end[i]!,
    cells: Object.fromEntries(
      Array.from(s.cellCount)
        .map((n, c) => [`${dict[s.cellKind[c]!]} ${dict[s.cellSubject[c]!]}`, n] as const)
        .slice(s.offset[i], s.offset[i + 1]),
    ),
    overflow: s.overflow[i] === 1,
  }));
}

export const AGENT: WorkloadInfo = {
  id: 'k8s:-/research/Deployment/agent',
  unit: 'kubernetes',
  resolvedBy: 'api',
  cluster: null,
  namespace: 'research',
  kind: 'Deployment',
  name: 'agent',
  labels: { app: 'agent' },
  serviceAccount: 'agent',
  revision: 'rev-1',
  container: 'main',
  image: 'registry/agent:1',
  digest: null,
  instance: POD,
  principal: 'system:serviceaccount:research:agent',
};
export const resolve = () => AGENT;
export const NODE = { exe: '/usr/bin/node', argv: ['node', '/app/agent.js', '--key', 's3cret'] };
export const TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** A container that starts under observation: the runtime's init, then the agent by exec. */
export const START: WireRecord[] = [
  header(),
  cgroup('10', POD_PATH, 101),
  proc(101, 'fork', { init: true, ppid: 400, pstart: '5' }),
  file(101.1, 'a1', '/etc/passwd'),
  syscalls(101.2, [0, 165], 'init'),
  proc(102, 'exec', { ...NODE, uid: 1000, cwd: '/app' }),
];
