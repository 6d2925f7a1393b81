/** Builds segments by row, so that tests read as what was seen, and the columns are made in one place. */
import { SIGNALS, type Signal } from '../../src/model/kinds.ts';
import type { ArtifactDetail, Epoch, Peer, Segment, SegmentWorkload } from '../../src/model/snapshot.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const T0 = Date.UTC(2026, 0, 5);
export const AGENT = 'k8s:c1/research/Deployment/agent';

export type Row = {
  workload?: string;
  container?: string | null;
  process?: string | null;
  principal?: string | null;
  kind: string;
  subject: string;
  context?: string | null;
  source?: string;
  count?: number;
  bytes?: number;
  records?: number;
  errors?: number;
  denied?: number;
  /** Offsets from the segment's start, ms. */
  first?: number;
  last?: number;
  sessions?: number;
};
export type SessionRow = {
  id: string;
  workload?: string;
  start?: number;
  end?: number;
  revision?: string | null;
  cells: [kind: string, subject: string, count: number][];
  overflow?: boolean;
};
export type CoverageRow = {
  workload?: string;
  signal: Signal;
  attachedSince?: number;
  attempted?: number;
  lost?: number;
  observedMs?: number;
  existedMs?: number;
  instances?: number;
  startsSeen?: number;
  reason?: string | null;
};
export type SegmentInput = {
  bootId?: string;
  run?: string;
  sequence?: number;
  node?: string;
  start?: number;
  end?: number;
  mode?: 'window' | 'now';
  complete?: boolean;
  clockJumpMs?: number;
  fingerprintKeyId?: string | null;
  workloads?: (Partial<SegmentWorkload> & { id: string })[];
  rows?: Row[];
  sessions?: SessionRow[];
  coverage?: CoverageRow[];
  sampling?: { workload?: string; population: number; kept: number }[];
  peers?: Peer[];
  artifacts?: (Partial<ArtifactDetail> & { subject: string; kind: string; of?: string })[];
  epochs?: (Partial<Epoch> & { hash: string; of?: string })[];
  folded?: { workload?: string; kind: string; subjects: number; templates: number }[];
};

/** Full coverage of all five signals over the whole segment, with a start-up seen. */
export function covered(workload = AGENT, ms = HOUR): CoverageRow[] {
  return SIGNALS.map((signal) => ({
    workload,
    signal,
    attachedSince: T0 - 1,
    attempted: 100,
    observedMs: ms,
    existedMs: ms,
    instances: 1,
    startsSeen: 1,
  }));
}

export function peer(subject: string, rest: Partial<Peer> = {}): Peer {
  return { subject, resolution: 'external', namespace: null, name: null, labels: {}, backends: [], ...rest };
}

export function segment(input: SegmentInput = {}): Segment {
  const dict: string[] = [];
  const code = (text: string | null | undefined) => {
    if (text === null || text === undefined) return -1;
    const known = dict.indexOf(text);
    return known === -1 ? dict.push(text) - 1 : known;
  };
  const workloads = workloadsOf(input);
  const workload = (id: string | undefined) => workloads.findIndex((one) => one.id === (id ?? AGENT));
  const start = input.start ?? T0;
  const end = input.end ?? start + HOUR;
  return {
    bootId: input.bootId ?? 'boot-1',
    run: input.run ?? 'run-1',
    sequence: input.sequence ?? 0,
    node: {
      name: input.node ?? 'node-1',
      machineId: 'm1',
      kernel: '6.1.0',
      arch: 'x86_64',
      cpus: 2,
      cgroup: 'v2',
    },
    start,
    end,
    mode: input.mode ?? 'window',
    complete: input.complete ?? true,
    partialReason: null,
    clockJumpMs: input.clockJumpMs ?? 0,
    sensor: { version: '0.1.0', wire: 1, families: [] },
    cost: { cpuMs: 0, rssBytes: 0, bpf: [], collectCpuMs: 0 },
    fingerprintKeyId: input.fingerprintKeyId ?? null,
    folded: (input.folded ?? []).map((fold) => ({ ...fold, workload: workload(fold.workload) })),
    workloads,
    peers: input.peers ?? [],
    details: [],
    images: [],
    artifacts: (input.artifacts ?? []).map((one) => artifact(one, workload(one.of))),
    observations: observationsOf(input.rows ?? [], code, workload),
    sessions: sessionsOf(input.sessions ?? [], code, workload),
    sampling: samplingOf(input).map((one) => ({ ...one, workload: workload(one.workload) })),
    epochs: (input.epochs ?? []).map((one) => epoch(one, workload(one.of), start, end)),
    coverage: coverageOf(input.coverage ?? covered(workloads[0]?.id), code, workload),
    dict,
  };
}

