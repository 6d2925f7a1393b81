/** Egress subjects: `tcp/10.0.0.1:443`, `udp/[fd00::1]:53`. */
import type { Peer } from '../../model/snapshot.ts';
import type { WireOf } from '../../model/wire.ts';
import type { ResolvedPeer } from '../types.ts';

export type Dialled = Pick<WireOf<'connect'>, 'proto' | 'daddr' | 'dport'>;

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** An IPv4-mapped address is the IPv4 address that travels. */
export function plainAddress(address: string): string {
  return MAPPED.exec(address)?.[1] ?? address.toLowerCase();
}

export function egressSubject({ proto, daddr, dport }: Dialled): string {
  const address = plainAddress(daddr);
  // In one piece: what is concatenated V8 holds as a tree of its parts, and there may be very many of them.
  return [proto, '/', address.includes(':') ? `[${address}]` : address, ':', dport].join('');
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

const NOBODY: Omit<ResolvedPeer, 'resolution'> = { namespace: null, name: null, labels: {}, backends: [] };

/** Loopback needs nobody's answer; without one a peer stays unresolved, which is not the same as external. */
export function peerOf(
  subject: string,
  dialled: Dialled,
  resolve: (address: string, port: number, protocol: 'tcp' | 'udp') => ResolvedPeer | null,
): Peer {
  const address = plainAddress(dialled.daddr);
  if (isLoopback(address)) return { subject, resolution: 'loopback', ...NOBODY };
  const known = resolve(address, dialled.dport, dialled.proto);
  return known ? { subject, ...known } : { subject, resolution: 'unresolved', ...NOBODY };
}
