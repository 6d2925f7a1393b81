/**
 * Egress capabilities of a workload: the rulings of each policy that selects its pods, and the cluster's default where
 * nothing isolates them. NetworkPolicies and Cilium's policies on the same pod join in Cilium's way: what any of them
 * denies is denied, else what any allows is allowed, and the pod is closed as soon as one of them isolates it.
 */
import type { Capability, ConfiguredWorkload } from '../model/configured.ts';
import type { NetworkPolicy } from '../model/kubernetes.ts';
import { clusterDefault, enforcementRuling, hostNetworkRuling } from './network-defaults.ts';
import { isolatesIn, type Ruling, rulingsOf } from './network-rules.ts';
import { type Direction, type PolicyIndex, policiesSelecting, type SelectedPod } from './network-select.ts';

type Target = Pick<ConfiguredWorkload, 'id' | 'namespace' | 'podLabels' | 'hostNetwork' | 'ref'> & {
  serviceAccount?: string;
};
/** Why the policies of a namespace are not fully known; null: they are. */
export type PolicyGap = (namespace: string) => string | null;

export function egressCapabilities(
  workload: Target,
  index: PolicyIndex,
  gap: PolicyGap,
): { capabilities: Capability[]; policies: NetworkPolicy[] } {
  if (workload.hostNetwork) {
    const ruling = hostNetworkRuling(workload.ref, index.hostFirewall);
    return { capabilities: [rulingCapability(workload.id, ruling)], policies: [] };
  }
  const { namespace, podLabels: labels, serviceAccount } = workload;
  const pod = { namespace, labels, ...(serviceAccount === undefined ? {} : { serviceAccount }) };
  const { rulings, policies } = podRulings(pod, index, gap, 'Egress');
  return { capabilities: rulings.map((one) => rulingCapability(workload.id, one)), policies };
}

/** Everything that the policies of Kubernetes and Cilium say about one direction of a pod. */
export function podRulings(
  pod: SelectedPod,
  index: PolicyIndex,
  gap: PolicyGap,
  direction: Direction,
): { rulings: Ruling[]; policies: NetworkPolicy[] } {
  const enforcement = index.cilium?.enforcement ?? 'default';
  if (index.cilium && enforcement === 'never')
    return { rulings: [enforcementRuling(index.cilium, direction)], policies: [] };
  const selecting = policiesSelecting(index, pod, direction);
  const enforcer = index.cilium ? 'cilium' : null;
  const { namespace } = pod;
  const rulings = selecting.flatMap((one) => rulingsOf(one, { namespace, direction, enforcer }));
  const always = index.cilium && enforcement === 'always';
  if (index.cilium && always) rulings.push(enforcementRuling(index.cilium, direction));
  const isolated =
    always || selecting.some((one) => one.answer === 'yes' && isolatesIn(one.policy, direction));
  if (!isolated) rulings.push(clusterDefault(pod.namespace, direction, gap(pod.namespace)));
  return { rulings, policies: selecting.map(({ policy }) => policy) };
}

export function rulingCapability(workload: string, { key, summary, pattern, gaps, hop }: Ruling): Capability {
  // A pass grants nothing itself: it hands over to the next tier.
  const grants = pattern.action === 'allow';
  const conditions = [...gaps, ...(pattern.requires ?? [])];
  const patterns = [{ ...pattern, direction: 'egress' as const }];
  return {
    id: `egress:${workload}:${key}`,
    holder: { type: 'workload', id: workload },
    kind: 'egress',
    summary,
    allow: grants ? patterns : [],
    deny: grants ? [] : patterns,
    conditions,
    effect: conditions.length > 0 ? 'conditional' : grants ? 'allow' : 'deny',
    origin: hop.inherited ? 'inherited' : 'direct',
    path: [hop],
    source: sourceOf(pattern),
  };
}

function sourceOf({ engine, tier }: Ruling['pattern']): string {
  if (engine === 'cilium') return 'ciliumpolicies';
  if (engine) return 'mesh';
  return tier === 'admin' || tier === 'baseline' ? 'adminnetworkpolicies' : 'networkpolicies';
}
