/** Which policies select a pod, per direction. Host-network pods are never selected: to a policy they are a node. */
import { namespaceMatches, selectorMatches } from '../match/selector.ts';
import { both, type Ternary } from '../match/ternary.ts';
import type { Labels, Namespace, NetworkPolicy } from '../model/kubernetes.ts';

export type SelectedPod = { namespace: string; labels: Labels };
export type Selecting = { policy: NetworkPolicy; answer: Exclude<Ternary, 'no'> };
export type Direction = 'Ingress' | 'Egress';

/** Policies by the namespace that they can select in, so that one pod costs its own namespace's policies only. */
export type PolicyIndex = {
  byNamespace: ReadonlyMap<string, readonly NetworkPolicy[]>;
  clusterWide: readonly NetworkPolicy[];
  namespaceLabels: ReadonlyMap<string, Labels>;
};

export function indexPolicies(
  policies: readonly NetworkPolicy[],
  namespaces: readonly Namespace[],
): PolicyIndex {
  const namespaced = policies.filter((one) => one.tier === 'namespace');
  return {
    byNamespace: Map.groupBy(namespaced, ({ ref }) => ref.namespace ?? 'default'),
    clusterWide: policies.filter((one) => one.tier !== 'namespace'),
    namespaceLabels: new Map(namespaces.map((one) => [one.ref.name, one.labels])),
  };
}

export function policiesSelecting(index: PolicyIndex, pod: SelectedPod, direction: Direction): Selecting[] {
  const selecting: Selecting[] = [];
  for (const policy of [...index.clusterWide, ...(index.byNamespace.get(pod.namespace) ?? [])]) {
    const answer = policy.types.includes(direction) ? selects(index, policy, pod) : 'no';
    if (answer !== 'no') selecting.push({ policy, answer });
  }
  return selecting;
}

function selects(index: PolicyIndex, policy: NetworkPolicy, pod: SelectedPod): Ternary {
  const labels = selectorMatches(policy.podSelector, pod.labels);
  if (policy.tier === 'namespace' || !policy.namespaceSelector || labels === 'no') return labels;
  const namespaceLabels = index.namespaceLabels.get(pod.namespace) ?? null;
  return both(labels, namespaceMatches(policy.namespaceSelector, pod.namespace, namespaceLabels));
}
