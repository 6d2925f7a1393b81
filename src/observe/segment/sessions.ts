/** The sessions of a segment, sampled per workload: bottom-k of their keyed hashes, which merges by itself. */
import type { SessionColumns } from '../../model/snapshot.ts';
import { identifyTree } from '../state/identify.ts';
import { type Run, sessionId } from '../state/run.ts';
import { type Cells, cellCount, copySession, mergeSession, type SessionTally } from '../state/tallies.ts';
import { compareText, type Dictionary } from './dictionary.ts';
import type { Work } from './workloads.ts';

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

type Revised = SessionTally & { revision: string | null };

/** A process that became another program has two trees and, within one block, one session. */
function tallies(run: Run, work: Work): Map<string, Revised> {
  const byId = new Map<string, Revised>();
  const add = (id: string, tally: SessionTally, revision: string | null): void => {
    const own = byId.get(id);
    if (own) mergeSession(own, tally);
    else byId.set(id, { ...copySession(tally), revision });
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
  const sessions = kept.map(([id, { start, end, cells, overflow, revision }]) => ({
    id,
    workload: work.index,
    start,
    end,
    revision,
    cells: keptCells(cells, run.limits.cells),
    overflow: overflow || cellCount(cells) > run.limits.cells,
  }));
  return {
    sessions,
    sampling: { workload: work.index, population: all.length + forgotten(work), kept: kept.length },
  };
}

export type SessionTable = { add(session: OutSession): void; columns: SessionColumns };

/**
 * Texts are numbers of the dictionary.
 * @param offset from µs of the boot clock to ms since the segment's start.
 */
export function createSessions(dict: Dictionary, offset: (us: number) => number): SessionTable {
  const columns: SessionColumns = {
    id: [],
    workload: [],
    start: [],
    end: [],
    revision: [],
    offset: [0],
    cellKind: [],
    cellSubject: [],
    cellCount: [],
    overflow: [],
  };
  return {
    columns,
    add({ id, workload, start, end, revision, cells, overflow }) {
      columns.id.push(id);
      columns.workload.push(workload);
      columns.start.push(offset(start));
      columns.end.push(offset(end));
      columns.revision.push(dict.index(revision));
      columns.overflow.push(overflow ? 1 : 0);
      for (const { kind, subject, count } of cells) {
        columns.cellKind.push(dict.index(kind));
        columns.cellSubject.push(dict.index(subject));
        columns.cellCount.push(count);
      }
      columns.offset.push(columns.cellCount.length);
    },
  };
}
