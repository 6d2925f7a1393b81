/** NetworkPolicy v1, with the defaults that the API server would fill in (networking/v1 defaults.go). */
import { z } from 'zod';
import type { NetworkPeer, NetworkPolicy, NetworkPort, NetworkRule } from '../../model/kubernetes.ts';
import { list, objectMeta, type Place, refOf, selector, text } from './schema.ts';

const port = z.object({
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).nullish(),
  port: z.union([z.int(), text]).nullish(),
  endPort: z.int().nullish(),
});
const peer = z.object({
  ipBlock: z.object({ cidr: text, except: list(text) }).nullish(),
  namespaceSelector: selector.nullish(),
  podSelector: selector.nullish(),
});
const ports = list(port);
const peers = list(peer);
const policySchema = z.object({
  metadata: objectMeta,
  spec: z.object({
    podSelector: selector.nullish(),
    policyTypes: list(z.enum(['Ingress', 'Egress'])),
    ingress: list(z.object({ from: peers, ports })),
    egress: list(z.object({ to: peers, ports })),
  }),
});

export function convertNetworkPolicy(raw: unknown, place: Place): NetworkPolicy {
  const { metadata, spec } = policySchema.parse(raw);
  const fallback: NetworkPolicy['types'] = spec.egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  return {
    ref: refOf(place, metadata),
    labels: metadata.labels,
    tier: 'namespace',
    priority: 0,
    namespaceSelector: null,
    podSelector: spec.podSelector ?? { matchLabels: {}, matchExpressions: [] },
    types: spec.policyTypes.length > 0 ? spec.policyTypes : fallback,
    egress: spec.egress.map((rule, index) => convertRule(rule.to, rule.ports, `spec.egress[${index}]`)),
    ingress: spec.ingress.map((rule, index) => convertRule(rule.from, rule.ports, `spec.ingress[${index}]`)),
  };
}

/** An empty list of peers or ports is every peer, every port. */
function convertRule(
  rawPeers: z.infer<typeof peers>,
  rawPorts: z.infer<typeof ports>,
  field: string,
): NetworkRule {
  return {
    name: null,
    action: 'allow',
    peers: rawPeers.length > 0 ? rawPeers.map(convertPeer).filter((one) => one !== null) : null,
    ports: rawPorts.length > 0 ? rawPorts.map(convertPort) : null,
    field,
  };
}

function convertPort({ protocol, port: number, endPort }: z.infer<typeof port>): NetworkPort {
  return { protocol: protocol ?? 'TCP', port: number ?? null, endPort: endPort ?? null };
}

/** The API refuses an empty peer; read from a manifest, it names no pods. */
function convertPeer({ ipBlock, namespaceSelector, podSelector }: z.infer<typeof peer>): NetworkPeer | null {
  if (ipBlock) return { type: 'ip-block', cidr: ipBlock.cidr, except: ipBlock.except };
  if (!namespaceSelector && !podSelector) return null;
  return { type: 'pods', namespaceSelector: namespaceSelector ?? null, podSelector: podSelector ?? null };
}
