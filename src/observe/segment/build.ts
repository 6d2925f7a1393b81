/** Turns what a run has gathered since the last close into one segment. Takes the rows; else the run stays as it is. */
import { DICT_COLUMNS, type Epoch, type Peer, type ReadSegment, type Segment } from '../../model/snapshot.ts';
import type { WireCost } from '../../model/wire.ts';
import { WIRE_VERSION } from '../../model/wire.ts';
import { wallMs } from '../state/clock.ts';
import { clearRows } from '../state/rows.ts';
import type { Run } from '../state/run.ts';
import type { CloseOptions } from '../types.ts';
import { artifacts } from './artifacts.ts';
import { coverage, type OutCoverage } from './coverage.ts';
import { details } from './details.ts';
import { compareText, createDictionary, type Dictionary, putInOrder } from './dictionary.ts';
import { epochs } from './epochs.ts';
import { images } from './images.ts';
import { createObservations, type ObservationTable } from './observations.ts';
import { type WorkRows, workRows } from './rows.ts';
import { createSessions, type SessionTable, sampleSessions } from './sessions.ts';
import { collectWorkloads, describe, type Work } from './workloads.ts';

type Tables = {
  dict: Dictionary;
  observations: ObservationTable;
  sessions: SessionTable;
  /** The subjects of egress rows. */
  dialled: Set<string>;
  coverage: OutCoverage[];
  artifacts: Segment['artifacts'];
  folded: WorkRows['folded'];
  sampling: Segment['sampling'];
  epochs: Epoch[];
  details: Segment['details'];
  images: Segment['images'];
};

function createTables(run: Run, works: readonly Work[]): Tables {
  const dict = createDictionary();
  const origin = wallMs(run.clock, run.segmentStart);
  const offset = (us: number): number => Math.max(0, wallMs(run.clock, us) - origin);
  const members = works.flatMap((work) => work.members);
  const expected = members.reduce((sum, { origin }) => sum + origin.rows.targets.length, 0);
  return {
    dict,
    observations: createObservations(dict, expected, offset),
    sessions: createSessions(dict, offset),
    dialled: new Set(),
    coverage: [],
    artifacts: [],
    folded: [],
    sampling: [],
    epochs: [],
    details: [],
    images: [],
  };
}

function gather(run: Run, works: readonly Work[], end: number, options: CloseOptions): Tables {
  const tables = createTables(run, works);
  for (const work of works) {
    const { rows, named, folded } = workRows(run, work);
    const { sessions, sampling } = sampleSessions(run, work);
    for (const row of rows) {
      tables.observations.add(row);
      if (row.kind === 'egress') tables.dialled.add(row.subject);
    }
    for (const session of sessions) tables.sessions.add(session);
    tables.sampling.push(sampling);
    tables.folded.push(...folded);
    tables.artifacts.push(...artifacts(work, named));
    tables.coverage.push(...coverage(run, work, end, options.existedMs?.get(work.id) ?? 0));
    tables.epochs.push(...epochs(run, work, end));
    tables.images.push(...images(work));
    tables.details.push(...details(run, work));
    // Both at once, rows and columns, would be the most that this program ever holds.
    for (const { origin } of work.members) clearRows(origin.rows);
  }
  return tables;
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
function peers(run: Run, dialled: ReadonlySet<string>): Peer[] {
  return [...run.peers.values()]
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
export function buildSegment(run: Run, end: number, options: CloseOptions): ReadSegment {
  const works = collectWorkloads(run, end);
  const tables = gather(run, works, end, options);
  const observations = tables.observations.take();
  const sessions = tables.sessions.take();
  const coverage = coverageTable(tables.coverage, tables.dict);
  const { strings, places } = tables.dict.sorted();
  for (const name of DICT_COLUMNS.observations) putInOrder(observations[name], places);
  for (const name of DICT_COLUMNS.sessions) putInOrder(sessions[name], places);
  for (const name of DICT_COLUMNS.coverage) putInOrder(coverage[name], places);
  return {
    ...frame(run, end, options),
    folded: tables.folded,
    dict: strings,
    workloads: works.map(describe),
    peers: peers(run, tables.dialled),
    artifacts: tables.artifacts,
    details: tables.details,
    images: tables.images,
    observations,
    sessions,
    sampling: tables.sampling,
    epochs: tables.epochs,
    coverage,
  };
}
