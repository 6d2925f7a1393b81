/** The sessions of a segment, sampled per workload: bottom-k of their keyed hashes, which merges by itself. */
import type { SessionColumns } from '../../model/snapshot.ts';
import { identifyTree } from '../state/identify.ts';
import { type Run, sessionId } from '../state/run.ts';
import { mergeSession, type SessionTally } from '../state/tallies.ts';
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
    else byId.set(id, { ...tally, cells: new Map(tally.cells), revision });
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

/** The most frequent cells are kept; ties by name, so that the choice does not depend on the order of events. */
function keptCells(cells: ReadonlyMap<string, number>, limit: number): Cell[] {
  return [...cells]
    .sort(([a, x], [b, y]) => y - x || compareText(a, b))
    .slice(0, limit)
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, count]) => {
      const at = key.indexOf('\0');
      return { kind: key.slice(0, at), subject: key.slice(at + 1), count };
    });
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
    overflow: overflow || cells.size > run.limits.cells,
  }));
  return {
    sessions,
    sampling: { workload: work.index, population: all.length + forgotten(work), kept: kept.length },
  };
}

/** @param offsetMs from µs of the boot clock to ms since the segment's start. */
export function sessionTable(
  sessions: readonly OutSession[],
  dict: Dictionary,
  offsetMs: (us: number) => number,
): SessionColumns {
  const cells = sessions.flatMap((session) => session.cells);
  const offset = [0];
  for (const session of sessions) offset.push(offset.at(-1)! + session.cells.length);
  return {
    id: sessions.map(({ id }) => id),
    workload: sessions.map(({ workload }) => workload),
    start: sessions.map(({ start }) => offsetMs(start)),
    end: sessions.map(({ end }) => offsetMs(end)),
    revision: sessions.map(({ revision }) => dict.index(revision)),
    offset,
    cellKind: cells.map(({ kind }) => dict.index(kind)),
    cellSubject: cells.map(({ subject }) => dict.index(subject)),
    cellCount: cells.map(({ count }) => count),
    overflow: sessions.map(({ overflow }) => (overflow ? 1 : 0)),
  };
}
