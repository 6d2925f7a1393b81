/** Does an endpoint fall under a policy rule's peers and ports: Kubernetes NetworkPolicy and its cluster tiers. */
import type { Container, Labels, NetworkPeer, NetworkPort } from '../model/kubernetes.ts';
import type { Peer } from '../model/snapshot.ts';
import { ipBlockMatches } from './cidr.ts';
import { namespaceMatches, selectorMatches } from './selector.ts';
import { any, both, known, type Ternary } from './ternary.ts';

export type Protocol = 'TCP' | 'UDP' | 'SCTP';
export type PodEndpoint = {
  namespace: string;
  /** Null: not known. The namespace's name label is always known. */
  namespaceLabels: Labels | null;
  labels: Labels | null;
  /** The pod may carry further labels: those behind a Service are known by what they have in common. */
  partial?: boolean;
  /** Container ports, by which named ports resolve; null: not known. */
  ports?: Container['ports'] | null;
};
/** The other end of a connection, and the port dialled. */
export type Destination = {
  address: string | null;
  port: number;
  protocol: Protocol;
  /** What the address was when it was dialled. */
  resolution: Peer['resolution'];
  pod?: PodEndpoint;
  /** Labels of the node, for `node` and `host-network`. */
  node?: { labels: Labels | null };
  /** Host names by which it was looked up, where seen. */
  names?: readonly string[];
  /** For `service`: the pods behind it. Policies see these, since the address is rewritten before they apply. */
  backends?: readonly Destination[];
};

export type PeerRule = {
  peers: readonly NetworkPeer[] | null;
  ports: readonly NetworkPort[] | null;
  /** What a null namespaceSelector of a peer means. */
  policyNamespace: string | null;
};

type PodsPeer = Extract<NetworkPeer, { type: 'pods' }>;

/** `remote` is matched against the peers, `target` (who is dialled) against the ports: they differ on ingress. */
export function ruleMatches(rule: PeerRule, remote: Destination, target: Destination = remote): Ternary {
  const ports = portsMatch(rule.ports, target);
  if (ports === 'no' || rule.peers === null) return ports;
  return both(
    ports,
    any(rule.peers, (peer) => peerMatches(peer, rule.policyNamespace, remote)),
  );
}

function peerMatches(peer: NetworkPeer, policyNamespace: string | null, remote: Destination): Ternary {
  switch (peer.type) {
    case 'ip-block':
      return remote.address === null ? 'unknown' : ipBlockMatches(peer, remote.address);
    case 'pods':
      return podsMatch(peer, policyNamespace, remote);
    case 'nodes':
      return nodesMatch(peer.selector, remote);
    case 'domain-names':
      return namesMatch(peer.names, remote);
  }
}

/** Host-network pods are their node's address to a policy, never pods. */
function podsMatch(peer: PodsPeer, policyNamespace: string | null, remote: Destination): Ternary {
  if (remote.resolution === 'unresolved') return 'unknown';
  if (remote.resolution !== 'pod') return 'no';
  const { pod } = remote;
  if (!pod) return 'unknown';
  const namespace = peer.namespaceSelector
    ? namespaceMatches(peer.namespaceSelector, pod.namespace, pod.namespaceLabels)
    : known(pod.namespace === policyNamespace);
  if (namespace === 'no' || !peer.podSelector) return namespace;
  return both(
    namespace,
    selectorMatches(peer.podSelector, pod.labels ?? {}, pod.labels !== null && !pod.partial),
  );
}

function nodesMatch(
  selector: Extract<NetworkPeer, { type: 'nodes' }>['selector'],
  remote: Destination,
): Ternary {
  if (remote.resolution === 'unresolved') return 'unknown';
  if (remote.resolution !== 'node' && remote.resolution !== 'host-network') return 'no';
  const labels = remote.node?.labels ?? null;
  return selectorMatches(selector, labels ?? {}, labels !== null);
}

/** `*.example.com` covers every depth below, not the domain itself (network-policy-api, DomainName). */
function namesMatch(patterns: readonly string[], remote: Destination): Ternary {
  if (remote.resolution === 'pod') return 'no';
  if (!remote.names) return 'unknown';
  return known(remote.names.some((name) => patterns.some((pattern) => nameMatches(pattern, name))));
}

function nameMatches(pattern: string, name: string): boolean {
  const plain = name.toLowerCase().replace(/\.$/, '');
  const wanted = pattern.toLowerCase().replace(/\.$/, '');
  return wanted.startsWith('*.') ? plain.endsWith(wanted.slice(1)) : plain === wanted;
}

function portsMatch(ports: readonly NetworkPort[] | null, target: Destination): Ternary {
  return ports === null ? 'yes' : any(ports, (port) => portMatches(port, target));
}

/** A null protocol is any protocol: the reader of NetworkPolicies has already put its default, TCP. */
function portMatches({ protocol, port, endPort }: NetworkPort, target: Destination): Ternary {
  if (protocol !== null && protocol !== target.protocol) return 'no';
  if (port === null) return 'yes';
  if (typeof port === 'number') return known(target.port >= port && target.port <= (endPort ?? port));
  return namedPortMatches(port, target);
}

/** Named ports resolve on the pod that is dialled, so an address that is no pod can have none. */
function namedPortMatches(name: string, target: Destination): Ternary {
  if (target.resolution !== 'pod') return target.resolution === 'unresolved' ? 'unknown' : 'no';
  const ports = target.pod?.ports ?? null;
  if (!ports) return 'unknown';
  return known(
    ports.some(
      (port) => port.name === name && port.protocol === target.protocol && port.containerPort === target.port,
    ),
  );
}
