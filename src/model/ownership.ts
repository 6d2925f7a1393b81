/**
 * From a pod to its controller, by one rule for both postures: pods, ReplicaSets and Jobs come and go, so their
 * controlling owner counts; everything else is a controller, custom resources included (kept by their kind).
 */
import type { Labels, Owner } from './kubernetes.ts';

export type Owned = { apiVersion: string; kind: string; name: string; owners: readonly Owner[] };
export type Controller = { apiVersion: string; kind: string; name: string };

const TRANSIENT = new Set(['Pod', 'ReplicaSet', 'ReplicationController', 'Job']);
/** Longest chain followed: Pod → Job → CronJob is two; a circle must end. */
const MAX_HOPS = 8;

/**
 * `find`: an object of the same namespace, null where it was not read. Then the names that controllers give still
 * tell: `web-<pod-template-hash>` is of Deployment web, `nightly-<minutes since 1970>` of CronJob nightly.
 */
export function controllerOf(
  object: Owned,
  podLabels: Labels,
  find: (kind: string, name: string) => Owned | null,
): Controller {
  let current = object;
  for (let hop = 0; hop < MAX_HOPS && TRANSIENT.has(current.kind); hop++) {
    const owner = current.owners.find((one) => one.controller);
    // Static pods are owned by their Node, which is no workload.
    if (!owner || owner.kind === 'Node') break;
    const found = find(owner.kind, owner.name);
    if (!found) return guess(owner, podLabels);
    current = found;
  }
  return { apiVersion: current.apiVersion, kind: current.kind, name: current.name };
}

function guess({ apiVersion, kind, name }: Owner, labels: Labels): Controller {
  const hash = Object.hasOwn(labels, 'pod-template-hash') ? `-${labels['pod-template-hash']}` : null;
  if (kind === 'ReplicaSet' && hash && name.endsWith(hash) && name.length > hash.length)
    return { apiVersion: 'apps/v1', kind: 'Deployment', name: name.slice(0, -hash.length) };
  const scheduled = kind === 'Job' ? /^(.+)-\d{8}$/.exec(name) : null;
  return scheduled
    ? { apiVersion: 'batch/v1', kind: 'CronJob', name: scheduled[1]! }
    : { apiVersion, kind, name };
}

/** Label by which a controller marks the revision of a pod; null for controllers that mark none. */
export function revisionOf(podLabels: Labels): string | null {
  return podLabels['pod-template-hash'] ?? podLabels['controller-revision-hash'] ?? null;
}