function workloadsOf(input: SegmentInput): SegmentWorkload[] {
  const named = new Set([
    ...(input.rows ?? []).map((row) => row.workload ?? AGENT),
    ...(input.sessions ?? []).map((session) => session.workload ?? AGENT),
  ]);
  const given = input.workloads ?? [...(named.size > 0 ? named : [AGENT])].map((id) => ({ id }));
  return given.map((one) => ({
    unit: 'kubernetes',
    resolvedBy: 'api',
    cluster: one.id.startsWith('k8s:-') ? null : 'c1',
    namespace: 'research',
    kind: 'Deployment',
    name: one.id.split('/').at(-1)!,
    labels: {},
    serviceAccount: 'agent',
    revision: 'r1',
    containers: [],
    instances: 1,
    ...one,
  }));
}

type Code = (text: string | null | undefined) => number;
type Index = (id: string | undefined) => number;

function observationsOf(rows: Row[], code: Code, workload: Index): Segment['observations'] {
  return {
    workload: rows.map((row) => workload(row.workload)),
    container: rows.map((row) => code(row.container === undefined ? 'main' : row.container)),
    process: rows.map((row) => code(row.process === undefined ? '/usr/bin/python3 agent.py' : row.process)),
    principal: rows.map((row) => code(row.principal)),
    kind: rows.map((row) => code(row.kind)),
    subject: rows.map((row) => code(row.subject)),
    context: rows.map((row) => code(row.context)),
    source: rows.map((row) => code(row.source ?? 'sensor:network')),
    count: rows.map((row) => row.count ?? 1),
    bytes: rows.map((row) => row.bytes ?? 0),
    records: rows.map((row) => row.records ?? 0),
    errors: rows.map((row) => row.errors ?? 0),
    denied: rows.map((row) => row.denied ?? 0),
    first: rows.map((row) => row.first ?? 0),
    last: rows.map((row) => row.last ?? row.first ?? 0),
    sessions: rows.map((row) => row.sessions ?? 1),
  };
}

function sessionsOf(sessions: SessionRow[], code: Code, workload: Index): Segment['sessions'] {
  const cells = sessions.flatMap((session) => session.cells);
  let next = 0;
  return {
    id: sessions.map(({ id }) => id),
    workload: sessions.map((session) => workload(session.workload)),
    start: sessions.map((session) => session.start ?? 0),
    end: sessions.map((session) => session.end ?? session.start ?? 0),
    revision: sessions.map((session) => code(session.revision === undefined ? 'r1' : session.revision)),
    offset: sessions.map((session) => {
      const offset = next;
      next += session.cells.length;
      return offset;
    }),
    cellKind: cells.map(([kind]) => code(kind)),
    cellSubject: cells.map(([, subject]) => code(subject)),
    cellCount: cells.map(([, , count]) => count),
    overflow: sessions.map((session) => (session.overflow ? 1 : 0)),
  };
}

/** Unless said otherwise all sessions were kept. */
function samplingOf(input: SegmentInput): NonNullable<SegmentInput['sampling']> {
  if (input.sampling) return input.sampling;
  const counts = Map.groupBy(input.sessions ?? [], (session) => session.workload ?? AGENT);
  return [...counts].map(([workload, list]) => ({ workload, population: list.length, kept: list.length }));
}

function coverageOf(rows: CoverageRow[], code: Code, workload: Index): Segment['coverage'] {
  return {
    workload: rows.map((row) => workload(row.workload)),
    signal: rows.map((row) => row.signal),
    attachedSince: rows.map((row) => row.attachedSince ?? T0 - 1),
    attempted: rows.map((row) => row.attempted ?? 0),
    delivered: rows.map((row) => (row.attempted ?? 0) - (row.lost ?? 0)),
    lost: rows.map((row) => row.lost ?? 0),
    truncated: rows.map(() => 0),
    collapsed: rows.map(() => 0),
    observedMs: rows.map((row) => row.observedMs ?? 0),
    existedMs: rows.map((row) => row.existedMs ?? 0),
    instances: rows.map((row) => row.instances ?? 0),
    startsSeen: rows.map((row) => row.startsSeen ?? 0),
    reason: rows.map((row) => code(row.reason)),
  };
}

function artifact(
  { of: _, ...detail }: NonNullable<SegmentInput['artifacts']>[number],
  workload: number,
): ArtifactDetail {
  return {
    name: detail.subject,
    version: null,
    purl: null,
    path: null,
    format: null,
    size: null,
    sha256: null,
    state: 'imported',
    rule: 'test',
    ...detail,
    workload,
  };
}

function epoch(
  { of: _, ...given }: NonNullable<SegmentInput['epochs']>[number],
  workload: number,
  start: number,
  end: number,
): Epoch {
  return {
    thing: 'library-inventory',
    subject: '/app',
    ordinal: 0,
    start,
    end,
    members: [],
    ...given,
    workload,
  };
}
