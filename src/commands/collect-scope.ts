/** Filters by cgroup, namespace and label: which cgroups the sensor captures, as pods come and go. */
import { UserError } from '../errors.ts';
import { selectorMatches } from '../match/selector.ts';
import type { LabelSelector } from '../model/kubernetes.ts';
import type { WireRecord } from '../model/wire.ts';
import { parseCgroupPath } from '../observe/workload/cgroup-path.ts';
import type { PodInfo } from '../sources/kubernetes/pods.ts';
import { type CgroupDirectory, listCgroups, watchCgroups } from '../sources/sensor/cgroup-tree.ts';
import type { Sensor } from '../sources/sensor/sensor.ts';
import type { Cluster } from './collect-cluster.ts';

export type ScopeFilter = {
  cgroups: readonly string[];
  namespaces: readonly string[];
  selector: LabelSelector | null;
};

/** Safety net beside inotify. */
const RESCAN_MS = 5000;
/** A cgroup appears before its pod is known here: it is looked up again at this pace. */
const RETRY_MS = 1000;
/** The names of all cgroups, an answer for each, and then some: a sensor that says more than that is not waited for. */
const MAX_EARLY = 65_536;

export function isScoped({ cgroups, namespaces, selector }: ScopeFilter): boolean {
  return cgroups.length > 0 || namespaces.length > 0 || selector !== null;
}

/**
 * Adds every matching cgroup to the sensor's scope, now and whenever one appears. A cgroup that goes is dropped by
 * the sensor itself.
 *
 * @throws UserError when a cgroup that was named does not exist
 */
export async function followScope(
  sensor: Pick<Sensor, 'command'>,
  mount: string,
  filter: ScopeFilter,
  podOf: Cluster['podOf'],
): Promise<{ added: () => number; close: () => void }> {
  const paths = filter.cgroups.map((path) => normalCgroup(mount, path));
  const added = new Set<string>();
  let present: readonly CgroupDirectory[] = await listCgroups(mount);

  function scan(): void {
    for (const cgroup of present) {
      if (added.has(cgroup.id) || !matches(cgroup, paths, filter, podOf)) continue;
      added.add(cgroup.id);
      sensor.command('cgroup-add', { cgroup: cgroup.id });
    }
  }
  refuseAbsent(paths, present, mount);
  scan();
  const stopWatching = watchCgroups(mount, RESCAN_MS, (directories) => {
    present = directories;
    scan();
  });
  const retry = setInterval(scan, RETRY_MS);
  return {
    added: () => added.size,
    close() {
      clearInterval(retry);
      stopWatching();
    },
  };
}

/**
 * Reads on until so many commands are answered, or the stream ends: what a cgroup does before the sensor has taken it in
 * goes by unseen, and nobody is to be told until then that it is observed.
 *
 * @returns what was read, in its order; `records` goes on behind it
 */
export async function untilTaken(
  { records, abort }: Pick<Sensor, 'records' | 'abort'>,
  commands: number,
  cancelled: AbortSignal,
): Promise<WireRecord[]> {
  const read: WireRecord[] = [];
  // Not `for await`, which would end the stream when it is left.
  const stream = records[Symbol.asyncIterator]();
  cancelled.addEventListener('abort', abort);
  try {
    for (let left = commands; left > 0 && read.length < MAX_EARLY; ) {
      const next = await stream.next();
      if (next.done) break;
      read.push(next.value);
      if (next.value.t === 'reply') left -= 1;
    }
    return read;
  } finally {
    cancelled.removeEventListener('abort', abort);
  }
}

function refuseAbsent(paths: readonly string[], present: readonly CgroupDirectory[], mount: string): void {
  const absent = paths.find((path) => !present.some((cgroup) => cgroup.path === path));
  if (absent === undefined) return;
  throw new UserError(`--cgroup: there is no cgroup ${absent} below ${mount}`, {
    hint: 'Name it as /proc/PID/cgroup shows it, or by its directory.',
  });
}

function matches(
  { path, id }: CgroupDirectory,
  paths: readonly string[],
  filter: ScopeFilter,
  podOf: Cluster['podOf'],
): boolean {
  if (paths.some((wanted) => isBelow(wanted, path))) return true;
  if (filter.namespaces.length === 0 && filter.selector === null) return false;
  const pod = podOf({ id, path, parsed: parseCgroupPath(path) });
  return pod !== null && podMatches(pod, filter);
}

function podMatches(pod: PodInfo, { namespaces, selector }: ScopeFilter): boolean {
  if (namespaces.length > 0 && !namespaces.includes(pod.namespace)) return false;
  return selector === null || selectorMatches(selector, pod.labels) === 'yes';
}

function isBelow(parent: string, path: string): boolean {
  return path === parent || path.startsWith(parent === '/' ? '/' : `${parent}/`);
}

/** Below the mount, with one leading slash and none at the end. */
function normalCgroup(mount: string, path: string): string {
  const below = path === mount || path.startsWith(`${mount}/`) ? path.slice(mount.length) : path;
  return `/${below.split('/').filter(Boolean).join('/')}`;
}
