/** Node pools that a pod may run on, and whether their nodes run the metadata server of GKE. */
import type { GcpCluster, GcpEstate } from '../../model/gcp.ts';
import type { World } from './world.ts';

export type NodePool = GcpCluster['nodePools'][number];
export type Pod = {
  /** `projects/p/locations/l/clusters/c`; null: the only one that was read. */
  cluster: string | null;
  namespace: string;
  serviceAccount: string;
  /** Of `iam.gke.io/gcp-service-account`. */
  annotation: string | null;
  hostNetwork?: boolean;
  /** By name, `cloud.google.com/gke-nodepool` of its nodes; absent: any of the cluster. */
  nodePools?: readonly string[];
};

export function clusterOf({ estate, hierarchy }: World, name: string | null): GcpCluster | null {
  if (name === null) return estate.clusters.length === 1 ? estate.clusters[0]! : null;
  const wanted = hierarchy.canonical(name);
  return estate.clusters.find((one) => hierarchy.canonical(one.name) === wanted) ?? null;
}

export function poolsOf(
  { nodePools }: GcpCluster,
  names: readonly string[] | undefined,
): readonly NodePool[] {
  return names === undefined || names.length === 0
    ? nodePools
    : nodePools.filter(({ name }) => names.includes(name));
}

/** Without the setting, nodes show pods the metadata of Compute Engine. */
export function hidesNode(cluster: GcpCluster, pool: NodePool): boolean {
  return cluster.workloadPool !== null && pool.metadataMode === 'GKE_METADATA';
}

/** Why clusters are not known; null: they were read. */
export function clustersGap({ coverage, clusters }: GcpEstate): string | null {
  const rows = coverage.filter(({ resource }) => resource === 'gcp-clusters');
  const bad = rows.find(({ status }) => status !== 'read' && status !== 'not-served');
  if (bad) return `clusters were not read (${bad.status}${bad.reason === null ? '' : `: ${bad.reason}`})`;
  return rows.length === 0 && clusters.length === 0 ? 'clusters were not read' : null;
}
