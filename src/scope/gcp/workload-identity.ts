/**
 * What a pod on GKE is in Google Cloud: the account that its ServiceAccount's annotation names, if that account lets it;
 * without one, its own identity of the project's pool; else the account of the node.
 * https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity
 */
import type { Who } from '../../match/gcp/principal.ts';
import type { CredentialCandidate, Hop } from '../../model/configured.ts';
import type { GcpCluster, GcpEstate } from '../../model/gcp.ts';
import { decideOn } from './decide-on.ts';
import { clusterOf, clustersGap, hidesNode, type Pod, poolsOf } from './gke-pools.ts';
import { hop } from './hops.ts';
import { accountResource } from './impersonation.ts';
import { nodeIdentities } from './node-identity.ts';
import type { Principal } from './principal.ts';
import { type World, worldOf } from './world.ts';

export type WorkloadIdentity = {
  /** In the order in which the metadata server would answer; static keys come before all of them. */
  candidates: readonly CredentialCandidate[];
  /** Its own identity, `gcp:principal://…`; null: the cluster has no pool, or is not known. */
  principal: string | null;
  /** Other clusters of the project: the same namespace and name there are the same identity. */
  sameness: readonly { cluster: string; hop: Hop }[];
  /** Why the cluster is not known; null: it is. */
  gap: string | null;
};

export function workloadIdentity(estate: GcpEstate, pod: Pod): WorkloadIdentity {
  const world = worldOf(estate);
  const cluster = clusterOf(world, pod.cluster);
  if (cluster === null)
    return { candidates: [], principal: null, sameness: [], gap: unknownCluster(estate, pod) };
  const nodes = nodeIdentities(estate, pod);
  if (cluster.workloadPool === null) {
    const off = pod.annotation === null ? [] : [switchedOff(cluster, pod, pod.annotation)];
    return { candidates: [...off, ...nodes], principal: null, sameness: [], gap: null };
  }
  const own = world.principals.ofWho(whoOf(cluster, pod, cluster.workloadPool));
  const served = servedBy(cluster, pod);
  const classic = pod.annotation === null ? [] : [classicCandidate(world, own, { cluster, pod, served })];
  const candidates = [...classic, directCandidate(own, { cluster, pod, served }), ...nodes];
  return { candidates, principal: own.id, sameness: samenessOf(estate, cluster), gap: null };
}

function unknownCluster(estate: GcpEstate, { cluster }: Pod): string {
  if (cluster !== null) return clustersGap(estate) ?? `cluster ${cluster} is not among those that were read`;
  return (
    clustersGap(estate) ??
    `which of the ${estate.clusters.length} clusters that were read it runs in is not known`
  );
}

function whoOf(cluster: GcpCluster, { namespace, serviceAccount }: Pod, pool: string): Who {
  const values = new Map([
    ['namespace', namespace],
    ['kubernetes.cluster', `https://container.googleapis.com/v1/${cluster.name}`],
  ]);
  const subject = `ns/${namespace}/sa/${serviceAccount}`;
  return { type: 'workload', pool, subject, attributes: { values, all: false } };
}

type Served = {
  status: 'effective' | 'unknown' | 'unreachable';
  reason: string | null;
  conditions: readonly string[];
};

/** Whether the metadata server of GKE answers the pod. */
function servedBy(cluster: GcpCluster, { hostNetwork, nodePools }: Pod): Served {
  if (hostNetwork === true)
    return {
      status: 'unreachable',
      conditions: [],
      reason: 'on the host network the metadata server of GKE does not answer it',
    };
  const pools = poolsOf(cluster, nodePools);
  const serving = pools.filter((pool) => hidesNode(cluster, pool));
  if (serving.length === pools.length) return { status: 'effective', reason: null, conditions: [] };
  const names = serving.map(({ name }) => name).join(', ');
  if (serving.length > 0)
    return { status: 'unknown', reason: null, conditions: [`the pod runs on node pool ${names}`] };
  const all = pools.map(({ name }) => name).join(', ');
  return {
    status: 'unreachable',
    conditions: [],
    reason: `nodes of ${all} do not run the metadata server of GKE`,
  };
}

type Place = { cluster: GcpCluster; pod: Pod; served: Served };

function accountHop({ namespace, serviceAccount, annotation }: Pod): Hop {
  const field =
    annotation === null ? 'metadata.name' : 'metadata.annotations["iam.gke.io/gcp-service-account"]';
  const why = annotation === null ? 'the pods run as it' : `names ${annotation}`;
  return hop(`ServiceAccount ${namespace}/${serviceAccount}`, field, why);
}

