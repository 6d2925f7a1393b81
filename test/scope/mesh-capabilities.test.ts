/** The mesh as the audit sees it: capabilities of workloads, and what the detectors make of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { egressVerdict } from '../../src/match/egress.ts';
import type { Destination } from '../../src/match/network-peer.ts';
import type { Capability } from '../../src/model/configured.ts';
import { type KubernetesEstate, type Pod, RESOURCES } from '../../src/model/kubernetes.ts';
import { createNetworkScope } from '../../src/scope/network-answer.ts';
import { sourceOfPod } from '../../src/scope/network-source.ts';
import { resolvePosture } from '../../src/scope/posture.ts';
import { createEstateBuilder } from '../../src/sources/kubernetes/estate-builder.ts';

type Case = { name: string; objects?: object[]; coverage?: object };

const ROOT = fileURLToPath(new URL('../../fixtures/network/', import.meta.url));
const CLUSTER: object[] = parse(readFileSync(`${ROOT}cluster.yaml`, 'utf8'));
const CASES = ['network-policy', 'cluster-policy', 'cilium', 'istio', 'combined'].flatMap((layer) =>
  readdirSync(ROOT + layer).flatMap(
    (file) => parse(readFileSync(`${ROOT}${layer}/${file}`, 'utf8')) as Case[],
  ),
);

function estateOf(objects: readonly object[]): KubernetesEstate {
  const builder = createEstateBuilder(null);
  for (const object of [...CLUSTER, ...objects]) builder.add(object, null);
  const coverage = RESOURCES.map((resource) => ({
    source: `kubernetes:${resource}`,
    resource,
    namespaces: null,
    status: 'read' as const,
    objects: 1,
    reason: null,
  }));
  return builder.finish({ origin: '', readAt: null, coverage });
}

function capabilitiesOf(
  estate: KubernetesEstate,
  namespace: string,
  name: string,
  { workloads, capabilities } = resolvePosture(estate),
): Capability[] {
  const workload = workloads.find((one) => one.namespace === namespace && one.name === name)!;
  return capabilities.filter(({ holder, kind }) => holder.id === workload.id && kind === 'egress');
}

function destinationOf(estate: KubernetesEstate, pod: Pod, port: number): Destination {
  const namespace = pod.ref.namespace!;
  const labels = estate.namespaces.find(({ ref }) => ref.name === namespace)!.labels;
  const ports = pod.template.containers.flatMap((one) => one.ports);
  return {
    address: pod.ips[0]!,
    port,
    protocol: 'TCP',
    resolution: 'pod',
    pod: { namespace, namespaceLabels: labels, labels: pod.template.labels, ports },
  };
}

describe('capabilities of the mesh', () => {
  it('never contradict the answer to a question, where only the source and the mesh decide', () => {
    let compared = 0;
    const wrong: string[] = [];
    for (const { name, objects = [], coverage } of CASES) {
      if (coverage) continue;
      const estate = estateOf(objects);
      const scope = createNetworkScope(estate);
      const posture = resolvePosture(estate);
      const targets = estate.pods.filter(({ template }) => !template.hostNetwork);
      for (const from of targets) {
        const capabilities = capabilitiesOf(estate, from.ref.namespace!, from.ref.name, posture);
        for (const to of targets)
          for (const port of [80, 5432, 8080, 9090]) {
            if (to === from) continue;
            const { verdict: known } = egressVerdict(capabilities, destinationOf(estate, to, port));
            const question = { pod: `${to.ref.namespace}/${to.ref.name}` };
            const { verdict, reason } = scope.decide(sourceOfPod(from), question, port, 'TCP');
            if (verdict !== 'allow' && reason.startsWith('ingress')) continue;
            compared++;
            const fits = known === 'unknown' || verdict === known;
            if (!fits)
              wrong.push(`${name}: ${from.ref.name} → ${to.ref.name}:${port} ${known}, but ${verdict}`);
          }
      }
    }
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(compared).toBeGreaterThan(10_000);
  });

  it('name the rule of the root namespace that lets a caller through, as inherited', () => {
    const estate = estateOf([
      {
        apiVersion: 'security.istio.io/v1',
        kind: 'PeerAuthentication',
        metadata: { name: 'default', namespace: 'istio-system' },
        spec: { mtls: { mode: 'STRICT' } },
      },
      {
        apiVersion: 'security.istio.io/v1',
        kind: 'AuthorizationPolicy',
        metadata: { name: 'wide', namespace: 'istio-system' },
        spec: { rules: [{ from: [{ source: { namespaces: ['mesh-a'] } }] }] },
      },
      {
        apiVersion: 'security.istio.io/v1',
        kind: 'AuthorizationPolicy',
        metadata: { name: 'own', namespace: 'mesh-b' },
        spec: {},
      },
    ]);
    const capabilities = capabilitiesOf(estate, 'mesh-a', 'caller');
    const api = estate.pods.find(({ ref }) => ref.name === 'api')!;
    const { verdict, decidedBy } = egressVerdict(capabilities, destinationOf(estate, api, 8080));
    expect(verdict).toBe('allow');
    expect(decidedBy).toMatchObject({ origin: 'inherited', source: 'mesh', effect: 'allow' });
    expect(decidedBy!.path[0]).toMatchObject({
      object: 'AuthorizationPolicy istio-system/wide',
      field: 'spec.rules[0]',
      inherited: true,
    });
    expect(decidedBy!.allow).toMatchObject([
      { type: 'network', tier: 'admin', engine: 'mesh-authorization' },
    ]);
    const admin = capabilitiesOf(estate, 'mesh-b', 'admin');
    expect(egressVerdict(admin, destinationOf(estate, api, 8080)).verdict).toBe('deny');
  });

  it('mark what a clusterwide policy of Cilium allows as inherited, and foreign to the namespace', () => {
    const estate = estateOf([
      {
        apiVersion: 'cilium.io/v2',
        kind: 'CiliumClusterwideNetworkPolicy',
        metadata: { name: 'shared' },
        spec: { endpointSelector: {}, egress: [{ toEndpoints: [{ matchLabels: { app: 'gateway' } }] }] },
      },
    ]);
    const capabilities = capabilitiesOf(estate, 'lab', 'agent');
    const gateway = estate.pods.find(({ ref }) => ref.name === 'gateway')!;
    const { decidedBy } = egressVerdict(capabilities, destinationOf(estate, gateway, 8080));
    expect(decidedBy).toMatchObject({ origin: 'inherited', source: 'ciliumpolicies' });
    expect(decidedBy!.allow).toMatchObject([{ tier: 'admin', engine: 'cilium' }]);
    expect(
      capabilities.some(({ allow }) => allow.some((one) => one.type === 'network' && one.tier === 'default')),
    ).toBe(false);
  });

  it('say nothing where there is no mesh', () => {
    expect(capabilitiesOf(estateOf([]), 'lab', 'agent').map(({ source }) => source)).toEqual([
      'networkpolicies',
    ]);
  });
});
