/** Turns what a run has gathered since the last close into one segment. Reads the run; changes nothing in it. */
import type { Epoch, Peer, Segment } from '../../model/snapshot.ts';
import type { WireCost } from '../../model/wire.ts';
import { WIRE_VERSION } from '../../model/wire.ts';
import { wallMs } from '../state/clock.ts';
import { isNamedBlock, type Run } from '../state/run.ts';
import type { CloseOptions } from '../types.ts';
import { artifacts } from './artifacts.ts';
import { coverage, type OutCoverage } from './coverage.ts';
import { details } from './details.ts';
import { compareText, createDictionary, type Dictionary } from './dictionary.ts';
import { epochs } from './epochs.ts';
import { images } from './images.ts';
import { type OutRow, type WorkRows, workRows } from './rows.ts';
import { type OutSession, sampleSessions, sessionTable } from './sessions.ts';
import { collectWorkloads, describe, type Work } from './workloads.ts';

type Tables = {
  rows: OutRow[];
  sessions: OutSession[];
  coverage: OutCoverage[];
  artifacts: Segment['artifacts'];
  folded: WorkRows['folded'];
  sampling: Segment['sampling'];
  epochs: Epoch[];
  details: Segment['details'];
  images: Segment['images'];
};

function gather(run: Run, works: readonly Work[], end: number, options: CloseOptions): Tables {
  const tables: Tables = {
    rows: [],
    sessions: [],
    coverage: [],
    artifacts: [],
    folded: [],
    sampling: [],
    epochs: [],
    details: [],
    images: [],
  };
  for (const work of works) {
    const { rows, named, folded } = workRows(run, work);
    const { sessions, sampling } = sampleSessions(run, work);
    for (const row of rows) tables.rows.push(row);
    tables.sessions.push(...sessions);
    tables.sampling.push(sampling);
    tables.folded.push(...folded);
    tables.artifacts.push(...artifacts(work, named));
    tables.coverage.push(...coverage(run, work, end, options.existedMs?.get(work.id) ?? 0));
    tables.epochs.push(...epochs(run, work, end));
    tables.images.push(...images(work));
    tables.details.push(...details(run, work));
  }
  return tables;
}

function* texts({ rows, sessions, coverage }: Tables): Iterable<string | null> {
  for (const row of rows) {
    yield* [row.container, row.process, row.principal, row.kind, row.subject, row.context, row.source];
  }
  for (const { revision, cells } of sessions) {
    yield revision;
    for (const { kind, subject } of cells) yield* [kind, subject];
  }
  for (const { reason } of coverage) yield reason;
}

type Offset = (us: number) => number;

/** A block is one of its tree; a session that a protocol names is one, in however many trees. */
function sessionCount({ blocks, pastSessions }: OutRow): number {
  const all = [...blocks.values()].flatMap((set) => [...set]);
  const named = all.filter(isNamedBlock);
  return pastSessions + all.length - named.length + new Set(named).size;
}

function observationTable(
  rows: readonly OutRow[],
  dict: Dictionary,
  offset: Offset,
): Segment['observations'] {
  const column = (pick: (row: OutRow) => string | null): number[] => rows.map((row) => dict.index(pick(row)));
  return {
    workload: rows.map(({ workload }) => workload),
    container: column(({ container }) => container),
    process: column(({ process }) => process),
    principal: column(({ principal }) => principal),
    kind: column(({ kind }) => kind),
    subject: column(({ subject }) => subject),
    context: column(({ context }) => context),
    source: column(({ source }) => source),
    count: rows.map(({ count }) => count),
    bytes: rows.map(({ bytes }) => bytes),
    records: rows.map(({ records }) => records ?? 0),
    errors: rows.map(({ errors }) => errors),
    denied: rows.map(({ denied }) => denied),
    first: rows.map(({ first }) => offset(first)),
    last: rows.map(({ last }) => offset(last)),
    sessions: rows.map(sessionCount),
  };
}

