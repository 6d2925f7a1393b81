/** The largest table of a segment: filled workload by workload, so that of its rows only one workload's are objects. */
import { DICT_COLUMNS, type ObservationColumns, observationColumns } from '../../model/snapshot.ts';
import type { Tree } from '../state/processes.ts';
import { isNamedBlock } from '../state/run.ts';
import { createColumn, type Flat, takeAll } from './columns.ts';
import type { Dictionary } from './dictionary.ts';
import type { OutRow } from './rows.ts';

type Columns = Record<keyof ObservationColumns, Flat>;

export type ObservationTable = {
  add(row: OutRow): void;
  /** Texts are still numbers of the dictionary. */
  take(): Columns;
};

const NAMES = Object.keys(observationColumns.shape) as (keyof ObservationColumns)[];
const TEXTS: ReadonlySet<string> = new Set(DICT_COLUMNS.observations);

/** @param offset from µs of the boot clock to ms since the segment's start. */
export function createObservations(
  dict: Dictionary,
  expected: number,
  offset: (us: number) => number,
): ObservationTable {
  const columns = new Map(NAMES.map((name) => [name, createColumn(expected, TEXTS.has(name))] as const));
  const put = (name: keyof ObservationColumns, value: number) => columns.get(name)!.push(value);
  return {
    add(row) {
      put('workload', row.workload);
      put('container', dict.index(row.container));
      put('process', dict.index(row.process));
      put('principal', dict.index(row.principal));
      put('kind', dict.index(row.kind));
      put('subject', dict.index(row.subject));
      put('context', dict.index(row.context));
      put('source', dict.index(row.source));
      put('count', row.count);
      put('bytes', row.bytes);
      put('records', row.records ?? 0);
      put('errors', row.errors);
      put('denied', row.denied);
      put('first', offset(row.first));
      put('last', offset(row.last));
      put('sessions', sessionCount(row));
    },
    take: () => takeAll(columns),
  };
}

/** A block is one of its tree; a session that a protocol names is one, in however many trees. */
function sessionCount({ tree, blocks, more, pastSessions }: OutRow): number {
  if (more === null) return pastSessions + blocks.length;
  const unnamed = new Map<Tree, Set<number>>();
  const named = new Set<number>();
  let count = pastSessions;
  for (const part of [{ tree, blocks }, ...more]) {
    const own = unnamed.get(part.tree) ?? new Set();
    unnamed.set(part.tree, own);
    for (const block of part.blocks) (isNamedBlock(block) ? named : own).add(block);
  }
  for (const { size } of unnamed.values()) count += size;
  return count + named.size;
}
