/** The API collections that are read, one table for the live lists and for what an export may hold. */
import { type Collection, collection, kindKey } from './collection.ts';
import { POSTURE_COLLECTIONS } from './collections-posture.ts';

export { type Collection, kindKey } from './collection.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const POLICY = 'policy.networking.k8s.io';
const ISTIO_SECURITY = 'security.istio.io/v1beta1';
const ISTIO_NETWORKING = 'networking.istio.io/v1beta1';

/**
 * Secrets and ConfigMaps are never listed: which ones an agent holds is in its pod spec, their content is not ours. Two
 * ConfigMaps are read by name (settings.ts).
 */
export const COLLECTIONS: readonly Collection[] = [
  collection('namespaces', 'v1', 'Namespace', 'namespaces', { cluster: true, aliases: ['ns', 'namespace'] }),
  collection('deployments', 'apps/v1', 'Deployment', 'workloads', { aliases: ['deploy', 'deployment'] }),
  collection('statefulsets', 'apps/v1', 'StatefulSet', 'workloads', { aliases: ['sts', 'statefulset'] }),
  collection('daemonsets', 'apps/v1', 'DaemonSet', 'workloads', { aliases: ['ds', 'daemonset'] }),
  collection('replicasets', 'apps/v1', 'ReplicaSet', 'workloads', { aliases: ['rs', 'replicaset'] }),
  collection('cronjobs', 'batch/v1', 'CronJob', 'workloads', { aliases: ['cj', 'cronjob'] }),
  collection('jobs', 'batch/v1', 'Job', 'workloads', { aliases: ['job'] }),
  collection('pods', 'v1', 'Pod', 'pods', { aliases: ['po', 'pod'] }),
  collection('serviceaccounts', 'v1', 'ServiceAccount', 'serviceaccounts', {
    aliases: ['sa', 'serviceaccount'],
  }),
  collection('roles', RBAC, 'Role', 'rbac', { aliases: ['role'] }),
  collection('rolebindings', RBAC, 'RoleBinding', 'rbac', { aliases: ['rolebinding'] }),
  collection('clusterroles', RBAC, 'ClusterRole', 'rbac', { cluster: true, aliases: ['clusterrole'] }),
  collection('clusterrolebindings', RBAC, 'ClusterRoleBinding', 'rbac', {
    cluster: true,
    aliases: ['clusterrolebinding'],
  }),
  collection('networkpolicies', 'networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', {
    aliases: ['netpol', 'networkpolicy'],
  }),
  collection('adminnetworkpolicies', `${POLICY}/v1alpha1`, 'AdminNetworkPolicy', 'adminnetworkpolicies', {
    cluster: true,
    aliases: ['anp', 'adminnetworkpolicy'],
  }),
  collection(
    'baselineadminnetworkpolicies',
    `${POLICY}/v1alpha1`,
    'BaselineAdminNetworkPolicy',
    'adminnetworkpolicies',
    { cluster: true, aliases: ['banp', 'baselineadminnetworkpolicy'] },
  ),
  collection('clusternetworkpolicies', `${POLICY}/v1alpha2`, 'ClusterNetworkPolicy', 'adminnetworkpolicies', {
    cluster: true,
    aliases: ['cnp', 'clusternetworkpolicy'],
  }),
  collection('ciliumnetworkpolicies', 'cilium.io/v2', 'CiliumNetworkPolicy', 'ciliumpolicies', {
    aliases: ['ciliumnp', 'ciliumnetworkpolicy'],
  }),
  collection(
    'ciliumclusterwidenetworkpolicies',
    'cilium.io/v2',
    'CiliumClusterwideNetworkPolicy',
    'ciliumpolicies',
    { cluster: true, aliases: ['ccnp', 'ciliumclusterwidenetworkpolicy'] },
  ),
  // v1beta1 is what every release of Istio serves, old and new.
  collection('authorizationpolicies', ISTIO_SECURITY, 'AuthorizationPolicy', 'mesh', {
    aliases: ['authorizationpolicy'],
  }),
  collection('peerauthentications', ISTIO_SECURITY, 'PeerAuthentication', 'mesh', {
    aliases: ['pa', 'peerauthentication'],
  }),
  collection('sidecars', ISTIO_NETWORKING, 'Sidecar', 'mesh', { aliases: ['sidecar'] }),
  collection('serviceentries', ISTIO_NETWORKING, 'ServiceEntry', 'mesh', {
    aliases: ['se', 'serviceentry'],
  }),
  collection('services', 'v1', 'Service', 'services', { aliases: ['svc', 'service'] }),
  collection('endpointslices', 'discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices', {
    aliases: ['endpointslice'],
  }),
  collection('nodes', 'v1', 'Node', 'nodes', { cluster: true, aliases: ['no', 'node'] }),
  ...POSTURE_COLLECTIONS,
];

/** Known, and left unread wherever they turn up; but for the settings of the network (convert-settings.ts). */
export const NEVER_READ: ReadonlySet<string> = new Set(['/Secret', '/ConfigMap']);

export const COLLECTION_BY_KIND: ReadonlyMap<string, Collection> = new Map(
  COLLECTIONS.map((one) => [`${one.group}/${one.kind}`, one]),
);

/** Of an object by its type; null: of a kind that is not read. */
export function collectionOf(apiVersion: string, kind: string): Collection | null {
  return (
    COLLECTION_BY_KIND.get(kindKey(apiVersion, kind)) ??
    COLLECTION_BY_KIND.get(kindKey(apiVersion, '*')) ??
    null
  );
}

/** What `kubectl get` knows it by, and a file name of an export says. */
export function kubectlName({ name, plural, group }: Collection): string {
  return plural === undefined || plural === '*' ? name : `${plural}.${group}`;
}
