/** What an address of the cluster belongs to, from the objects that were read. */
import { parseAddress } from '../match/cidr.ts';
import type { Destination } from '../match/network-peer.ts';
import type { KubernetesEstate, Labels, Node, Pod, ResourceName, Service } from '../model/kubernetes.ts';

/** Undefined: not known. */
export type IsOwnNode = (node: string) => boolean | undefined;
export type Addresses = {
  /** In one spelling; null: no address. */
  parse(text: string): string | null;
  podAt(address: string): Pod | null;
  serviceAt(address: string): Service | null;
  /** Of what is neither pod nor Service; `isOwn`: whether who dials runs on that node. */
  place(address: string, isOwn: IsOwnNode): Pick<Destination, 'resolution' | 'node' | 'apiServer'>;
  nodeLabels(node: string | null): Labels | null;
};

export function createAddresses(estate: KubernetesEstate): Addresses {
  const pods = new Map<string, Pod>();
  // Finished pods keep their address in the API after another pod got it; host-network pods have their node's.
  for (const pod of estate.pods)
    if (!pod.template.hostNetwork && pod.phase !== 'Succeeded' && pod.phase !== 'Failed')
      for (const ip of pod.ips) pods.set(canonical(ip) ?? ip, pod);
  const services = new Map(
    estate.services.flatMap((one) => one.clusterIPs.map((ip) => [canonical(ip) ?? ip, one] as const)),
  );
  const nodes = nodeAddresses(estate);
  const named = new Map(estate.nodes.map((node) => [node.ref.name, node]));
  const apiServers = apiServerAddresses(estate);
  const complete = sawEverything(estate);
  return {
    parse: canonical,
    podAt: (address) => pods.get(address) ?? null,
    serviceAt: (address) => services.get(address) ?? null,
    place(address, isOwn) {
      const apiServer = apiServers ? { apiServer: apiServers.has(address) } : {};
      if (isLoopback(address)) return { resolution: 'loopback' };
      const node = nodes.get(address);
      if (node === undefined)
        return { resolution: complete || !isPrivate(address) ? 'external' : 'unresolved', ...apiServer };
      return {
        resolution: 'node',
        node: { labels: labelsOf(named, node), ...localTo(isOwn(node)) },
        ...apiServer,
      };
    },
    nodeLabels: (node) => labelsOf(named, node),
  };
}

export function localTo(own: boolean | undefined): { local?: boolean } {
  return own === undefined ? {} : { local: own };
}

function labelsOf(named: ReadonlyMap<string, Node>, node: string | null): Labels | null {
  return node === null ? null : (named.get(node)?.labels ?? null);
}

function canonical(text: string): string | null {
  // Most questions are about names, and refusing those by parsing is slow.
  return /^[\d.]+$|:/.test(text) ? (parseAddress(text)?.toString() ?? null) : null;
}

/** Name of the node by address. Where nodes may not be listed, pods still tell their addresses. */
function nodeAddresses({ nodes, pods }: KubernetesEstate): Map<string, string> {
  const found = new Map<string, string>();
  for (const { hostIPs, node } of pods)
    if (node !== null) for (const ip of hostIPs) found.set(canonical(ip) ?? ip, node);
  for (const { ref, ips } of nodes) for (const ip of ips) found.set(canonical(ip) ?? ip, ref.name);
  return found;
}

/** Where Service default/kubernetes leads; null: its endpoints were not read. */
function apiServerAddresses({ endpointSlices }: KubernetesEstate): ReadonlySet<string> | null {
  const slices = endpointSlices.filter(
    ({ ref, service }) => ref.namespace === 'default' && service === 'kubernetes',
  );
  if (slices.length === 0) return null;
  return new Set(slices.flatMap(({ addresses }) => addresses.map(({ ip }) => canonical(ip) ?? ip)));
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** Addresses that pods may have; link-local ones and public ones they have not. */
function isPrivate(address: string): boolean {
  const range = parseAddress(address)?.range();
  return range === 'private' || range === 'uniqueLocal' || range === 'carrierGradeNat';
}

/** Only where pods, Services and nodes of the whole cluster were read is an address that is none of them outside. */
function sawEverything({ coverage }: KubernetesEstate): boolean {
  return (['pods', 'services', 'nodes'] as const satisfies ResourceName[]).every((resource) =>
    coverage.some((one) => one.resource === resource && one.status === 'read' && one.namespaces === null),
  );
}
