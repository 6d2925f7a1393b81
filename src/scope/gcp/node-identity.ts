/**
 * The node's service account, for pods that see the metadata of Compute Engine: all where the metadata server of GKE does
 * not run, and those on the host's network everywhere.
 * https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity
 */
import { isUnbounded } from '../../match/gcp/scopes.ts';
import type { CredentialCandidate } from '../../model/configured.ts';
import type { GcpEstate } from '../../model/gcp.ts';
import { clusterOf, hidesNode, type NodePool, type Pod, poolsOf } from './gke-pools.ts';
import { hop } from './hops.ts';
import { type World, worldOf } from './world.ts';

/** One for each account that its nodes may run as. Empty: the cluster is not known. */
export function nodeIdentities(
  estate: GcpEstate,
  pod: Pick<Pod, 'cluster' | 'hostNetwork' | 'nodePools'>,
): CredentialCandidate[] {
  const world = worldOf(estate);
  const cluster = clusterOf(world, pod.cluster);
  if (cluster === null) return [];
  const pools = poolsOf(cluster, pod.nodePools);
  const groups = Map.groupBy(pools, (pool) =>
    JSON.stringify([accountOf(world, cluster.project, pool), hidesNode(cluster, pool), pool.scopes]),
  );
  return [...groups.values()].map((group) => {
    const hidden = hidesNode(cluster, group[0]!) && pod.hostNetwork !== true;
    const sole = groups.size === 1 || pod.nodePools?.length === 1;
    return candidate(world, { project: cluster.project, cluster: cluster.name, pools: group, hidden, sole });
  });
}

/** `default` is the account of Compute Engine in the project, which its number names. */
function accountOf({ hierarchy }: World, project: string, { serviceAccount }: NodePool): string | null {
  if (serviceAccount !== null && serviceAccount !== 'default') return serviceAccount.toLowerCase();
  const number = hierarchy.numberOf(`projects/${project}`);
  return number === null ? null : `${number}-compute@developer.gserviceaccount.com`;
}

type Nodes = {
  project: string;
  cluster: string;
  pools: readonly NodePool[];
  hidden: boolean;
  /** Whether its pods run on no other nodes. */
  sole: boolean;
};

function candidate(world: World, { project, cluster, pools, hidden, sole }: Nodes): CredentialCandidate {
  const [pool] = pools;
  const account = accountOf(world, project, pool!);
  const names = pools.map(({ name }) => name).join(', ');
  const scoped = isUnbounded(pool!.scopes)
    ? []
    : [`the call is within the OAuth scopes ${pool!.scopes.join(' ')}`];
  const placed = sole ? [] : [`the pod runs on node pool ${names}`];
  const why = hidden
    ? 'the metadata server of GKE hides the account of the node from pods with a network of their own'
    : `pods on node pool ${names} get the account of the node from its metadata server`;
  const status = hidden ? 'unreachable' : sole ? 'effective' : 'unknown';
  const object = `GKE cluster ${cluster}`;
  return {
    cloud: 'gcp',
    mechanism: 'node-identity',
    principal: account === null ? null : `gcp:${account}`,
    status: account === null && !hidden ? 'unknown' : status,
    reason: account === null ? `${why}; the number of ${project}, which names it, was not read` : why,
    path: [
      hop(
        object,
        `nodePools[${pool!.name}].config.serviceAccount`,
        `its nodes run as ${account ?? 'default'}`,
        true,
      ),
    ],
    conditions: hidden ? [] : [...placed, ...scoped],
  };
}
