/** Credentials of every workload in every cloud, each source in SDK precedence with the winner and the shadowed ones. */
import { kubernetesVerdict } from '../../match/kubernetes-rule.ts';
import { resourceGap } from '../../match/source-coverage.ts';
import type { Capability, ConfiguredWorkload, CredentialCandidate } from '../../model/configured.ts';
import type { Estate } from '../../model/estate.ts';
import type { KubernetesEstate, ServiceAccount } from '../../model/kubernetes.ts';
import { hasApiToken } from '../api-token.ts';
import type { AwsScope } from '../aws/index.ts';
import type { NetworkScope } from '../network-scope.ts';
import { sourceOfWorkload } from '../network-source.ts';
import { awsCredentials } from './aws.ts';
import { awsTrust } from './aws-trust.ts';
import { azureCredentials } from './azure.ts';
import type { PodContext } from './context.ts';
import { gcpCredentials } from './gcp.ts';
import { exchangedTokens } from './gcp-federated.ts';

export type IdentityInput = {
  estate: Estate;
  network: NetworkScope;
  aws: AwsScope | null;
  /** Of the cluster. */
  capabilities: readonly Capability[];
};

/** Absent of workloads of which no cloud could say anything: they then hold no identity that is known. */
export function withCredentials(
  workloads: readonly ConfiguredWorkload[],
  kubernetes: KubernetesEstate,
  input: IdentityInput,
): readonly ConfiguredWorkload[] {
  const contextOf = contexts(kubernetes, input);
  const trust = awsTrust(input.aws, input.estate.aws);
  const { aws, gcp, azure } = input.estate;
  return workloads.map((workload) => {
    const context = contextOf(workload);
    const credentials: CredentialCandidate[] = [
      ...awsCredentials(context, aws, trust),
      ...gcpCredentials(context, gcp),
      ...exchangedTokens(context, { aws, azure, gcp }),
      ...azureCredentials(context, azure),
    ];
    return credentials.length > 0 ? { ...workload, credentials } : workload;
  });
}

function contexts(
  kubernetes: KubernetesEstate,
  { network, estate, capabilities }: IdentityInput,
): (workload: ConfiguredWorkload) => PodContext {
  const accounts = new Map<string, ServiceAccount>(
    kubernetes.serviceAccounts.map((one) => [`${one.ref.namespace}/${one.ref.name}`, one]),
  );
  const nodesOf = nodeLookup(kubernetes);
  const nodeGap = resourceGap(kubernetes.coverage, 'nodes', null);
  const minters = mintersOf(capabilities);
  const managedBy = (['aws', 'gcp', 'azure'] as const).filter((cloud) => estate[cloud]?.clusters.length);
  return (workload) => ({
    workload,
    account: accounts.get(`${workload.namespace}/${workload.serviceAccount}`) ?? null,
    accountGap: resourceGap(kubernetes.coverage, 'serviceaccounts', workload.namespace),
    ...nodesOf(workload),
    nodeGap,
    managedBy,
    mintsTokens: minters.has(workload.principal) && hasApiToken(capabilities, workload),
    egress: (ip, port) => network.decide(sourceOfWorkload(workload), { ip }, port, 'TCP'),
  });
}

/** ServiceAccounts that may make tokens of their own, as RBAC decides. */
function mintersOf(capabilities: readonly Capability[]): ReadonlySet<string> {
  const rights = capabilities.filter(({ kind }) => kind === 'kubernetes-action');
  const found = new Set<string>();
  for (const [principal, own] of Map.groupBy(rights, ({ holder }) => holder.id)) {
    const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(principal) ?? [];
    if (namespace === undefined || name === undefined) continue;
    const request = {
      verb: 'create',
      apiGroup: '',
      resource: 'serviceaccounts',
      subresource: 'token',
      path: null,
    };
    if (kubernetesVerdict(own, { ...request, namespace, name }).verdict === 'allow') found.add(principal);
  }
  return found;
}

/** Nodes of the pods that run as that ServiceAccount with those labels; of a workload without pods all nodes. */
function nodeLookup({
  nodes,
  pods,
}: KubernetesEstate): (workload: ConfiguredWorkload) => Pick<PodContext, 'nodes' | 'placed'> {
  const byName = new Map(nodes.map((one) => [one.ref.name, one]));
  const byAccount = Map.groupBy(
    pods.filter(({ node }) => node !== null),
    ({ ref, template }) => `${ref.namespace}/${template.serviceAccountName}`,
  );
  return ({ namespace, serviceAccount, podLabels }) => {
    const own = (byAccount.get(`${namespace}/${serviceAccount}`) ?? []).filter(({ template }) =>
      Object.entries(podLabels).every(([key, value]) => template.labels[key] === value),
    );
    const names = new Set(own.map(({ node }) => node!));
    const found = [...names].flatMap((name) => byName.get(name) ?? []);
    return found.length > 0 ? { nodes: found, placed: true } : { nodes, placed: false };
  };
}
