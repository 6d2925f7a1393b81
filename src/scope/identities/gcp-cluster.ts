/** Which GKE cluster the Kubernetes estate is: told by its nodes, or by being the only one. */
import type { GcpCluster, GcpEstate } from '../../model/gcp.ts';
import type { Node } from '../../model/kubernetes.ts';
import type { PodContext } from './context.ts';

export const NODE_POOL = 'cloud.google.com/gke-nodepool';

/** Of no node is known that it is of Google Cloud, and of each that it is of somebody else. */
export function isForeign({ nodes }: PodContext): boolean {
  return nodes.length > 0 && nodes.every(({ providerId }) => providerId && !providerId.startsWith('gce:'));
}

export function isOfGoogle({ providerId, labels }: Node): boolean {
  return providerId?.startsWith('gce:') === true || labels[NODE_POOL] !== undefined;
}

/** `projects/p/locations/l/clusters/c`. Null: several would do, or none. */
export function clusterOf({ nodes }: PodContext, { clusters, nodes: hierarchy }: GcpEstate): string | null {
  const numbers = new Map(hierarchy.map(({ name, number }) => [name, number]));
  const left = clusters.filter((one) => nodes.every((node) => mayRun(node, one, numbers)));
  const named = left.filter((one) => nodes.length > 0 && nodes.every((node) => bearsName(node, one)));
  const best = named.length > 0 ? named : left;
  return best.length === 1 ? best[0]!.name : null;
}

/** Project and zone are in `gce://project/zone/instance`, the pool in a label. */
function mayRun(
  { labels, providerId }: Node,
  { name, project, nodePools }: GcpCluster,
  numbers: ReadonlyMap<string, string | null>,
): boolean {
  const location = name.split('/')[3] ?? '';
  const [, own, zone] = /^gce:\/\/([^/]+)\/([^/]+)\//.exec(providerId ?? '') ?? [];
  if (own !== undefined && own !== project && own !== numbers.get(`projects/${project}`)) return false;
  if (zone !== undefined && zone !== location && !zone.startsWith(`${location}-`)) return false;
  const pool = labels[NODE_POOL];
  return pool === undefined || nodePools.some((one) => one.name === pool);
}

/** GKE calls nodes `gke-<cluster>-<pool>-<hash>-<suffix>`; long names it cuts, and then they tell nothing. */
function bearsName({ ref, labels }: Node, { name }: GcpCluster): boolean {
  const pool = labels[NODE_POOL];
  return ref.name.startsWith(`gke-${name.split('/').at(-1)}-${pool === undefined ? '' : `${pool}-`}`);
}
