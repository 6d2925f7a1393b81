/** From an egress row of a snapshot to what a policy sees: pods with their labels and named ports. */
import type { ConfiguredPosture, ConfiguredWorkload } from '../model/configured.ts';
import type { Container, Labels } from '../model/kubernetes.ts';
import type { Peer } from '../model/snapshot.ts';
import type { Destination, PodEndpoint, Protocol } from './network-peer.ts';

export type DestinationOf = (subject: string, peer: Peer | null | undefined) => Destination | null;

/** `posture` brings the labels of namespaces and the named ports of pods; without it, these are not known. */
export function createDestinations(posture: ConfiguredPosture | null): DestinationOf {
  const namespaces = new Map((posture?.namespaces ?? []).map((one) => [one.name, one.labels]));
  const workloads = Map.groupBy(posture?.workloads ?? [], (workload) => workload.namespace);
  const endpoint = (namespace: string, labels: Labels): PodEndpoint => ({
    namespace,
    namespaceLabels: namespaces.get(namespace) ?? null,
    labels,
    ports: portsOf(workloads.get(namespace) ?? [], labels),
  });
  return (subject, peer) => destination(subject, peer ?? null, endpoint);
}

function destination(
  subject: string,
  peer: Peer | null,
  endpoint: (namespace: string, labels: Labels) => PodEndpoint,
): Destination | null {
  const address = parseSubject(subject);
  if (!address) return null;
  if (!peer) return { ...address, resolution: 'unresolved' };
  const pod = peer.namespace === null ? {} : { pod: endpoint(peer.namespace, peer.labels) };
  const node = { node: { labels: null } };
  if (peer.resolution !== 'service') return { ...address, resolution: peer.resolution, ...pod, ...node };
  // A Service's row carries what the pods behind it have in common; without any, its backends are no pods.
  const selects = Object.keys(peer.labels).length > 0;
  const backends = peer.backends
    .map((one) => parseSubject(`${address.protocol.toLowerCase()}/${one}`))
    .filter((one) => one !== null)
    .map((one) => ({
      ...one,
      resolution: selects ? ('pod' as const) : ('external' as const),
      ...(selects && pod.pod ? { pod: { ...pod.pod, partial: true } } : {}),
    }));
  return { ...address, resolution: 'service', backends };
}

/** `tcp/10.96.0.20:443`, `udp/[fd00::1]:53`; null if it is no egress subject. */
export function parseSubject(subject: string): { address: string; port: number; protocol: Protocol } | null {
  const match = /^(tcp|udp|sctp)\/(?:\[([^\]]+)\]|([^[\]:]+)):(\d{1,5})$/.exec(subject);
  if (!match) return null;
  return {
    protocol: match[1]!.toUpperCase() as Protocol,
    address: match[2] ?? match[3]!,
    port: Number(match[4]),
  };
}

/** Ports of the workloads whose pod labels the observed labels contain; null where no such workload was read. */
function portsOf(workloads: readonly ConfiguredWorkload[], labels: Labels): Container['ports'] | null {
  const owners = workloads.filter((workload) => {
    const wanted = Object.entries(workload.podLabels);
    return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
  });
  if (owners.length === 0) return null;
  return owners.flatMap((workload) => workload.containers.flatMap((container) => container.ports));
}
