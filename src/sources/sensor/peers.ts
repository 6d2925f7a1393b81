import ipaddr from 'ipaddr.js';
import type { Peer } from '../../model/snapshot.ts';
import type { ResolvedPeer } from '../../observe/types.ts';

export type PeerLookup = (address: string, port: number, protocol: 'tcp' | 'udp') => ResolvedPeer;

/**
 * Names what an address is at this moment: by the cluster's view where there is one.
 *
 * An address that the cluster does not know is `external` when it is globally routable. A private one may be a pod
 * that has gone meanwhile: `unresolved`. Without any cluster (a bare host) it is `external`, or `loopback` when it
 * is the machine's own; on a Kubernetes node whose cluster could not be read, private addresses stay `unresolved`.
 */
export function createPeers(options: {
  cluster: ((address: string, port: number, protocol: 'tcp' | 'udp') => Peer | null) | null;
  /** Whether this machine runs pods, as far as known now. */
  kubernetesNode: () => boolean;
  ownAddresses: readonly string[];
}): PeerLookup {
  const { cluster, kubernetesNode } = options;
  const own = new Set(options.ownAddresses.map(normal));
  return (address, port, protocol) => {
    const found = cluster?.(address, port, protocol);
    if (found) {
      const { subject: _, ...resolved } = found;
      return resolved;
    }
    const ip = normal(address);
    if (isLoopback(ip)) return peer('loopback');
    if (!cluster && !kubernetesNode()) return peer(own.has(ip) ? 'loopback' : 'external');
    return peer(isGlobal(ip) ? 'external' : 'unresolved');
  };
}

function peer(resolution: ResolvedPeer['resolution']): ResolvedPeer {
  return { resolution, namespace: null, name: null, labels: {}, backends: [] };
}

/** One spelling per address; IPv4 in IPv6 is the IPv4 address, and a zone is local to the machine. */
function normal(address: string): string {
  const plain = address.replace(/%.*$/, '');
  return ipaddr.isValid(plain) ? ipaddr.process(plain).toString() : plain;
}

function isLoopback(ip: string): boolean {
  return ipaddr.isValid(ip) && ipaddr.parse(ip).range() === 'loopback';
}

function isGlobal(ip: string): boolean {
  return ipaddr.isValid(ip) && ipaddr.parse(ip).range() === 'unicast';
}
