/** What an address is now: pod, Service, node or none of them. Pod addresses are reused, so only now counts. */
import type {
  EndpointSlice,
  KubernetesEstate,
  Labels,
  Pod,
  ResourceName,
  Service,
} from '../../model/kubernetes.ts';
import type { Peer } from '../../model/snapshot.ts';

type Found = Pick<Peer, 'resolution' | 'namespace' | 'name' | 'labels'>;
type ServicePort = { service: Service; port: Service['ports'][number] };

const MAX_BACKENDS = 64;
const NOT_FOUND: Found = { resolution: 'unresolved', namespace: null, name: null, labels: {} };

export function indexAddresses(
  estate: KubernetesEstate,
): (address: string, port: number, protocol: string) => Peer {
  const hosts = hostsOf(estate);
  const services = servicesOf(estate.services);
  const labelsOf = new Map(
    estate.pods.map(({ ref, template }) => [`${ref.namespace}/${ref.name}`, template.labels]),
  );
  const slices = Map.groupBy(estate.endpointSlices, (one) => `${one.ref.namespace}/${one.service}`);
  const complete = sawEverything(estate);
  return (address, port, protocol) => {
    const subject = `${protocol}/${address.includes(':') ? `[${address}]` : address}:${port}`;
    const service = services.get(address);
    if (service) {
      const at = { service, port: portOf(service, port, protocol) };
      const behind = slices.get(`${service.ref.namespace}/${service.ref.name}`) ?? [];
      return { subject, ...servicePeer(service, behind, labelsOf), backends: backendsOf(behind, at) };
    }
    const unknown = complete ? { ...NOT_FOUND, resolution: 'external' as const } : NOT_FOUND;
    const found = isLoopback(address)
      ? { ...NOT_FOUND, resolution: 'loopback' as const }
      : (hosts.get(address) ?? unknown);
    return { subject, ...found, backends: [] };
  };
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.');
}

/** Only where pods, Services and nodes of the whole cluster were read is an address that is none of them outside. */
function sawEverything({ coverage }: KubernetesEstate): boolean {
  return (['pods', 'services', 'nodes'] as const satisfies ResourceName[]).every((resource) =>
    coverage.some((one) => one.resource === resource && one.status === 'read' && one.namespaces === null),
  );
}

/** Finished pods keep their address in the API after another pod got it. */
function hostsOf({ pods, nodes }: KubernetesEstate): Map<string, Found> {
  const hosts = new Map<string, Found>();
  for (const node of nodes)
    for (const ip of node.ips)
      hosts.set(ip, { resolution: 'node', namespace: null, name: node.ref.name, labels: node.labels });
  for (const pod of pods.filter(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed'))
    for (const ip of pod.ips) if (!pod.template.hostNetwork) hosts.set(ip, podPeer(pod));
  for (const pod of pods) for (const ip of pod.hostIPs) if (!hosts.has(ip)) hosts.set(ip, hostPeer(pod));
  return hosts;
}

function podPeer({ ref, template }: Pod): Found {
  return { resolution: 'pod', namespace: ref.namespace, name: ref.name, labels: template.labels };
}

/** Where nodes may not be listed, pods still tell their addresses. */
function hostPeer({ node }: Pod): Found {
  return { resolution: 'node', namespace: null, name: node, labels: {} };
}

function servicesOf(services: readonly Service[]): Map<string, Service> {
  return new Map(services.flatMap((service) => service.clusterIPs.map((ip) => [ip, service] as const)));
}

/** What the pods behind it have in common, its selector at least; none: its backends are no pods. */
function servicePeer(
  { ref, selector }: Service,
  slices: readonly EndpointSlice[],
  labelsOf: ReadonlyMap<string, Labels>,
): Found {
  const pods = slices
    .flatMap(({ addresses }) => addresses)
    .map(({ pod, namespace }) => labelsOf.get(`${namespace ?? ref.namespace}/${pod}`))
    .filter((one) => one !== undefined);
  const labels: Labels = { ...(selector === null ? {} : common(pods)), ...selector };
  return { resolution: 'service', namespace: ref.namespace, name: ref.name, labels };
}

function common([first, ...rest]: readonly Labels[]): Labels {
  const shared = Object.entries(first ?? {}).filter(([key, value]) =>
    rest.every((one) => one[key] === value),
  );
  return Object.fromEntries(shared);
}

function portOf(service: Service, port: number, protocol: string): ServicePort['port'] | null {
  return service.ports.find((one) => one.port === port && one.protocol.toLowerCase() === protocol) ?? null;
}

/** EndpointSlice ports carry the name of the Service's port, and the number that it leads to. */
function backendsOf(
  slices: readonly EndpointSlice[],
  { port }: { port: ServicePort['port'] | null },
): string[] {
  if (!port) return [];
  const backends = slices.flatMap((slice) => {
    const target = slice.ports.find((one) => (one.name ?? '') === (port.name ?? ''));
    if (!target?.port) return [];
    return slice.addresses.map(({ ip }) => `${ip.includes(':') ? `[${ip}]` : ip}:${target.port}`);
  });
  return [...new Set(backends)].sort().slice(0, MAX_BACKENDS);
}
