/**
 * AdminNetworkPolicy, BaselineAdminNetworkPolicy (policy.networking.k8s.io/v1alpha1) and ClusterNetworkPolicy
 * (v1alpha2). A peer with no field that is known here fails closed, as the API asks of implementations: in an
 * allowing rule it matches nothing, in a deny or pass it denies everything.
 */
import { z } from 'zod';
import type { NetworkPeer, NetworkPolicy, NetworkPort, NetworkRule } from '../../model/kubernetes.ts';
import { list, objectMeta, type Place, refOf, selector, text, texts } from './schema.ts';

const pods = z.object({ namespaceSelector: selector.nullish(), podSelector: selector.nullish() });
const peer = z.object({
  namespaces: selector.nullish(),
  pods: pods.nullish(),
  nodes: selector.nullish(),
  networks: texts,
  domainNames: texts,
});
const protocol = z.enum(['TCP', 'UDP', 'SCTP']);
const range = z.object({ start: z.int(), end: z.int() });
/** v1alpha1 */
const port = z.object({
  portNumber: z.object({ protocol: protocol.nullish(), port: z.int() }).nullish(),
  portRange: z.object({ protocol: protocol.nullish(), ...range.shape }).nullish(),
  namedPort: text.nullish(),
});
/** v1alpha2 */
const transport = z.object({
  destinationPort: z.object({ number: z.int().nullish(), range: range.nullish() }).nullish(),
});
const protocolRule = z.object({
  tcp: transport.nullish(),
  udp: transport.nullish(),
  sctp: transport.nullish(),
  destinationNamedPort: text.nullish(),
});
const rule = z.object({
  name: text.nullish(),
  action: z.enum(['Allow', 'Accept', 'Deny', 'Pass']),
  to: list(peer),
  from: list(peer),
  ports: list(port),
  protocols: list(protocolRule),
});
const policySchema = z.object({
  metadata: objectMeta,
  spec: z.object({
    tier: z.enum(['Admin', 'Baseline']).nullish(),
    priority: z.int().nullish(),
    subject: z.object({ namespaces: selector.nullish(), pods: pods.nullish() }),
    ingress: list(rule),
    egress: list(rule),
  }),
});

type Rule = z.infer<typeof rule>;
const EVERY = { matchLabels: {}, matchExpressions: [] };

export function convertClusterPolicy(raw: unknown, place: Place): NetworkPolicy {
  const { metadata, spec } = policySchema.parse(raw);
  const baseline = place.kind === 'BaselineAdminNetworkPolicy' || spec.tier === 'Baseline';
  return {
    ref: refOf(place, metadata),
    labels: metadata.labels,
    tier: baseline ? 'baseline' : 'admin',
    priority: spec.priority ?? 0,
    namespaceSelector: spec.subject.namespaces ?? spec.subject.pods?.namespaceSelector ?? EVERY,
    podSelector: spec.subject.pods?.podSelector ?? EVERY,
    types: ['Ingress', 'Egress'],
    egress: spec.egress.map((one, index) => convertRule(one, one.to, `spec.egress[${index}]`)),
    ingress: spec.ingress.map((one, index) => convertRule(one, one.from, `spec.ingress[${index}]`)),
  };
}

function convertRule(raw: Rule, rawPeers: Rule['to'], field: string): NetworkRule {
  const peers = rawPeers.map(convertPeer);
  const base = { name: raw.name ?? null, field, ports: portsOf(raw) };
  const unknown = peers.some((one) => one === null);
  if (unknown && (raw.action === 'Deny' || raw.action === 'Pass'))
    return { ...base, action: 'deny', peers: null };
  const action = raw.action === 'Deny' ? 'deny' : raw.action === 'Pass' ? 'pass' : 'allow';
  return { ...base, action, peers: peers.filter((one) => one !== null).flat() };
}

/** Null: none of its fields is known. */
function convertPeer(raw: z.infer<typeof peer>): NetworkPeer[] | null {
  if (raw.namespaces) return [{ type: 'pods', namespaceSelector: raw.namespaces, podSelector: null }];
  if (raw.pods) {
    const { namespaceSelector, podSelector } = raw.pods;
    return [
      { type: 'pods', namespaceSelector: namespaceSelector ?? EVERY, podSelector: podSelector ?? null },
    ];
  }
  if (raw.nodes) return [{ type: 'nodes', selector: raw.nodes }];
  if (raw.networks.length > 0) return raw.networks.map((cidr) => ({ type: 'ip-block', cidr, except: [] }));
  return raw.domainNames.length > 0 ? [{ type: 'domain-names', names: raw.domainNames }] : null;
}

/** Named ports match by name, whatever the protocol: a null one. */
function portsOf({ ports, protocols }: Rule): NetworkPort[] | null {
  if (ports.length === 0 && protocols.length === 0) return null;
  return [...ports.map(convertPort), ...protocols.flatMap(convertProtocol)];
}

function convertPort({ portNumber, portRange, namedPort }: z.infer<typeof port>): NetworkPort {
  if (portNumber) return { protocol: portNumber.protocol ?? 'TCP', port: portNumber.port, endPort: null };
  if (portRange)
    return { protocol: portRange.protocol ?? 'TCP', port: portRange.start, endPort: portRange.end };
  return { protocol: null, port: namedPort ?? '', endPort: null };
}

function convertProtocol(raw: z.infer<typeof protocolRule>): NetworkPort[] {
  if (raw.destinationNamedPort) return [{ protocol: null, port: raw.destinationNamedPort, endPort: null }];
  return (['TCP', 'UDP', 'SCTP'] as const).flatMap((name) => {
    const one = raw[name.toLowerCase() as 'tcp' | 'udp' | 'sctp'];
    if (!one) return [];
    const { number, range: span } = one.destinationPort ?? {};
    return [{ protocol: name, port: span?.start ?? number ?? null, endPort: span?.end ?? null }];
  });
}
