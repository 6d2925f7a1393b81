/**
 * Whether something may connect somewhere: policies at the source, policies at the destination, and the mesh between
 * them, all of which have to consent. The same capabilities as the audit's decide at the source.
 */
import { egressVerdict } from '../match/egress.ts';
import { type TierRule, tierVerdict } from '../match/network.ts';
import type { Destination } from '../match/network-peer.ts';
import type { Capability } from '../model/configured.ts';
import type { KubernetesEstate, Labels, Pod } from '../model/kubernetes.ts';
import type { Answer } from '../model/query.ts';
import { refName } from './describe.ts';
import { egressCapabilities, podRulings } from './network.ts';
import { localTo } from './network-addresses.ts';
import { createEndpoints, type Dial, type Endpoints, type Target } from './network-endpoints.ts';
import { createGaps, type NetworkGaps } from './network-gaps.ts';
import { createMeshSide, type MeshSide } from './network-mesh-side.ts';
import type { Ruling } from './network-rules.ts';
import type { NetworkScope } from './network-scope.ts';
import { indexPolicies, type PolicyIndex } from './network-select.ts';
import { anyEndpoint, consent, type Sided, sideAnswer } from './network-side.ts';
import type { NetworkSource } from './network-source.ts';
import { createTargets } from './network-targets.ts';

export type { NetworkScope } from './network-scope.ts';
export type { NetworkSource } from './network-source.ts';

type Scope = {
  index: PolicyIndex;
  gaps: NetworkGaps;
  endpoints: Endpoints;
  capabilitiesOf(from: NetworkSource): readonly Capability[];
  ingressOf(pod: Pod): readonly TierRule<Ruling>[];
  meshSide: MeshSide;
};

/** `to`: `{pod: 'namespace/name'}`, `{ip}`, or `{host}`, which may be a Service as pods name it. */
export function createNetworkScope(estate: KubernetesEstate): NetworkScope {
  const index = indexPolicies(estate.networkPolicies, estate.namespaces, estate);
  const gaps = createGaps(estate);
  const endpoints = createEndpoints(estate);
  const targets = createTargets(estate, endpoints);
  const scope: Scope = {
    index,
    gaps,
    endpoints,
    capabilitiesOf: perGroup((from) => sourceCapabilities(from, index, gaps)),
    ingressOf: ingressRules(index, gaps),
    meshSide: createMeshSide(estate, endpoints, gaps),
  };
  return {
    decide(from, to, port, protocol) {
      const dial: Dial = { from, port, protocol };
      const found = targets(to, dial);
      if ('unknown' in found) return { ...NOTHING, reason: found.unknown };
      if ('dead' in found) return { ...NOTHING, verdict: 'deny', reason: found.dead };
      const remote = endpoints.sourceOf(dial);
      const alike = distinct(found.targets, from, scope);
      const answers = alike.map((target) => connect(scope, { ...dial, remote }, target));
      return anyEndpoint(answers, alike.map(nameOf));
    },
  };
}

const NOTHING: Answer = { verdict: 'cannot-tell', reason: '', path: [], conditions: [] };

/** Replicas are decided alike, unless the source is one of them, a node, or has rules that mean addresses. */
function distinct(targets: readonly Target[], from: NetworkSource, scope: Scope): readonly Target[] {
  if (targets.length < 2 || from.hostNetwork || meansAddresses(scope.capabilitiesOf(from))) return targets;
  const kinds = new Map<string | Target, Target>();
  for (const target of targets) {
    const { pod, destination } = target;
    const own = pod?.ref.name === from.name && pod?.ref.namespace === from.namespace;
    const key = pod && !own ? `${scope.endpoints.classOf(pod)} ${destination.port}` : target;
    if (!kinds.has(key)) kinds.set(key, target);
  }
  return [...kinds.values()];
}

const byAddress = new WeakMap<readonly Capability[], boolean>();

function meansAddresses(capabilities: readonly Capability[]): boolean {
  const known = byAddress.get(capabilities);
  if (known !== undefined) return known;
  const patterns = capabilities.flatMap(({ allow, deny }) => [...allow, ...deny]);
  const answer = patterns.some(
    (one) => one.type === 'network' && (one.peers ?? []).some(({ type }) => type === 'ip-block'),
  );
  byAddress.set(capabilities, answer);
  return answer;
}

function nameOf({ destination, pod }: Target): string {
  return pod ? refName(pod.ref) : (destination.address ?? 'another');
}

type Dialling = Dial & { remote: Destination };

function connect(scope: Scope, dial: Dialling, target: Target): Answer {
  const free = unpoliced(scope, dial, target);
  if (free !== null) {
    const answer = { ...NOTHING, verdict: 'allow', reason: free } as const;
    // The proxy of a pod asks about its own node as about anybody.
    return dial.from.hostNetwork ? consent([answer, ...scope.meshSide(dial, target)]) : answer;
  }
  return consent([
    egressSide(scope, dial, target),
    ...ingressSide(scope, dial, target),
    ...scope.meshSide(dial, target),
  ]);
}

