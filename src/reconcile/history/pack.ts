import { createHash } from 'node:crypto';
import { DICT_COLUMNS, type ReadSegment, type SegmentWorkload } from '../../model/snapshot.ts';
import { type Column, mapColumn, packColumn, packCounts } from './columns.ts';
import { segmentId } from './expected.ts';
import { FIELD, type Keys } from './keys.ts';
import { type PackedSessions, packSessions } from './pack-sessions.ts';

export const SUMMED = ['count', 'bytes', 'records', 'errors', 'denied', 'sessions'] as const;
export type Summed = (typeof SUMMED)[number];

/**
 * A segment as it is kept until all are known: whether its counts stand is only decided when every run of the node
 * has been read, since a better-covered one may come last. About 12 bytes per observation.
 */
export type PackedSegment = {
  /** `boot/run/sequence` */
  id: string;
  /** File or other name for messages. */
  origin: string;
  digest: string;
  bootId: string;
  run: string;
  sequence: number;
  node: string;
  start: number;
  end: number;
  now: boolean;
  complete: boolean;
  clockJumpMs: number;
  fingerprintKeyId: string | null;
  metas: readonly SegmentWorkload[];
  /** String number of each workload's id. */
  workloads: Int32Array;
  sessions: PackedSessions;
  sampling: ReadSegment['sampling'];
  coverage: ReadSegment['coverage'];
  /** Local index of a workload → its rows in `coverage`. */
  coverageRows: ReadonlyMap<number, readonly number[]>;
  coverageReasons: readonly (string | null)[];
  folded: ReadSegment['folded'];
  cost: ReadSegment['cost'];
};

/** The observation table, by far the largest: let go as soon as it is summed. */
export type Rows = {
  /** Row → dimension (see Keys). */
  dimensions: Int32Array;
  columns: Record<Summed, ArrayLike<number> | null>;
};

/** One that has to wait: without what it was read into. */
export type PackedRows = Rows & { columns: Record<Summed, Column | null> };

export function packSegment(
  segment: ReadSegment,
  keys: Keys,
  { origin, digest }: { origin: string; digest: string | undefined },
): { packed: PackedSegment; rows: Rows } {
  const dict = Int32Array.from(segment.dict, (text) => keys.strings.id(text));
  const workloads = Int32Array.from(segment.workloads, ({ id }) => keys.strings.id(id));
  const packed = {
    id: segmentId(segment),
    origin,
    bootId: segment.bootId,
    run: segment.run,
    sequence: segment.sequence,
    node: segment.node.name,
    start: segment.start,
    end: segment.end,
    now: segment.mode === 'now',
    complete: segment.complete,
    clockJumpMs: segment.clockJumpMs,
    fingerprintKeyId: segment.fingerprintKeyId,
    metas: segment.workloads,
    workloads,
    sessions: packSessions(segment, workloads, dict, keys),
    sampling: segment.sampling,
    coverage: segment.coverage,
    coverageRows: Map.groupBy(segment.coverage.workload.keys(), (row) => segment.coverage.workload[row]!),
    coverageReasons: segment.coverage.reason.map((index) => segment.dict[index] ?? null),
    folded: segment.folded,
    cost: segment.cost,
  };
  const rows = { dimensions: dimensionsOf(segment, workloads, dict, keys), columns: segment.observations };
  return { packed: { ...packed, digest: digest ?? digestOf(segment, packed, packRows(rows)) }, rows };
}

/** Tuples are laid out column by column, then interned row by row: both loops stay simple enough to run fast. */
function dimensionsOf(segment: ReadSegment, workloads: Int32Array, dict: Int32Array, keys: Keys): Int32Array {
  const { observations } = segment;
  const rows = observations.workload.length;
  const width = DICT_COLUMNS.observations.length + 1;
  const tuples = keys.tuples(rows * width);
  mapColumn(observations.workload, workloads, tuples, FIELD.workload, width);
  for (const name of DICT_COLUMNS.observations)
    mapColumn(observations[name], dict, tuples, FIELD[name], width);
  const dimensions = new Int32Array(rows);
  for (let row = 0; row < rows; row++) dimensions[row] = keys.dimensions.intern(tuples, row * width);
  return dimensions;
}

export function packRows({ dimensions, columns }: Rows): PackedRows {
  const packed = SUMMED.map((name) => [name, packCounts(columns[name] ?? [])] as const);
  return { dimensions, columns: Object.fromEntries(packed) as PackedRows['columns'] };
}

/**
 * Of the content, to tell a repetition from a second content under the same id. Dictionaries are numbered over the
 * whole history, so the packed form decides and the text of 20 million rows need not be written out again.
 */
function digestOf(segment: ReadSegment, packed: Omit<PackedSegment, 'digest'>, rows: PackedRows): string {
  const hash = createHash('sha256');
  const { dict: _dict, observations: _rows, sessions: _sessions, ...rest } = segment;
  hash.update(JSON.stringify(rest));
  hash.update(JSON.stringify(packed.coverageReasons));
  const { ids, ...sessions } = packed.sessions;
  const times = [packColumn(segment.observations.first), packColumn(segment.observations.last)];
  for (const array of [
    rows.dimensions,
    ...Object.values(rows.columns),
    ...times,
    ...Object.values(sessions),
  ]) {
    if (array === null) hash.update('0;');
    else hash.update(`${array.BYTES_PER_ELEMENT}:${array.length};`).update(array);
  }
  return hash.update(JSON.stringify(ids)).digest('hex');
}
