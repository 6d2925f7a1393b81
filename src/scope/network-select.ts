/** Which policies select a pod, per direction. Host-network pods are never selected: to a policy they are a node. */
import { namespaceMatches, selectorMatches } from '../match/selector.ts';
import { both, type Ternary } from '../match/ternary.ts';
import type { KubernetesEstate, Labels, Namespace, NetworkPolicy } from '../model/kubernetes.ts';
import type { CiliumSettings } from '../model/mesh.ts';
import { refName } from './describe.ts';
import { createPeerResolver } from './network-services.ts';

export type SelectedPod = { namespace: string; labels: Labels; serviceAccount?: string };
export type Selecting = { policy: NetworkPolicy; answer: Exclude<Ternary, 'no'> };
export type Direction = 'Ingress' | 'Egress';

/** Policies by the namespace that they can select in, so that one pod costs its own namespace's policies only. */
export type PolicyIndex = {
  byNamespace: ReadonlyMap<string, readonly NetworkPolicy[]>;
  clusterWide: readonly NetworkPolicy[];
  namespaceLabels: ReadonlyMap<string, Labels>;
  /** Null: nothing says that Cilium runs here. */
  cilium: CiliumSettings | null;
  /** Why what runs in the host network may be policed; null: no policy selects nodes. */
  hostFirewall: string | null;
};
type Surroundings = Partial<Pick<KubernetesEstate, 'services' | 'endpointSlices' | 'cilium'>>;

/** `surroundings`: what peers that are Services mean, and how Cilium is set up. */
export function indexPolicies(
  policies: readonly NetworkPolicy[],
  namespaces: readonly Namespace[],
  surroundings: Surroundings = {},
): PolicyIndex {
  const cilium = surroundings.cilium ?? null;
  const resolve = createPeerResolver(surroundings, cilium);
  const ofPods = policies.filter((one) => !one.nodeSelector).map(resolve);
  const namespaced = ofPods.filter((one) => one.tier === 'namespace');
  return {
    byNamespace: Map.groupBy(namespaced, ({ ref }) => ref.namespace ?? 'default'),
    clusterWide: ofPods.filter((one) => one.tier !== 'namespace'),
    namespaceLabels: new Map(namespaces.map((one) => [one.ref.name, one.labels])),
    cilium,
    hostFirewall: hostFirewall(policies),
  };
}

function hostFirewall(policies: readonly NetworkPolicy[]): string | null {
  const one = policies.find(({ nodeSelector }) => nodeSelector);
  return one
    ? `${refName(one.ref)} polices nodes where Cilium's host firewall is on, which was not read`
    : null;
}

export function policiesSelecting(index: PolicyIndex, pod: SelectedPod, direction: Direction): Selecting[] {
  const selecting: Selecting[] = [];
  const labels = index.cilium ? withDerivedLabels(pod) : pod.labels;
  for (const policies of [index.clusterWide, index.byNamespace.get(pod.namespace) ?? []])
    for (const policy of policies) {
      const answer = policy.types.includes(direction) ? selects(index, policy, pod.namespace, labels) : 'no';
      if (answer !== 'no') selecting.push({ policy, answer });
    }
  return selecting;
}

function selects(
  index: PolicyIndex,
  { podSelector, namespaceSelector }: NetworkPolicy,
  namespace: string,
  labels: Labels,
): Ternary {
  const answer = selectorMatches(podSelector, labels);
  if (!namespaceSelector || answer === 'no') return answer;
  const namespaceLabels = index.namespaceLabels.get(namespace) ?? null;
  return both(answer, namespaceMatches(namespaceSelector, namespace, namespaceLabels));
}

/** Labels by which Cilium knows an endpoint beside its own (docs.cilium.io, Using Kubernetes Constructs In Policy). */
export function withDerivedLabels({
  labels,
  serviceAccount,
}: Pick<SelectedPod, 'labels' | 'serviceAccount'>): Labels {
  return serviceAccount === undefined
    ? labels
    : { ...labels, 'io.cilium.k8s.policy.serviceaccount': serviceAccount };
}
