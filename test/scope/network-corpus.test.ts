import { describe, expect, it } from 'vitest';
import { egressVerdict } from '../../src/match/egress.ts';
import type { Destination, Protocol } from '../../src/match/network.ts';
import { type TierRule, tierVerdict } from '../../src/match/network.ts';
import type { Capability } from '../../src/model/configured.ts';
import type {
  Container,
  KubernetesEstate,
  Labels,
  NetworkPolicy,
  ObjectRef,
} from '../../src/model/kubernetes.ts';
import { egressCapabilities } from '../../src/scope/network.ts';
import { createNetworkScope } from '../../src/scope/network-answer.ts';
import { indexPolicies, type PolicyIndex, policiesSelecting } from '../../src/scope/network-select.ts';
import { sourceOfPod } from '../../src/scope/network-source.ts';
import { createEstateBuilder, type EstateBuilder } from '../../src/sources/kubernetes/estate-builder.ts';
import { hasCorpus, readCorpus } from '../match/corpora.ts';

const CORPUS = 'cyclonus-networkpolicy.jsonl.gz';

type CorpusPod = { namespace: string; name: string; labels: Labels; ip: string };
type Expected = {
  allowed: boolean;
  from: string;
  to: string;
  port: number;
  protocol: Protocol;
  ingress: boolean;
  egress: boolean;
};
type Step = {
  namespaces: Record<string, Labels>;
  pods: CorpusPod[];
  policies: object[];
  expected: Expected[];
};
type Case = { id: number; description: string; steps: Step[] };

/** Every pod of the corpus serves 80 and 81 on each protocol. */
const PORTS: Container['ports'] = [80, 81].flatMap((port) =>
  (['TCP', 'UDP', 'SCTP'] as const).map((protocol) => ({
    name: `serve-${port}-${protocol.toLowerCase()}`,
    containerPort: port,
    protocol,
  })),
);

function nameOf({ ref }: { ref: ObjectRef }): string {
  return `${ref.namespace}/${ref.name}`;
}

/** The whole step as a cluster: what exports of pods, namespaces and NetworkPolicies yield. */
function estateOf(step: Step): KubernetesEstate {
  const builder = createEstateBuilder(null);
  addPolicies(builder, step);
  for (const { namespace, name, labels, ip } of step.pods)
    builder.add(
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { namespace, name, labels, uid: `${namespace}-${name}` },
        spec: { containers: [{ name: 'serve', image: 'serve', ports: PORTS }] },
        status: { phase: 'Running', podIP: ip },
      },
      null,
    );
  const read = { namespaces: null, status: 'read', objects: 1, reason: null } as const;
  const coverage = [{ ...read, source: 'export:networkpolicies', resource: 'networkpolicies' } as const];
  const estate = builder.finish({ origin: '', readAt: null, coverage });
  expect(estate.warnings).toEqual([]);
  expect(estate.pods.length).toBe(step.pods.length);
  return estate;
}

function addPolicies(builder: EstateBuilder, step: Step): void {
  for (const policy of step.policies)
    builder.add({ ...policy, apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' }, null);
  for (const [name, labels] of Object.entries(step.namespaces))
    builder.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }, null);
}

function indexOf(step: Step): PolicyIndex {
  const builder = createEstateBuilder(null);
  addPolicies(builder, step);
  const estate = builder.finish({ origin: '', readAt: null, coverage: [] });
  expect(estate.warnings).toEqual([]);
  expect(estate.networkPolicies.length).toBe(step.policies.length);
  return indexPolicies(estate.networkPolicies, estate.namespaces);
}

function endpoint(pod: CorpusPod, index: PolicyIndex, { port, protocol }: Expected): Destination {
  return {
    address: pod.ip,
    port,
    protocol,
    resolution: 'pod',
    pod: {
      namespace: pod.namespace,
      namespaceLabels: index.namespaceLabels.get(pod.namespace)!,
      labels: pod.labels,
      ports: PORTS,
    },
  };
}

/** Egress goes the way of the product: capabilities of a workload, and the verdict on them. */
function capabilitiesOf(index: PolicyIndex, { namespace, name, labels }: CorpusPod): readonly Capability[] {
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace, name, location: null };
  const workload = { id: `${namespace}/${name}`, ref, namespace, podLabels: labels, hostNetwork: false };
  return egressCapabilities(workload, index, () => null).capabilities;
}

function ingressRules(index: PolicyIndex, pod: CorpusPod): TierRule<string>[] {
  return policiesSelecting(index, pod, 'Ingress').flatMap(({ policy }) => rulesOf(policy));
}

function rulesOf({ tier, priority, ref, ingress }: NetworkPolicy): TierRule<string>[] {
  const base = {
    tier,
    priority,
    policyNamespace: ref.namespace,
    policy: ref.name,
    certain: true,
    item: ref.name,
  };
  const isolation = { ...base, action: 'deny' as const, peers: null, ports: null };
  return [...ingress.map(({ action, peers, ports }) => ({ ...base, action, peers, ports })), isolation];
}

describe.skipIf(!hasCorpus(CORPUS))('NetworkPolicy verdicts of policy-assistant', () => {
  it('agrees on every pod-to-pod assertion, both directions', () => {
    let assertions = 0;
    const wrong: string[] = [];
    for (const { id, description, steps } of readCorpus<Case>(CORPUS)) {
      for (const step of steps) {
        const index = indexOf(step);
        const pods = new Map(step.pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod]));
        const egress = new Map([...pods].map(([name, pod]) => [name, capabilitiesOf(index, pod)]));
        const ingress = new Map([...pods].map(([name, pod]) => [name, ingressRules(index, pod)]));
        for (const one of step.expected) {
          const source = endpoint(pods.get(one.from)!, index, one);
          const target = endpoint(pods.get(one.to)!, index, one);
          const out = egressVerdict(egress.get(one.from)!, target).verdict;
          const into = tierVerdict(ingress.get(one.to)!, source, target).verdict;
          assertions++;
          if (out !== (one.egress ? 'allow' : 'deny') || into !== (one.ingress ? 'allow' : 'deny'))
            wrong.push(`${id} ${description}: ${JSON.stringify(one)} got ${out}/${into}`);
        }
      }
    }
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(assertions).toBe(55_620);
  });

  it('agrees on every one of them as an answer to a question, where both directions have to consent', () => {
    let assertions = 0;
    const wrong: string[] = [];
    for (const { id, description, steps } of readCorpus<Case>(CORPUS)) {
      for (const step of steps) {
        const estate = estateOf(step);
        const scope = createNetworkScope(estate);
        const sources = new Map(estate.pods.map((pod) => [nameOf(pod), sourceOfPod(pod)]));
        for (const { from, to, port, protocol, allowed } of step.expected) {
          const { verdict, path } = scope.decide(sources.get(from)!, { pod: to }, port, protocol);
          assertions++;
          if (verdict !== (allowed ? 'allow' : 'deny') || path.length === 0)
            wrong.push(`${id} ${description}: ${from} ${to} ${port} ${protocol} got ${verdict}`);
        }
      }
    }
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(assertions).toBe(55_620);
  });
});
