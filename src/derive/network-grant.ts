/** From a destination that was reached to what a NetworkPolicy can say of it. */
import { CHURNING_LABELS } from '../catalog/churning-labels.ts';
import { parseSubject } from '../match/destination.ts';
import type { Protocol } from '../match/network-peer.ts';
import type { Labels } from '../model/kubernetes.ts';
import type { Peer } from '../model/snapshot.ts';

export type GrantPeer =
  | { type: 'pods'; namespace: string; labels: Labels }
  /** One address, `/32` or `/128`. */
  | { type: 'address'; cidr: string };

export type Grant = {
  peer: GrantPeer;
  port: number;
  protocol: Protocol;
  /** Why this may not hold for long. */
  caveat: string | null;
};

export type Granted = { grants: readonly Grant[] } | { refusal: string };

export function stableLabels(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels)
      .filter(([key]) => !CHURNING_LABELS.has(key))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function host(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

const NODE_CAVEAT = 'the address of a node: it changes when nodes are replaced';

type Dialled = NonNullable<ReturnType<typeof parseSubject>>;

function podGrants(peer: Peer, ports: readonly number[], protocol: Protocol): Granted {
  const labels = stableLabels(peer.labels);
  if (peer.namespace === null) return { refusal: 'the namespace of its pods is not known' };
  if (Object.keys(labels).length === 0) {
    return { refusal: 'its pods share no label that outlives a rollout, so no selector can name them' };
  }
  const target: GrantPeer = { type: 'pods', namespace: peer.namespace, labels };
  return { grants: ports.map((port) => ({ peer: target, port, protocol, caveat: null })) };
}

/** A Service address is rewritten to a backend before policies apply, so the backends and their port are what counts. */
function serviceGrants(peer: Peer, { protocol }: Dialled): Granted {
  const backends = peer.backends.flatMap((one) => parseSubject(`${protocol.toLowerCase()}/${one}`) ?? []);
  if (backends.length === 0) return { refusal: 'no backend of the Service was known when it was dialled' };
  const ports = [...new Set(backends.map(({ port }) => port))].sort((a, b) => a - b);
  if (Object.keys(peer.labels).length > 0) return podGrants(peer, ports, protocol);
  return {
    grants: backends.map(({ address, port }) => ({
      peer: { type: 'address', cidr: host(address) },
      port,
      protocol,
      caveat: 'a backend that is no pod (an API server, an external endpoint): it changes when that moves',
    })),
  };
}

function addressGrant({ address, port, protocol }: Dialled, caveat: string): Granted {
  return { grants: [{ peer: { type: 'address', cidr: host(address) }, port, protocol, caveat }] };
}

/** NodeLocal DNSCache listens on a link-local address of the node, by default 169.254.20.10. */
export function isNodeLocalDns(subject: string): boolean {
  return /^(udp|tcp)\/169\.254\.\d+\.\d+:53$/.test(subject);
}

/** Closure is structural where the cluster names things (labels, namespaces) and literal where it does not (addresses). */
export function grantsFor(subject: string, peer: Peer | undefined): Granted {
  const dialled = parseSubject(subject);
  if (dialled === null) return { refusal: 'not a network address' };
  if (isNodeLocalDns(subject)) return addressGrant(dialled, 'NodeLocal DNSCache, an address of every node');
  switch (peer?.resolution) {
    case 'pod':
      return podGrants(peer, [dialled.port], dialled.protocol);
    case 'service':
      return serviceGrants(peer, dialled);
    case 'node':
    case 'host-network':
      return addressGrant(dialled, NODE_CAVEAT);
    case 'external':
      return addressGrant(
        dialled,
        'an external address, taken literally: names that move need another substrate',
      );
    default:
      return { refusal: 'what this address was is not known, and pod addresses are reused' };
  }
}
