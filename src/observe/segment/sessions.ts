/** The sessions of a segment, sampled per workload: bottom-k of their keyed hashes, which merges by itself. */
import { DICT_COLUMNS, type ReadSegment, type SessionColumns, sessionColumns } from '../../model/snapshot.ts';
import { identifyTree } from '../state/identify.ts';
import { type Run, sessionId } from '../state/run.ts';
import { type Cells, cellCount, copySession, mergeSession, type SessionTally } from '../state/tallies.ts';
import { createColumn, takeAll } from './columns.ts';
import { compareText, type Dictionary } from './dictionary.ts';
import type { Work } from './workloads.ts';

type Name = Exclude<keyof SessionColumns, 'id'>;

const NAMES = Object.keys(sessionColumns.shape).filter((name): name is Name => name !== 'id');
const TEXTS: ReadonlySet<string> = new Set(DICT_COLUMNS.sessions);

type Cell = { kind: string; subject: string; count: number };
export type OutSession = {
  id: string;
  workload: number;
  /** µs of the boot clock. */
  start: number;
  end: number;
  revision: string | null;
  cells: Cell[];
  overflow: boolean;
};

export type Sampled = {
  sessions: OutSession[];
  sampling: { workload: number; population: number; kept: number };
};

/** `joined`: the tally is a copy. Nearly all are of one tree alone, and a tally may have a thousand cells. */
type Revised = { tally: SessionTally; revision: string | null; joined: boolean };

/** A process that became another program has two trees and, within one block, one session. */
function tallies(run: Run, work: Work): Map<string, Revised> {
  const byId = new Map<string, Revised>();
  const add = (id: string, tally: SessionTally, revision: string | null): void => {
    const own = byId.get(id);
    if (!own) {
      byId.set(id, { tally, revision, joined: false });
      return;
    }
    if (!own.joined) own.tally = copySession(own.tally);
    own.joined = true;
    mergeSession(own.tally, tally);
  };
  for (const tree of work.trees) {
    const { revision } = identifyTree(run, tree);
    for (const [block, tally] of tree.sessions) add(sessionId(run, tree, block), tally, revision);
    for (const [id, tally] of tree.remains?.sessions ?? []) add(id, tally, revision);
  }
  return byId;
}

/** Of ended trees only the sample was kept, but all were counted. */
function forgotten(work: Work): number {
  return [...work.trees].reduce(
    (sum, { remains }) => sum + (remains ? remains.population - remains.sessions.size : 0),
    0,
  );
}

const byName = (a: Cell, b: Cell): number => compareText(a.kind, b.kind) || compareText(a.subject, b.subject);

/** The most frequent cells are kept; ties by name, so that the choice does not depend on the order of events. */
function keptCells(cells: Cells, limit: number): Cell[] {
  const all = [...cells].flatMap(([kind, counts]) =>
    [...counts].map(([subject, count]) => ({ kind, subject, count })),
  );
  return all
    .sort((a, b) => b.count - a.count || byName(a, b))
    .slice(0, limit)
    .sort(byName);
}

export function sampleSessions(run: Run, work: Work): Sampled {
  const all = [...tallies(run, work)].sort(([a], [b]) => compareText(a, b));
  const kept = all.slice(0, run.limits.sessions);
  const sessions = kept.map(
    ([
      id,
      {
        tally: { start, end, cells, overflow },
        revision,
      },
    ]) => ({
      id,
      workload: work.index,
      start,
      end,
      revision,
      cells: keptCells(cells, run.limits.cells),
      overflow: overflow || cellCount(cells) > run.limits.cells,
    }),
  );
  return {
    sessions,
    sampling: { workload: work.index, population: all.length + forgotten(work), kept: kept.length },
  };
}

type Columns = ReadSegment['sessions'];

export type SessionTable = { add(session: OutSession): void; take(): Columns };

/**
 * Texts are numbers of the dictionary.
 * @param offset from µs of the boot clock to ms since the segment's start.
 */
export function createSessions(dict: Dictionary, offset: (us: number) => number): SessionTable {
  const ids: string[] = [];
  const columns = new Map(NAMES.map((name) => [name, createColumn(0, TEXTS.has(name))] as const));
  const put = (name: Name, value: number) => columns.get(name)!.push(value);
  let cellRows = 0;
  put('offset', cellRows);
  return {
    add({ id, workload, start, end, revision, cells, overflow }) {
      ids.push(id);
      put('workload', workload);
      put('start', offset(start));
      put('end', offset(end));
      put('revision', dict.index(revision));
      put('overflow', overflow ? 1 : 0);
      for (const { kind, subject, count } of cells) {
        put('cellKind', dict.index(kind));
        put('cellSubject', dict.index(subject));
        put('cellCount', count);
      }
      cellRows += cells.length;
      put('offset', cellRows);
    },
    take: () => ({ id: ids, ...(takeAll(columns) as Omit<Columns, 'id'>) }),
  };
}
