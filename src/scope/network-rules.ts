/**
 * What a policy says about the pods that it selects, in one direction: one ruling per peer of each rule, and one
 * that says "isolated", since an empty rule list allows nothing and must be seen doing so.
 */
import type { NetworkPattern } from '../match/network.ts';
import type { Hop } from '../model/configured.ts';
import type { NetworkPeer, NetworkPolicy, NetworkRule } from '../model/kubernetes.ts';
import { describePeer, describePorts, refName } from './describe.ts';
import type { Direction, Selecting } from './network-select.ts';

export type Ruling = {
  /** Unique among the rulings on one pod. */
  key: string;
  summary: string;
  pattern: Omit<NetworkPattern, 'direction'>;
  /** Why it is not known whether the ruling is in force. */
  gaps: readonly string[];
  hop: Hop;
};

const DOES = { allow: 'allows', deny: 'denies', pass: 'hands over' } as const;

/** `enforcer`: whose way of enforcing Kubernetes' own policies is known to differ; null: nobody's. */
export function rulingsOf(
  { policy, answer }: Selecting,
  { namespace, direction, enforcer }: { namespace: string; direction: Direction; enforcer: 'cilium' | null },
): Ruling[] {
  const gaps = answer === 'unknown' ? [selectionGap(policy, namespace)] : [];
  const rules = direction === 'Egress' ? policy.egress : policy.ingress;
  const rulings = rules.flatMap((rule) =>
    (rule.peers ?? [null]).map((peer, index) => ruleRuling(policy, rule, { peer, index, gaps, direction })),
  );
  return isolatesIn(policy, direction)
    ? [...rulings, isolation(policy, gaps, { direction, enforcer })]
    : rulings;
}

function selectionGap({ engine }: NetworkPolicy, namespace: string): string {
  return engine === 'cilium'
    ? `whether its selector covers the pods is not known: labels of namespace ${namespace}, or labels that Cilium derives`
    : `the labels of namespace ${namespace} were not read`;
}

export function isolatesIn(policy: NetworkPolicy, direction: Direction): boolean {
  if (policy.isolates) return policy.isolates[direction === 'Egress' ? 'egress' : 'ingress'];
  return policy.tier === 'namespace';
}

type At = { peer: NetworkPeer | null; index: number; gaps: readonly string[]; direction: Direction };

function ruleRuling(policy: NetworkPolicy, rule: NetworkRule, at: At): Ruling {
  const { peer, direction } = at;
  const side = direction === 'Egress' ? 'to' : 'from';
  // Cilium's rules have one peer each, and name its field; behind a Service there may be several.
  const cilium = policy.engine === 'cilium';
  const field = peer === null || cilium ? rule.field : `${rule.field}.${side}[${at.index}]`;
  const kind = direction.toLowerCase();
  const verb = rule.action === 'allow' ? kind : rule.action === 'deny' ? `no ${kind}` : `${kind} left open`;
  const whom =
    peer === null && direction === 'Ingress'
      ? 'any source'
      : describePeer(peer, policy.ref.namespace ?? 'any namespace');
  return {
    key: `${refName(policy.ref)}/${field}${cilium && at.index > 0 ? `/${at.index}` : ''}`,
    summary: `${verb} ${side} ${whom}, ${describePorts(rule.ports)}`,
    pattern: {
      ...pattern(policy, rule.action, peer, rule.ports),
      ...(rule.requires?.length ? { requires: rule.requires } : {}),
    },
    gaps: at.gaps,
    hop: policyHop(policy, field, rule.name ?? `${DOES[rule.action]} ${kind} of the pods that it selects`),
  };
}

/**
 * Kubernetes lets pods and their own node always connect. Cilium does so from the node only: to it, the entity host has
 * to be allowed (docs.cilium.io, Layer 3 Policies, Entities based).
 */
function isolation(
  policy: NetworkPolicy,
  gaps: readonly string[],
  { direction, enforcer }: { direction: Direction; enforcer: 'cilium' | null },
): Ruling {
  const kind = direction.toLowerCase();
  const cilium = policy.engine === 'cilium';
  return {
    key: `${refName(policy.ref)}/isolates`,
    summary: `no ${kind} but what a ${cilium ? 'policy' : 'NetworkPolicy'} allows`,
    pattern: {
      ...pattern(policy, 'deny', null, null),
      ...(cilium ? { isolates: true } : {}),
      ...(direction === 'Ingress' || (enforcer === null && !cilium) ? { sparesOwnNode: true } : {}),
    },
    gaps,
    hop: policyHop(
      policy,
      cilium ? 'spec.endpointSelector' : 'spec.podSelector',
      `selects the pods for ${kind}, so what no rule allows is denied`,
    ),
  };
}

function pattern(
  policy: NetworkPolicy,
  action: NetworkPattern['action'],
  peer: NetworkPeer | null,
  ports: NetworkRule['ports'],
): Ruling['pattern'] {
  return {
    type: 'network',
    tier: policy.tier,
    priority: policy.priority,
    action,
    policyNamespace: policy.tier === 'namespace' ? policy.ref.namespace : null,
    peers: peer === null ? null : [peer],
    ports,
    ...(policy.engine ? { engine: policy.engine } : {}),
  };
}

function policyHop(policy: NetworkPolicy, field: string, why: string): Hop {
  return {
    object: refName(policy.ref),
    ref: policy.ref,
    field,
    why,
    inherited: policy.tier !== 'namespace',
  };
}
