/**
 * Where Google's libraries look for credentials in a pod: the file that GOOGLE_APPLICATION_CREDENTIALS names, then the
 * metadata server, which on GKE answers by Workload Identity or as the node.
 * https://cloud.google.com/docs/authentication/application-default-credentials
 */
import type { CredentialCandidate, Hop } from '../../model/configured.ts';
import type { GcpEstate } from '../../model/gcp.ts';
import { workloadIdentity } from '../gcp/index.ts';
import { accountHop, annotation, mayBeOf, ownHop, type PodContext, variable } from './context.ts';
import { clusterOf, isForeign, isOfGoogle, NODE_POOL } from './gcp-cluster.ts';
import { metadataReach, type Reach } from './metadata.ts';

const ACCOUNT = 'iam.gke.io/gcp-service-account';

export function gcpCredentials(context: PodContext, estate: GcpEstate | null): CredentialCandidate[] {
  const keys = keyFile(context);
  const served = estate ? metadataCredentials(context, estate) : annotated(context);
  if (keys.length === 0) return served;
  return [...keys, ...served.map((one) => behind(one, keys[0]!))];
}

function keyFile(context: PodContext): CredentialCandidate[] {
  const file = variable(context, 'GOOGLE_APPLICATION_CREDENTIALS');
  if (!file) return [];
  const field = `containers[${file.container.name}].env[GOOGLE_APPLICATION_CREDENTIALS]`;
  return [
    {
      cloud: 'gcp',
      mechanism: 'static-keys',
      principal: null,
      status: 'effective',
      reason: `container ${file.container.name} names the credentials file ${file.value ?? '(its value is not read)'}, which comes first`,
      path: [ownHop(context, field, `credentials from ${file.value ?? 'a file'}`)],
      conditions: [],
    },
  ];
}

function behind(candidate: CredentialCandidate, first: CredentialCandidate): CredentialCandidate {
  if (candidate.status !== 'effective' && candidate.status !== 'unknown') return candidate;
  return { ...candidate, status: 'shadowed', reason: `static keys come first: ${first.reason}` };
}

function metadataCredentials(context: PodContext, estate: GcpEstate): CredentialCandidate[] {
  const { workload, nodes } = context;
  if (isForeign(context)) return annotated(context);
  const pools = nodes.flatMap(({ labels }) => labels[NODE_POOL] ?? []);
  const { candidates, sameness, gap } = workloadIdentity(estate, {
    cluster: clusterOf(context, estate),
    namespace: workload.namespace,
    serviceAccount: workload.serviceAccount,
    annotation: annotation(context, ACCOUNT),
    hostNetwork: workload.hostNetwork,
    ...(pools.length > 0 ? { nodePools: [...new Set(pools)] } : {}),
  });
  if (gap !== null) return [...annotated(context, gap), ...unanswered(context, gap)];
  // The pool makes other clusters' ServiceAccounts of this name the same identity.
  const shared = sameness.map(({ hop }) => hop);
  return candidates.map((one) =>
    one.mechanism === 'node-identity'
      ? asFarAs({ ...one, path: [nodeHop(context), ...one.path] }, [metadataReach(context)])
      : asFarAs(shared.length > 0 ? { ...one, shared } : one, gkeReach(context)),
  );
}

function nodeHop(context: PodContext): Hop {
  if (context.workload.hostNetwork)
    return ownHop(context, 'spec.template.spec.hostNetwork', "shares the node's network");
  return ownHop(context, 'spec.nodeName', 'runs on the node');
}

/**
 * Where pods with a network of their own meet the metadata server of GKE: which of the two is asked for by network
 * policies depends on the dataplane.
 * https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity#network_policy
 */
function gkeReach(context: PodContext): Reach[] {
  return [metadataReach(context), metadataReach(context, '169.254.169.252', 988)];
}

/** Out of reach only where no way is open. */
function asFarAs(candidate: CredentialCandidate, ways: readonly Reach[]): CredentialCandidate {
  if (candidate.status !== 'effective' && candidate.status !== 'unknown') return candidate;
  const closed = ways.filter(({ state }) => state === 'no');
  if (closed.length === ways.length)
    return { ...candidate, status: 'unreachable', reason: closed[0]!.reason, conditions: [] };
  const open = ways.flatMap(({ state, conditions, reason }) =>
    state === 'yes' ? [] : conditions.length > 0 ? conditions : [`it is not asked for: ${reason}`],
  );
  if (open.length === 0) return candidate;
  return { ...candidate, status: 'unknown', conditions: [...candidate.conditions, ...open] };
}

/** On its nodes the metadata server answers every pod, and without the cluster nobody can say as whom. */
function unanswered(context: PodContext, gap: string): CredentialCandidate[] {
  const { nodes, workload } = context;
  if (!nodes.some(isOfGoogle) && !mayBeOf('gcp', context)) return [];
  const reaches = workload.hostNetwork ? [metadataReach(context)] : gkeReach(context);
  const candidate = {
    ...({ cloud: 'gcp', mechanism: 'node-identity', principal: null, status: 'unknown' } as const),
    reason: `as whom the metadata server answers it is not known: ${gap}`,
    path: [nodeHop(context)],
    conditions: [`the metadata server answers it as somebody who may: ${gap}`],
  };
  return [asFarAs(candidate, reaches)];
}

/** All that can be said without the project. */
function annotated(context: PodContext, gap = 'GCP was not read'): CredentialCandidate[] {
  const account = annotation(context, ACCOUNT);
  if (account === null) return [];
  return [
    {
      cloud: 'gcp',
      mechanism: 'workload-identity',
      principal: `gcp:${account.toLowerCase()}`,
      status: 'unknown',
      reason: `the annotation names ${account}; whether that account lets it is not known: ${gap}`,
      path: [accountHop(context, `metadata.annotations["${ACCOUNT}"]`, `names ${account}`)],
      conditions: [`${account} lets this ServiceAccount act as it: ${gap}`],
    },
  ];
}
