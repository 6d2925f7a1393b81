/** Does an endpoint fall under a policy rule's peers and ports: Kubernetes NetworkPolicy and its cluster tiers. */
import type { Container, Labels, NetworkPeer, NetworkPort } from '../model/kubernetes.ts';
import type { Peer } from '../model/snapshot.ts';
import { ipBlockMatches } from './cidr.ts';
import { entityMatches } from './network-entity.ts';
import { domainMatches, namePatternMatches } from './network-name.ts';
import { NAMESPACE_NAME_LABEL, namespaceMatches, selectorMatches } from './selector.ts';
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
  /** Labels of the node, for `node` and `host-network`; `local`: whether it is the node of the pod that dials. */
  node?: { labels: Labels | null; local?: boolean };
  /** Whether the API server of the cluster answers there; absent: not known. */
  apiServer?: boolean;
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
      return namesMatch(peer.names, remote, domainMatches);
    case 'name-patterns':
      return namesMatch(peer.patterns, remote, namePatternMatches);
    case 'outside-block':
      return outsideMatches(peer, remote);
    case 'entities':
      return any(peer.names, (name) => entityMatches(name, remote));
    case 'services':
    case 'unmodelled':
      return 'unknown';
  }
}

/** Host-network pods are their node's address to a policy, never pods. */
function podsMatch(peer: PodsPeer, policyNamespace: string | null, remote: Destination): Ternary {
  if (remote.resolution === 'unresolved') return 'unknown';
  if (remote.resolution !== 'pod') return 'no';
  const { pod } = remote;
  if (!pod) return 'unknown';
  const only = peer.namespaceSelector?.matchLabels[NAMESPACE_NAME_LABEL];
  if (only !== undefined && only !== pod.namespace) return 'no';
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

/** Names are those of addresses outside: a pod is known by its labels. */
function namesMatch(
  patterns: readonly string[],
  remote: Destination,
  matches: (pattern: string, name: string) => boolean,
): Ternary {
  if (remote.resolution === 'pod') return 'no';
  if (!remote.names) return 'unknown';
  return known(remote.names.some((name) => patterns.some((pattern) => matches(pattern, name))));
}

function outsideMatches(peer: Extract<NetworkPeer, { type: 'outside-block' }>, remote: Destination): Ternary {
  const { resolution, address } = remote;
  const node = resolution === 'node' || resolution === 'host-network';
  if (node ? !peer.nodes : resolution !== 'external' && resolution !== 'unresolved') return 'no';
  const inside = address === null ? 'unknown' : ipBlockMatches(peer, address);
  return resolution === 'unresolved' ? both(inside, 'unknown') : inside;
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