function switchedOff(cluster: GcpCluster, pod: Pod, account: string): CredentialCandidate {
  return {
    cloud: 'gcp',
    mechanism: 'workload-identity',
    principal: `gcp:${account.toLowerCase()}`,
    status: 'broken',
    reason: `Workload Identity is off in ${cluster.name}, so the annotation has no effect`,
    path: [
      accountHop(pod),
      hop(`GKE cluster ${cluster.name}`, 'workloadIdentityConfig.workloadPool', 'is not set', true),
    ],
    conditions: [],
  };
}

function classicCandidate(world: World, own: Principal, { pod, served }: Place): CredentialCandidate {
  const target = world.principals.of(`serviceAccount:${pod.annotation}`);
  const account = target.account;
  const resource = account
    ? accountResource(account)
    : `${target.home ?? 'projects/-'}/serviceAccounts/${pod.annotation}`;
  const permission = 'iam.serviceAccounts.getAccessToken';
  const answer = decideOn(world, { principal: own, permission, resource, context: {} });
  const base = {
    cloud: 'gcp' as const,
    mechanism: 'workload-identity' as const,
    principal: target.id,
    path: [accountHop(pod), ...answer.path],
  };
  const broken = brokenBecause(world, target, pod, answer);
  if (broken !== null) {
    const path = [...base.path, ...mendedAt(target, resource, answer, broken)];
    return { ...base, path, status: 'broken', reason: broken, conditions: [] };
  }
  if (served.status === 'unreachable')
    return { ...base, status: 'unreachable', reason: served.reason!, conditions: [] };
  const unread = answer.verdict === 'cannot-tell' ? [answer.reason] : answer.conditions;
  const conditions = [...served.conditions, ...unread];
  const status = conditions.length === 0 ? 'effective' : 'unknown';
  return {
    ...base,
    status,
    reason: `the annotation names ${pod.annotation}, and ${answer.reason}`,
    conditions,
  };
}

/** The metadata server then answers 403 and falls back to nothing. */
function brokenBecause(
  { coverage, hierarchy }: World,
  target: Principal,
  { annotation }: Pod,
  answer: { verdict: string; reason: string },
): string | null {
  if (target.account?.disabled) return `the annotation names ${annotation}, which is disabled`;
  const home = target.home === null ? null : hierarchy.canonical(target.home);
  const read = home !== null && coverage.gap(home, 'service-accounts') === null;
  if (target.account === null && read)
    return `the annotation names ${annotation}, which ${home} does not have`;
  if (answer.verdict !== 'deny') return null;
  return `the annotation names ${annotation}, but ${answer.reason}: it takes roles/iam.workloadIdentityUser on that account`;
}

/** What would have to change; a deny policy that stops it is on the way already. */
function mendedAt(
  target: Principal,
  resource: string,
  { path }: { path: readonly Hop[] },
  why: string,
): Hop[] {
  const object = `Service account ${target.id.slice('gcp:'.length)}`;
  if (target.account === null) return [hop(object, 'email', why, true)];
  if (target.account.disabled) return [hop(object, 'disabled', why, true)];
  return path.at(-1)?.inherited ? [] : [hop(`Allow policy of ${resource}`, 'bindings', why, true)];
}

/** With an annotation the metadata server gives out the other account only, whether that works or not. */
function directCandidate(own: Principal, { cluster, pod, served }: Place): CredentialCandidate {
  const annotated = pod.annotation !== null;
  const reason = annotated
    ? 'the annotation comes first'
    : (served.reason ?? `without annotation, it is its own identity of pool ${cluster.workloadPool}`);
  const why = `tokens of ${pod.namespace}/${pod.serviceAccount} become ${own.id.slice('gcp:'.length)}`;
  return {
    cloud: 'gcp',
    mechanism: 'direct-workload-identity',
    principal: own.id,
    status: annotated ? 'shadowed' : served.status,
    reason,
    path: [
      accountHop({ ...pod, annotation: null }),
      hop(`GKE cluster ${cluster.name}`, 'workloadIdentityConfig.workloadPool', why),
    ],
    conditions: annotated ? [] : served.conditions,
  };
}

function samenessOf({ clusters }: GcpEstate, own: GcpCluster): WorkloadIdentity['sameness'] {
  return clusters
    .filter(({ name, workloadPool }) => name !== own.name && workloadPool === own.workloadPool)
    .map(({ name, workloadPool }) => {
      const why = `shares pool ${workloadPool}: the same namespace and name there are the same identity`;
      return {
        cluster: name,
        hop: hop(`GKE cluster ${name}`, 'workloadIdentityConfig.workloadPool', why, true),
      };
    });
}
