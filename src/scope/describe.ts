/** One line for a reader, of what a rule allows. */
import { NAMESPACE_NAME_LABEL } from '../match/selector.ts';
import type { LabelSelector, NetworkPeer, NetworkPort, ObjectRef } from '../model/kubernetes.ts';

export function refName(ref: ObjectRef): string {
  return `${ref.kind} ${ref.namespace === null ? '' : `${ref.namespace}/`}${ref.name}`;
}

export function describeSelector(selector: LabelSelector): string {
  const pairs = Object.entries(selector.matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = selector.matchExpressions.map(({ key, operator, values }) =>
    values.length > 0 ? `${key} ${operator} (${values.join(', ')})` : `${key} ${operator}`,
  );
  return [...pairs, ...expressions].join(',');
}

export function describePeer(peer: NetworkPeer | null, policyNamespace: string | null): string {
  if (peer === null) return 'any destination';
  switch (peer.type) {
    case 'ip-block':
    case 'outside-block':
      return peer.except.length > 0 ? `${peer.cidr} except ${peer.except.join(', ')}` : peer.cidr;
    case 'nodes':
      return `nodes ${describeSelector(peer.selector)}`.trim();
    case 'domain-names':
    case 'entities':
      return peer.names.join(', ');
    case 'name-patterns':
      return peer.patterns.join(', ');
    case 'services':
      return describeServices(peer);
    case 'unmodelled':
      return peer.what;
    case 'pods':
      return describePods(peer, policyNamespace);
  }
}

function describeServices({ name, namespace, selector }: Extract<NetworkPeer, { type: 'services' }>): string {
  const which = name ?? (selector === null ? 'all' : describeSelector(selector));
  return `Services ${which} in ${namespace ?? 'any namespace'}`;
}

function describePods(peer: Extract<NetworkPeer, { type: 'pods' }>, policyNamespace: string | null): string {
  const pods = peer.podSelector ? describeSelector(peer.podSelector) : '';
  const where = peer.namespaceSelector ? describeNamespaces(peer.namespaceSelector) : policyNamespace;
  return `${pods === '' ? 'all pods' : `pods ${pods}`} in ${where}`;
}

/** Most policies select one namespace by the label that carries its name. */
function describeNamespaces(selector: LabelSelector): string {
  const text = describeSelector(selector);
  const prefix = `${NAMESPACE_NAME_LABEL}=`;
  if (text.startsWith(prefix) && !text.includes(',')) return text.slice(prefix.length);
  return text === '' ? 'any namespace' : `namespaces ${text}`;
}

export function describePorts(ports: readonly NetworkPort[] | null): string {
  if (ports === null) return 'any port';
  return ports.map(describePort).join(', ') || 'no port';
}

function describePort({ protocol, port, endPort }: NetworkPort): string {
  const number = port === null ? 'any port' : endPort === null ? `${port}` : `${port}-${endPort}`;
  return protocol === null ? number : `${protocol} ${number}`;
}
