import { SIGNALS } from '../../model/kinds.ts';
import type { CoverageColumns, ObservationColumns, SessionColumns } from '../../model/snapshot.ts';

/**
 * What a column holds. `dict` and `optional-workload` allow -1 (none); `time` is any integer. A table as data,
 * because a schema library takes seconds for the millions of numbers that these loops take milliseconds for.
 */
type ColumnType = 'count' | 'integer' | 'dict' | 'workload' | 'signal' | 'id';

const OBSERVATIONS = {
  workload: 'workload',
  container: 'dict',
  process: 'dict',
  principal: 'dict',
  kind: 'dict',
  subject: 'dict',
  context: 'dict',
  source: 'dict',
  count: 'count',
  bytes: 'count',
  records: 'count',
  errors: 'count',
  denied: 'count',
  first: 'count',
  last: 'count',
  sessions: 'count',
} as const satisfies Record<keyof ObservationColumns, ColumnType>;

const SESSIONS = {
  id: 'id',
  workload: 'workload',
  start: 'count',
  end: 'count',
  revision: 'dict',
  overflow: 'count',
} as const satisfies Partial<Record<keyof SessionColumns, ColumnType>>;

const CELLS = {
  cellKind: 'dict',
  cellSubject: 'dict',
  cellCount: 'count',
} as const satisfies Partial<Record<keyof SessionColumns, ColumnType>>;

const COVERAGE = {
  workload: 'workload',
  signal: 'signal',
  attachedSince: 'integer',
  attempted: 'count',
  delivered: 'count',
  lost: 'count',
  truncated: 'count',
  collapsed: 'count',
  observedMs: 'count',
  existedMs: 'count',
  instances: 'count',
  startsSeen: 'count',
  reason: 'dict',
} as const satisfies Record<keyof CoverageColumns, ColumnType>;

export type Bounds = { dict: number; workloads: number };

/** Field and expectation of the first thing that is wrong; null when all is well. */
export type Problem = { field: string; expected: string } | null;

/** Checks the three big tables in place, without copying a number. */
export function checkTables(segment: Record<string, unknown>, bounds: Bounds): Problem {
  return (
    checkTable('observations', segment.observations, OBSERVATIONS, bounds) ??
    checkSessions(segment.sessions, bounds) ??
    checkTable('coverage', segment.coverage, COVERAGE, bounds)
  );
}

export function checkDict(dict: unknown): Problem {
  if (!Array.isArray(dict)) return { field: 'dict', expected: 'an array of strings' };
  for (let i = 0; i < dict.length; i++) {
    const entry: unknown = dict[i];
    if (typeof entry !== 'string' || entry.length > 4096)
      return { field: `dict[${i}]`, expected: 'a string of at most 4096 characters' };
  }
  return null;
}

function checkTable(
  table: string,
  value: unknown,
  columns: Readonly<Record<string, ColumnType>>,
  bounds: Bounds,
): Problem {
  return checkKeys(table, value, Object.keys(columns)) ?? checkColumns(table, value, columns, bounds);
}

function checkSessions(value: unknown, bounds: Bounds): Problem {
  const keys = [...Object.keys(SESSIONS), ...Object.keys(CELLS), 'offset'];
  return (
    checkKeys('sessions', value, keys) ??
    checkColumns('sessions', value, SESSIONS, bounds) ??
    checkColumns('sessions', value, CELLS, bounds) ??
    checkOffsets(value as Record<string, unknown[]>)
  );
}

/** Either n or n + 1 offsets (the last one closing the last session), ascending, within the cells. */
function checkOffsets(sessions: Record<string, unknown[]>): Problem {
  const { offset, id, cellKind } = sessions as { offset: unknown[]; id: unknown[]; cellKind: unknown[] };
  const field = 'sessions.offset';
  if (!Array.isArray(offset)) return { field, expected: 'an array' };
  if (offset.length !== id.length && offset.length !== id.length + 1)
    return { field, expected: `${id.length} entries, one per session` };
  let previous = 0;
  for (let i = 0; i < offset.length; i++) {
    const value = offset[i];
    if (!Number.isSafeInteger(value) || (value as number) < previous || (value as number) > cellKind.length)
      return { field: `${field}[${i}]`, expected: `an ascending index of at most ${cellKind.length}` };
    previous = value as number;
  }
  return null;
}

function checkKeys(table: string, value: unknown, keys: readonly string[]): Problem {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { field: table, expected: `an object with the columns ${keys.join(', ')}` };
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) return { field: `${table}.${unknown}`, expected: 'no such column' };
  const missing = keys.find((key) => !Object.hasOwn(value, key));
  return missing === undefined ? null : { field: `${table}.${missing}`, expected: 'a column' };
}

function checkColumns(
  table: string,
  value: unknown,
  columns: Readonly<Record<string, ColumnType>>,
  bounds: Bounds,
): Problem {
  const values = value as Record<string, unknown>;
  let rows = -1;
  for (const [name, type] of Object.entries(columns)) {
    const field = `${table}.${name}`;
    const column = values[name];
    if (!isColumn(column)) return { field, expected: 'an array' };
    if (rows === -1) rows = column.length;
    if (column.length !== rows)
      return { field, expected: `${rows} rows as its neighbours have, not ${column.length}` };
    const bad = firstBad(column, type, bounds);
    if (bad !== -1) return { field: `${field}[${bad}]`, expected: expectation(type, bounds) };
  }
  return null;
}

function isColumn(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || value instanceof Int32Array || value instanceof Float64Array;
}

function firstBad(column: ArrayLike<unknown>, type: ColumnType, bounds: Bounds): number {
  switch (type) {
    case 'count':
      return outside(column, 0, Number.MAX_SAFE_INTEGER);
    case 'integer':
      return outside(column, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    case 'dict':
      return outside(column, -1, bounds.dict - 1);
    case 'workload':
      return outside(column, 0, bounds.workloads - 1);
    case 'signal':
      return firstOf(column, (value) => !(SIGNALS as readonly unknown[]).includes(value));
    case 'id':
      return firstOf(column, (value) => typeof value !== 'string' || value.length > 64);
  }
}

function firstOf(column: ArrayLike<unknown>, isBad: (value: unknown) => boolean): number {
  for (let i = 0; i < column.length; i++) if (isBad(column[i])) return i;
  return -1;
}

/** Index of the first value that is no integer in [low, high], else -1. */
function outside(column: ArrayLike<unknown>, low: number, high: number): number {
  if (column instanceof Int32Array) return outsideInt32(column, low, high);
  for (let i = 0; i < column.length; i++) {
    const value = column[i];
    if (typeof value !== 'number' || !(value >= low && value <= high)) return i;
    // Most values are small integers, and a bitwise test of these takes half the time of a remainder.
    if ((value | 0) !== value && !Number.isInteger(value)) return i;
  }
  return -1;
}

function outsideInt32(column: Int32Array, low: number, high: number): number {
  for (let i = 0; i < column.length; i++) if (column[i]! < low || column[i]! > high) return i;
  return -1;
}

function expectation(type: ColumnType, bounds: Bounds): string {
  const texts = {
    count: 'an integer from 0 up',
    integer: 'an integer',
    dict: `an index into dict (-1 to ${bounds.dict - 1})`,
    workload: `an index into workloads (0 to ${bounds.workloads - 1})`,
    signal: `one of ${SIGNALS.join(', ')}`,
    id: 'a string of at most 64 characters',
  } satisfies Record<ColumnType, string>;
  return texts[type];
}