function unpoliced({ endpoints }: Scope, { from }: Dial, { destination, pod }: Target): string | null {
  if (destination.resolution === 'loopback') return 'loopback is not policed';
  if (pod === null) return null;
  const self = pod.ref.namespace === from.namespace && pod.ref.name === from.name;
  if (self) return 'traffic of a pod to itself is never policed';
  const own = from.hostNetwork && pod.node !== null && endpoints.runsOn(from, pod.node);
  return own ? 'traffic of a node to its own pods is never policed' : null;
}

function egressSide({ capabilitiesOf, gaps }: Scope, { from }: Dial, { destination }: Target): Answer {
  const verdict = egressVerdict(capabilitiesOf(from), destination);
  const sided: Sided = { side: 'egress', remote: destination, target: destination };
  const answer = sideAnswer(verdict, sided, (rule) => ({
    hop: rule.by ?? rule.item.path[0]!,
    gaps: rule.item.conditions.filter((one) => !rule.requires?.includes(one)),
  }));
  return from.hostNetwork ? answer : doubted(answer, gaps, from.namespace);
}

function ingressSide(
  { ingressOf, gaps, endpoints }: Scope,
  dial: Dialling,
  { destination, pod }: Target,
): Answer[] {
  if (pod === null) return [];
  const remote = dial.from.hostNetwork ? besides(dial, pod, endpoints) : dial.remote;
  const verdict = tierVerdict(ingressOf(pod), remote, destination);
  const sided: Sided = { side: 'ingress', remote, target: destination };
  const answer = sideAnswer(verdict, sided, ({ item }) => ({ hop: item.hop, gaps: item.gaps }));
  return [doubted(answer, gaps, pod.ref.namespace ?? 'default')];
}

/** A node's own pods are asked about before; of the others it is known that they run elsewhere, or not at all. */
function besides({ from, remote }: Dialling, { node }: Pod, { runsOn }: Endpoints): Destination {
  const own = node === null ? undefined : runsOn(from, node);
  return { ...remote, node: { labels: remote.node?.labels ?? null, ...localTo(own) } };
}

/** Unread policies may allow what those that were read deny; and what stands above them may do both. */
function doubted(answer: Answer, gaps: NetworkGaps, namespace: string): Answer {
  const above = gaps.above(namespace);
  if (above !== null) return { ...answer, verdict: 'cannot-tell', reason: above, conditions: [] };
  const gap = gaps.namespaced(namespace);
  return answer.verdict === 'deny' && gap !== null && !answer.path.some((hop) => hop.inherited)
    ? { ...answer, verdict: 'cannot-tell', reason: `${answer.reason}, but ${gap}` }
    : answer;
}

function sourceCapabilities(from: NetworkSource, index: PolicyIndex, gaps: NetworkGaps): Capability[] {
  const { namespace, labels, serviceAccount, hostNetwork } = from;
  const name = from.name ?? 'pods';
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace, name, location: null };
  const workload = { id: name, namespace, podLabels: labels, hostNetwork, serviceAccount, ref };
  return egressCapabilities(workload, index, gaps.namespaced).capabilities;
}

/** Pods with the same labels have the same policies. */
function perGroup<T>(make: (from: NetworkSource) => T): (from: NetworkSource) => T {
  const groups = new Map<string, T>();
  const keys = new WeakMap<Labels, string>();
  return (from) => {
    const known = keys.get(from.labels) ?? JSON.stringify(Object.entries(from.labels).sort());
    keys.set(from.labels, known);
    const key = `${from.namespace} ${from.serviceAccount} ${from.hostNetwork} ${known}`;
    const group = groups.get(key);
    if (group !== undefined) return group;
    const made = make(from);
    groups.set(key, made);
    return made;
  };
}

function ingressRules(index: PolicyIndex, gaps: NetworkGaps): (pod: Pod) => readonly TierRule<Ruling>[] {
  const ofGroup = perGroup((pod) => {
    const { rulings } = podRulings(pod, index, gaps.namespaced, 'Ingress');
    return rulings.map((item) => ({
      ...item.pattern,
      policy: item.hop.object,
      certain: item.gaps.length === 0,
      item,
    }));
  });
  const ofPod = new WeakMap<Pod, readonly TierRule<Ruling>[]>();
  return (pod) => {
    const known = ofPod.get(pod);
    if (known) return known;
    const { ref, template } = pod;
    const rules = ofGroup({
      namespace: ref.namespace ?? 'default',
      labels: template.labels,
      serviceAccount: template.serviceAccountName,
      hostNetwork: false,
      name: null,
    });
    ofPod.set(pod, rules);
    return rules;
  };
}
