/**
 * Cilium's selectors over endpoints, as selectors over pods and their namespaces. Keys may name a source, `k8s:app`;
 * some stand for the namespace and its labels (docs.cilium.io, Using Kubernetes Constructs In Policy).
 */
import type { LabelSelector, NetworkPeer } from '../../model/kubernetes.ts';

const NAMESPACE = 'io.kubernetes.pod.namespace';
const NAMESPACE_LABELS = 'io.cilium.k8s.namespace.labels.';
const NAME_LABEL = 'kubernetes.io/metadata.name';
const RESERVED = 'reserved:';

export type EndpointSelector = {
  namespaceSelector: LabelSelector | null;
  podSelector: LabelSelector;
  /** `host` of `reserved:host`: identities that are no pods. */
  reserved: readonly string[];
};

type Requirement = LabelSelector['matchExpressions'][number];

export function convertEndpointSelector({ matchLabels, matchExpressions }: LabelSelector): EndpointSelector {
  const pods = { matchLabels: table(), matchExpressions: [] as Requirement[] };
  const namespaces = { matchLabels: table(), matchExpressions: [] as Requirement[] };
  const reserved: string[] = [];
  for (const [raw, value] of Object.entries(matchLabels)) {
    const key = plainKey(raw);
    if (key.startsWith(RESERVED)) reserved.push(key.slice(RESERVED.length));
    else if (namespaceKey(key) === null) pods.matchLabels[key] = value;
    else namespaces.matchLabels[namespaceKey(key)!] = value;
  }
  for (const one of matchExpressions) {
    const key = plainKey(one.key);
    const of = namespaceKey(key);
    if (key.startsWith(RESERVED) && one.operator === 'Exists') reserved.push(key.slice(RESERVED.length));
    else if (of === null) pods.matchExpressions.push({ ...one, key });
    else namespaces.matchExpressions.push({ ...one, key: of });
  }
  return { namespaceSelector: isEmpty(namespaces) ? null : namespaces, podSelector: pods, reserved };
}

/** As a peer: without a word about namespaces it means the policy's own, or any where the policy has none. */
export function endpointPeers(selector: LabelSelector, clusterwide: boolean): NetworkPeer[] {
  const { namespaceSelector, podSelector, reserved } = convertEndpointSelector(selector);
  if (reserved.length > 0) return [{ type: 'entities', names: reserved }];
  const any = { matchLabels: {}, matchExpressions: [] };
  return [
    {
      type: 'pods',
      namespaceSelector: namespaceSelector ?? (clusterwide ? any : null),
      podSelector: isEmpty(podSelector) ? null : podSelector,
    },
  ];
}

/** Without the source that Kubernetes labels have; other sources never are a pod's. */
function plainKey(key: string): string {
  return key.replace(/^(?:k8s|any):/, '');
}

function namespaceKey(key: string): string | null {
  if (key === NAMESPACE) return NAME_LABEL;
  return key.startsWith(NAMESPACE_LABELS) ? key.slice(NAMESPACE_LABELS.length) : null;
}

function isEmpty({ matchLabels, matchExpressions }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

function table(): Record<string, string> {
  return Object.create(null);
}
