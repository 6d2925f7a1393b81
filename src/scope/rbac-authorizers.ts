/** Authorizers beside RBAC: what they allow is not read, so what RBAC does not allow is theirs to decide. */
import type { KubernetesEstate, Node } from '../model/kubernetes.ts';
import { accountOf } from './rbac-subject.ts';

type Sign = { provider: string; labels: readonly string[]; authority: string };

/** Labels that only the managed service puts on its nodes; a providerID alone may be a cluster of one's own. */
const SIGNS: readonly Sign[] = [
  {
    provider: 'aws://',
    labels: [
      'eks.amazonaws.com/nodegroup',
      'eks.amazonaws.com/compute-type',
      'eks.amazonaws.com/nodegroup-image',
      'eks.amazonaws.com/nodeclass',
      'alpha.eksctl.io/cluster-name',
    ],
    authority: 'EKS access entries, access policies and the aws-auth ConfigMap',
  },
  {
    provider: 'gce://',
    labels: ['cloud.google.com/gke-nodepool', 'cloud.google.com/gke-os-distribution'],
    authority: "GKE's IAM (permissions container.*)",
  },
  {
    provider: 'azure://',
    labels: ['kubernetes.azure.com/cluster', 'kubernetes.azure.com/agentpool'],
    authority: 'Azure RBAC for AKS',
  },
];

/** One sentence for each that the nodes show. They know identities of the cloud, never ServiceAccounts. */
export function unmodelledAuthorizers(estate: KubernetesEstate): string[] {
  return SIGNS.flatMap((sign) => {
    const node = estate.nodes.find((one) => isOf(one, sign));
    return node ? [`${sign.authority} may allow it, which is not modelled (node ${node.ref.name})`] : [];
  });
}

function isOf({ providerId, labels }: Node, sign: Sign): boolean {
  const elsewhere = providerId !== undefined && providerId !== null && !providerId.startsWith(sign.provider);
  return !elsewhere && sign.labels.some((label) => Object.hasOwn(labels, label));
}

/** Those that may know a user: none for a ServiceAccount, the Node authorizer for a kubelet. */
export function authorizersFor(
  estate: KubernetesEstate,
  { user, groups = [] }: { user: string; groups?: readonly string[] },
): string[] {
  if (accountOf(user)) return [];
  const kubelet = user.startsWith('system:node:') && groups.includes('system:nodes');
  const node = kubelet
    ? ['the Node authorizer allows kubelets what their pods need, which is not modelled']
    : [];
  return [...node, ...unmodelledAuthorizers(estate)];
}
