/** Cilium's entities: peers by what they are (docs.cilium.io, Layer 3 Policies, Entities based). */
import type { Destination } from './network-peer.ts';
import { known, type Ternary } from './ternary.ts';

type Place = 'pod' | 'node' | 'outside' | 'unknown';

function placeOf({ resolution }: Destination): Place {
  if (resolution === 'pod') return 'pod';
  if (resolution === 'node' || resolution === 'host-network') return 'node';
  return resolution === 'external' ? 'outside' : 'unknown';
}

/** Identities that no pod has which runs as Cilium knows it. */
const NEVER_PODS = new Set(['none', 'init', 'health', 'ingress', 'unmanaged']);

export function entityMatches(name: string, remote: Destination): Ternary {
  const place = placeOf(remote);
  if (name === 'all') return 'yes';
  if (NEVER_PODS.has(name)) return place === 'unknown' && name !== 'none' ? 'unknown' : 'no';
  if (name === 'kube-apiserver') return apiServerMatches(place, remote);
  if (place === 'unknown') return 'unknown';
  switch (name) {
    case 'world':
      return known(place === 'outside');
    case 'world-ipv4':
    case 'world-ipv6':
      return place === 'outside' ? familyMatches(name, remote.address) : 'no';
    case 'cluster':
      return known(place !== 'outside');
    case 'host':
    case 'remote-node':
      return place === 'node' ? sideMatches(name, remote.node?.local) : 'no';
    default:
      return 'unknown';
  }
}

/** Of addresses that nothing read knows as a node's, it is not asked. */
export function ownNodeMatches(remote: Destination): Ternary {
  return placeOf(remote) === 'node' ? sideMatches('host', remote.node?.local) : 'no';
}

function apiServerMatches(place: Place, { apiServer }: Destination): Ternary {
  if (place === 'pod') return 'no';
  return apiServer === undefined ? 'unknown' : known(apiServer);
}

function familyMatches(name: 'world-ipv4' | 'world-ipv6', address: string | null): Ternary {
  return address === null ? 'unknown' : known(address.includes(':') === (name === 'world-ipv6'));
}

function sideMatches(name: 'host' | 'remote-node', local: boolean | undefined): Ternary {
  return local === undefined ? 'unknown' : known(local === (name === 'host'));
}