function coverageTable(rows: readonly OutCoverage[], dict: Dictionary): Segment['coverage'] {
  const column = <K extends keyof OutCoverage>(key: K): OutCoverage[K][] => rows.map((row) => row[key]);
  return {
    workload: column('workload'),
    signal: column('signal'),
    attachedSince: column('attachedSince'),
    attempted: column('attempted'),
    delivered: column('delivered'),
    lost: column('lost'),
    truncated: column('truncated'),
    collapsed: column('collapsed'),
    observedMs: column('observedMs'),
    existedMs: column('existedMs'),
    instances: column('instances'),
    startsSeen: column('startsSeen'),
    reason: rows.map(({ reason }) => dict.index(reason)),
  };
}

/** Only of what was dialled in this segment and kept its own name. */
function peers(run: Run, rows: readonly OutRow[]): Peer[] {
  const dialled = new Set(rows.filter(({ kind }) => kind === 'egress').map(({ subject }) => subject));
  return [...run.peers.values()]
    .map(({ peer }) => peer)
    .filter(({ subject }) => dialled.has(subject))
    .sort((a, b) => compareText(a.subject, b.subject));
}

function cost(now: WireCost | null, base: WireCost | null, collectCpuMs: number): Segment['cost'] {
  const before = new Map(base?.bpf.map((one) => [one.program, one]));
  return {
    cpuMs: Math.max(0, Math.floor(((now?.cpu_us ?? 0) - (base?.cpu_us ?? 0)) / 1000)),
    rssBytes: now?.rss_bytes ?? 0,
    bpf: (now?.bpf ?? []).map(({ program, run_ns, run_cnt }) => ({
      program,
      runNs: Math.max(0, run_ns - (before.get(program)?.run_ns ?? 0)),
      runCount: Math.max(0, run_cnt - (before.get(program)?.run_cnt ?? 0)),
    })),
    collectCpuMs,
  };
}

/** Why the segment is not whole; null: it is. */
function partial(run: Run, options: CloseOptions): string | null {
  if (options.partialReason) return options.partialReason.slice(0, 4096);
  if (!run.header) return 'the stream has no header';
  if (run.ended === 'error') return 'the sensor stopped on an error';
  return options.final && run.ended === null ? 'the stream of the sensor ended without a trailer' : null;
}

function nodeOf({ header }: Run): Segment['node'] {
  return {
    name: header?.node ?? '',
    machineId: header?.machine_id ?? '',
    kernel: header?.kernel ?? '',
    arch: header?.arch ?? '',
    cpus: header?.cpus ?? 0,
    cgroup: header?.cgroup ?? 'v2',
  };
}

function frame(run: Run, end: number, options: CloseOptions) {
  const { header } = run;
  const partialReason = partial(run, options);
  return {
    bootId: header?.boot_id ?? '',
    run: header?.run ?? '',
    sequence: run.sequence,
    node: nodeOf(run),
    start: wallMs(run.clock, run.segmentStart),
    end: wallMs(run.clock, end),
    mode: header?.now ? 'now' : 'window',
    complete: partialReason === null,
    partialReason,
    clockJumpMs: run.clock.jumpMs,
    sensor: { version: header?.sensor ?? '', wire: WIRE_VERSION, families: header?.families ?? [] },
    cost: cost(run.cost, run.costBase, Math.max(0, Math.round(options.collectCpuMs ?? 0))),
    fingerprintKeyId: run.options.fingerprintKeyId,
  } satisfies Partial<Segment>;
}

/** @param end µs of the boot clock. */
export function buildSegment(run: Run, end: number, options: CloseOptions): Segment {
  const works = collectWorkloads(run, end);
  const tables = gather(run, works, end, options);
  const dict = createDictionary(texts(tables));
  const origin = wallMs(run.clock, run.segmentStart);
  const offset: Offset = (us) => Math.max(0, wallMs(run.clock, us) - origin);
  return {
    ...frame(run, end, options),
    folded: tables.folded,
    dict: dict.strings,
    workloads: works.map(describe),
    peers: peers(run, tables.rows),
    artifacts: tables.artifacts,
    details: tables.details,
    images: tables.images,
    observations: observationTable(tables.rows, dict, offset),
    sessions: sessionTable(tables.sessions, dict, offset),
    sampling: tables.sampling,
    epochs: tables.epochs,
    coverage: coverageTable(tables.coverage, dict),
  };
}
