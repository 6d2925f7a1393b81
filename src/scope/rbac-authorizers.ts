/** Authorizers beside RBAC: what they allow is not read, so what RBAC does not allow is theirs to decide. */
import type { KubernetesEstate, Node, ObjectRef } from '../model/kubernetes.ts';
import { refName } from './describe.ts';
import { accountOf } from './rbac-subject.ts';

type Sign = {
  provider: string;
  /** That only the managed service puts on its nodes; a providerID alone may be a cluster of one's own. */
  labels: readonly string[];
  /** What else of a node tells it, without any label: the build of its kubelet, or how the service calls its machines. */
  kubelet: RegExp | null;
  machine: RegExp | null;
  /** Roles and bindings that the service makes, by their names. */
  rbac: RegExp | null;
  /** Objects of kube-system that tell it where a node is of that provider: others install them too. */
  beside: readonly string[];
  authority: string;
};

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
    kubelet: /-eks-[0-9a-f]+/,
    machine: null,
    rbac: /^eks:/,
    beside: ['DaemonSet aws-node', 'DaemonSet eks-pod-identity-agent'],
    authority: 'EKS access entries, access policies and the aws-auth ConfigMap',
  },
  {
    provider: 'gce://',
    labels: ['cloud.google.com/gke-nodepool', 'cloud.google.com/gke-os-distribution'],
    kubelet: /-gke\.\d+/,
    machine: /\/gke-[^/]+$/,
    rbac: null,
    beside: [],
    authority: "GKE's IAM (permissions container.*)",
  },
  {
    provider: 'azure://',
    labels: ['kubernetes.azure.com/cluster', 'kubernetes.azure.com/agentpool'],
    kubelet: null,
    machine: /\/resourcegroups\/mc_|\/virtualmachinescalesets\/aks-|\/virtualmachines\/aks-/i,
    rbac: /^(?:aks-service(?:-rolebinding)?|aks-cluster-admin-binding(?:-aad)?)$/,
    beside: [
      'DaemonSet azure-ip-masq-agent',
      'DaemonSet cloud-node-manager',
      'Deployment konnectivity-agent',
    ],
    authority: 'Azure RBAC for AKS',
  },
];

/** One sentence for each that is told. They know identities of the cloud, never ServiceAccounts. */
export function unmodelledAuthorizers(estate: KubernetesEstate): string[] {
  return SIGNS.flatMap((sign) => {
    const told = toldBy(estate, sign);
    return told === null ? [] : [`${sign.authority} may allow it, which is not modelled (${told})`];
  });
}

/** Null: nothing tells that it is of the service. */
function toldBy(estate: KubernetesEstate, sign: Sign): string | null {
  const { nodes, roles, roleBindings } = estate;
  const node = nodes.find((one) => !isElsewhere(one, sign) && isOf(one, sign));
  if (node) return `node ${node.ref.name}`;
  if (nodes.length > 0 && nodes.every((one) => isElsewhere(one, sign))) return null;
  const made = [...roles, ...roleBindings].find(({ ref }) => sign.rbac?.test(ref.name));
  if (made) return refName(made.ref);
  const placed = nodes.find(({ providerId }) => providerId?.startsWith(sign.provider));
  const beside = placed && ofSystem(estate).find((one) => sign.beside.includes(`${one.kind} ${one.name}`));
  return beside ? `node ${placed.ref.name} and ${refName(beside)}` : null;
}

function isElsewhere({ providerId }: Node, { provider }: Sign): boolean {
  return providerId !== undefined && providerId !== null && !providerId.startsWith(provider);
}

function isOf({ labels, kubelet = '', providerId }: Node, sign: Sign): boolean {
  const labelled = sign.labels.some((label) => Object.hasOwn(labels, label));
  return labelled || sign.kubelet?.test(kubelet) === true || sign.machine?.test(providerId ?? '') === true;
}

function ofSystem({ workloads }: KubernetesEstate): ObjectRef[] {
  return workloads.map(({ ref }) => ref).filter(({ namespace }) => namespace === 'kube-system');
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
