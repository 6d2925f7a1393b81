/**
 * What ended trees leave until the segment closes. A shell loop or an exec probe makes a tree every second; only
 * their sums, and the sessions that the sample would keep, are worth memory.
 */
import { SIGNALS } from '../../model/kinds.ts';
import { addMark, mergeDetails } from './details.ts';
import { identifyTree, ownsCgroup } from './identify.ts';
import { existedMs, observedMs } from './lifetime.ts';
import type { Origin, Remains, Tree } from './processes.ts';
import { endSessions, mergeRows } from './rows.ts';
import { type Run, sessionId } from './run.ts';
import { mergeSession } from './tallies.ts';
import { internOrigin } from './trees.ts';

function remainsOf(run: Run, tree: Tree): Tree & { remains: Remains } {
  const owner = ownsCgroup(tree.cgroup) ? '' : identifyTree(run, tree).id;
  const key = `${tree.cgroup.id}\0${owner}`;
  const known = run.remains.get(key);
  if (known) return known;
  const remains: Remains = {
    trees: 0,
    population: 0,
    sessions: new Map(),
    existedMs: 0,
    observedMs: new Map(),
  };
  const made = { ...tree, members: 0, origins: new Map<string, Origin>(), sessions: new Map(), remains };
  run.remains.set(key, made);
  run.table.trees.add(made);
  return made;
}

/** Counters of a tree are final when those of all its processes are: see sweep. */
export function absorbEnded(run: Run): void {
  for (const tree of run.table.trees) {
    const over = tree.members <= 0 && tree.ended !== null && tree.ended < run.checkpoints[0];
    if (over && !tree.remains) absorb(run, tree, tree.ended!);
  }
}

function absorb(run: Run, tree: Tree, ended: number): void {
  run.table.trees.delete(tree);
  if (tree.program === null && tree.sessions.size === 0 && tree.origins.size === 0) return;
  const into = remainsOf(run, tree);
  for (const origin of tree.origins.values()) absorbOrigin(into, origin);
  absorbSessions(run, into.remains, tree);
  const span = { since: tree.began, until: ended, watched: tree.cgroup.watched };
  into.remains.trees++;
  into.remains.existedMs += existedMs(run, span, ended);
  for (const signal of SIGNALS) {
    const before = into.remains.observedMs.get(signal) ?? 0;
    into.remains.observedMs.set(signal, before + observedMs(run, span, signal, ended));
  }
  tree.origins.clear();
  tree.sessions.clear();
}

function absorbOrigin(into: Tree, from: Origin): void {
  const own = internOrigin(into, from.cgroup, from.className);
  endSessions(from.rows);
  mergeRows(own.rows, from.rows);
  mergeDetails(own.details, from.details);
  for (const mark of from.marks) addMark(own.marks, mark);
  own.ended += from.ended;
  for (const [signal, count] of from.endedSeen)
    own.endedSeen.set(signal, (own.endedSeen.get(signal) ?? 0) + count);
  from.alias = own;
}

/** Bottom-k by id, like the sample itself; pruned when twice the sample is held. */
function absorbSessions(run: Run, remains: Remains, tree: Tree): void {
  for (const [block, tally] of tree.sessions) {
    const id = sessionId(run, tree, block);
    const own = remains.sessions.get(id);
    if (own) mergeSession(own, tally);
    else {
      remains.population++;
      remains.sessions.set(id, tally);
    }
  }
  const { sessions } = run.limits;
  if (remains.sessions.size <= 2 * sessions) return;
  for (const id of [...remains.sessions.keys()].sort().slice(sessions)) remains.sessions.delete(id);
}
