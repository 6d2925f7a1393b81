/**
 * Egress capabilities of a workload: one per peer of each rule of each policy that selects its pods, one that says
 * "isolated" per NetworkPolicy (an empty rule list allows nothing, and must be seen doing so), and the cluster's
 * default where nothing isolates it.
 */
import type { NetworkPattern } from '../match/network.ts';
import type { Capability, ConfiguredWorkload, Hop } from '../model/configured.ts';
import type { NetworkPeer, NetworkPolicy, NetworkRule } from '../model/kubernetes.ts';
import { describePeer, describePorts, refName } from './describe.ts';
import { type PolicyIndex, policiesSelecting, type Selecting } from './network-select.ts';

type Target = Pick<ConfiguredWorkload, 'id' | 'namespace' | 'podLabels' | 'hostNetwork' | 'ref'>;
/** Why the policies of a namespace are not fully known; null: they are. */
export type PolicyGap = (namespace: string) => string | null;

export function egressCapabilities(
  workload: Target,
  index: PolicyIndex,
  gap: PolicyGap,
): { capabilities: Capability[]; policies: NetworkPolicy[] } {
  if (workload.hostNetwork) return { capabilities: [hostNetworkDefault(workload)], policies: [] };
  const pod = { namespace: workload.namespace, labels: workload.podLabels };
  const selecting = policiesSelecting(index, pod, 'Egress');
  const capabilities = selecting.flatMap((one) => policyCapabilities(workload, one));
  const isolated = selecting.some(({ policy }) => policy.tier === 'namespace');
  if (!isolated) capabilities.push(clusterDefault(workload, gap(workload.namespace)));
  return { capabilities, policies: selecting.map(({ policy }) => policy) };
}

function policyCapabilities(workload: Target, { policy, answer }: Selecting): Capability[] {
  const conditions =
    answer === 'unknown' ? [`the labels of namespace ${workload.namespace} were not read`] : [];
  const rules = policy.egress.flatMap((rule) =>
    (rule.peers ?? [null]).map((peer, index) =>
      ruleCapability(workload, policy, rule, peer, index, conditions),
    ),
  );
  return policy.tier === 'namespace' ? [...rules, isolation(workload, policy)] : rules;
}

function ruleCapability(
  workload: Target,
  policy: NetworkPolicy,
  rule: NetworkRule,
  peer: NetworkPeer | null,
  index: number,
  conditions: readonly string[],
): Capability {
  const field = peer === null ? rule.field : `${rule.field}.to[${index}]`;
  const pattern = networkPattern(policy, rule.action, peer, rule.ports);
  const verb = rule.action === 'allow' ? 'egress' : rule.action === 'deny' ? 'no egress' : 'egress left open';
  return capability(workload, {
    key: `${refName(policy.ref)}/${field}`,
    summary: `${verb} to ${describePeer(peer, policy.ref.namespace)}, ${describePorts(rule.ports)}`,
    pattern,
    conditions,
    hop: policyHop(policy, field, rule.name ?? `${rule.action}s egress of the pods that it selects`),
  });
}

function isolation(workload: Target, policy: NetworkPolicy): Capability {
  return capability(workload, {
    key: `${refName(policy.ref)}/isolates`,
    summary: 'no egress but what a NetworkPolicy allows',
    pattern: networkPattern(policy, 'deny', null, null),
    conditions: [],
    hop: policyHop(
      policy,
      'spec.podSelector',
      'selects the pods for egress, so what no rule allows is denied',
    ),
  });
}

function clusterDefault(workload: Target, gap: string | null): Capability {
  return capability(workload, {
    key: 'default',
    summary: 'egress to any destination, any port: no NetworkPolicy selects it',
    pattern: defaultPattern(),
    conditions: gap === null ? [] : [gap],
    hop: {
      object: `Namespace ${workload.namespace}`,
      ref: null,
      field: 'NetworkPolicy',
      why: 'no NetworkPolicy of the namespace selects the pods for egress: the cluster default allows everything',
      inherited: true,
    },
  });
}

function hostNetworkDefault(workload: Target): Capability {
  return capability(workload, {
    key: 'host-network',
    summary: "egress to any destination, any port, as its node: it runs in the node's network",
    pattern: defaultPattern(),
    conditions: [],
    hop: {
      object: refName(workload.ref),
      ref: workload.ref,
      field: 'spec.template.spec.hostNetwork',
      why: 'NetworkPolicies do not select pods in the host network',
      inherited: false,
    },
  });
}

type Parts = {
  key: string;
  summary: string;
  pattern: NetworkPattern;
  conditions: readonly string[];
  hop: Hop;
};

function capability(workload: Target, { key, summary, pattern, conditions, hop }: Parts): Capability {
  // A pass grants nothing itself: it hands over to the next tier.
  const grants = pattern.action === 'allow';
  return {
    id: `egress:${workload.id}:${key}`,
    holder: { type: 'workload', id: workload.id },
    kind: 'egress',
    summary,
    allow: grants ? [pattern] : [],
    deny: grants ? [] : [pattern],
    conditions,
    effect: conditions.length > 0 ? 'conditional' : grants ? 'allow' : 'deny',
    origin: hop.inherited ? 'inherited' : 'direct',
    path: [hop],
    source:
      pattern.tier === 'admin' || pattern.tier === 'baseline' ? 'adminnetworkpolicies' : 'networkpolicies',
  };
}

function networkPattern(
  policy: NetworkPolicy,
  action: NetworkPattern['action'],
  peer: NetworkPeer | null,
  ports: NetworkRule['ports'],
): NetworkPattern {
  return {
    type: 'network',
    direction: 'egress',
    tier: policy.tier,
    priority: policy.priority,
    action,
    policyNamespace: policy.tier === 'namespace' ? policy.ref.namespace : null,
    peers: peer === null ? null : [peer],
    ports,
  };
}

function defaultPattern(): NetworkPattern {
  return {
    type: 'network',
    direction: 'egress',
    tier: 'default',
    priority: 0,
    action: 'allow',
    policyNamespace: null,
    peers: null,
    ports: null,
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
