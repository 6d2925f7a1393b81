/** What of a run goes with a closed segment, and what stays for the next one. */
import { rollCover } from './cgroups.ts';
import { adoptClock } from './clock.ts';
import { carryMarks } from './details.ts';
import type { Tree } from './processes.ts';
import { clearRows } from './rows.ts';
import type { Run } from './run.ts';

/** @param end µs of the boot clock: where the next segment begins. */
export function startNextSegment(run: Run, end: number): void {
  run.sequence++;
  run.segmentStart = end;
  adoptClock(run.clock);
  run.costBase = run.cost;
  for (const tree of run.table.trees) clearTree(run, tree);
  run.remains.clear();
  dropGone(run, end);
}

/** A tree that comes back (a last count after its end) is entered again by its first use. */
function clearTree(run: Run, tree: Tree): void {
  tree.sessions.clear();
  for (const origin of tree.origins.values()) {
    clearRows(origin.rows);
    origin.ended = 0;
    origin.endedSeen.clear();
    origin.details.clear();
    origin.marks = carryMarks(origin.marks, run.segmentStart);
  }
  if (tree.members <= 0) run.table.trees.delete(tree);
}

/** Like processes, a cgroup goes once the counters of a full checkpoint interval after its end are in. */
function dropGone(run: Run, end: number): void {
  const [final] = run.checkpoints;
  const inUse = new Set([...run.table.instances.values()].map(({ cgroup }) => cgroup.id));
  for (const [id, cgroup] of run.cgroups) {
    rollCover(cgroup);
    cgroup.residencies = cgroup.residencies.filter(
      ({ instance }) => instance.exited === null || instance.exited > end,
    );
    if (cgroup.gone !== null && cgroup.gone < final && !inUse.has(id)) run.cgroups.delete(id);
  }
}
