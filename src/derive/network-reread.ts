/**
 * A policy is proved by the evaluator, not by its generator: the emitted text is read again and made into
 * capabilities by the room that reads configuration.
 */
import { parse } from 'yaml';
import { z } from 'zod';
import type { Capability, ConfiguredWorkload } from '../model/configured.ts';
import type { LabelSelector, NetworkPolicy } from '../model/kubernetes.ts';
import { egressCapabilities } from '../scope/network.ts';
import { indexPolicies } from '../scope/network-select.ts';

const labels = z.record(z.string(), z.string());
const selector = z.strictObject({ matchLabels: labels });
/** Exactly what network-document.ts writes; anything else would be a document that nobody proved. */
const documentSchema = z.strictObject({
  apiVersion: z.literal('networking.k8s.io/v1'),
  kind: z.literal('NetworkPolicy'),
  metadata: z.strictObject({ name: z.string(), namespace: z.string(), annotations: labels }),
  spec: z.strictObject({
    podSelector: selector,
    policyTypes: z.tuple([z.literal('Egress')]),
    egress: z.array(
      z.strictObject({
        to: z.array(
          z.union([
            z.strictObject({ ipBlock: z.strictObject({ cidr: z.string() }) }),
            z.strictObject({ namespaceSelector: selector.optional(), podSelector: selector }),
          ]),
        ),
        ports: z.array(z.strictObject({ protocol: z.enum(['TCP', 'UDP', 'SCTP']), port: z.int() })),
      }),
    ),
  }),
});
type Peer = z.infer<typeof documentSchema>['spec']['egress'][number]['to'][number];

function select(found: z.infer<typeof selector> | undefined): LabelSelector | null {
  return found === undefined ? null : { matchLabels: found.matchLabels, matchExpressions: [] };
}

function readPeer(peer: Peer) {
  if ('ipBlock' in peer) return { type: 'ip-block' as const, cidr: peer.ipBlock.cidr, except: [] };
  const podSelector = select(peer.podSelector);
  return { type: 'pods' as const, namespaceSelector: select(peer.namespaceSelector), podSelector };
}

export function readDocument(text: string): NetworkPolicy {
  const { metadata, spec, ...type } = documentSchema.parse(parse(text, { maxAliasCount: 0 }));
  return {
    ref: { ...type, namespace: metadata.namespace, name: metadata.name, location: null },
    labels: {},
    tier: 'namespace',
    priority: 0,
    namespaceSelector: null,
    podSelector: select(spec.podSelector)!,
    types: spec.policyTypes,
    egress: spec.egress.map(({ to, ports }, i) => ({
      name: null,
      action: 'allow',
      peers: to.map(readPeer),
      ports: ports.map(({ protocol, port }) => ({ protocol, port, endPort: null })),
      field: `spec.egress[${i}]`,
    })),
    ingress: [],
  };
}

export type PolicyTarget = Pick<ConfiguredWorkload, 'id' | 'namespace' | 'podLabels' | 'hostNetwork' | 'ref'>;

/** What the workload could reach if this were the only policy that selects it. */
export function capabilitiesUnder(text: string, workload: PolicyTarget): Capability[] {
  const index = indexPolicies([readDocument(text)], []);
  return egressCapabilities(workload, index, () => null).capabilities;
}
