/** Who did it: the instance behind a record's cgroup, pid and start time. */
import { type Cgroup, collapseIn } from '../state/cgroups.ts';
import { createInstance, type Instance, processKey } from '../state/processes.ts';
import { cgroupOf, type Run } from '../state/run.ts';
import { replace } from '../state/trees.ts';

type Actor = { cg: string; pid: number; start: string; at: number };

/**
 * The sensor folds processes to pid 0 when its maps are full; here, too, new processes of a cgroup share one instance
 * without a name beyond the limit, and the loss of detail is counted.
 */
export function instanceOf(run: Run, actor: Actor): Instance {
  const { instances } = run.table;
  const cgroup = cgroupOf(run, actor.cg, actor.at);
  const known = actor.pid === 0 ? undefined : instances.get(processKey(actor.pid, actor.start));
  if (known) return known.cgroup === cgroup ? known : move(run, known, cgroup, actor.at);
  const full = actor.pid !== 0 && instances.size >= run.limits.instances;
  if (full) collapseIn(cgroup, 'process');
  const folded = full || actor.pid === 0;
  const key = folded ? `folded:${actor.cg}` : processKey(actor.pid, actor.start);
  const instance =
    instances.get(key) ??
    createInstance(folded ? 0 : actor.pid, folded ? '0' : actor.start, cgroup, actor.at);
  instance.ignored = run.options.ignore?.has(actor.pid) ?? false;
  instances.set(key, instance);
  return instance;
}

export function isFolded({ pid }: Instance): boolean {
  return pid === 0;
}

function move(run: Run, instance: Instance, cgroup: Cgroup, at: number): Instance {
  instance.cgroup = cgroup;
  instance.image = Math.max(instance.image, at);
  replace(run.table, instance, false);
  return instance;
}
