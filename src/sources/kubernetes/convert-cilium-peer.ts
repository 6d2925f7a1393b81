/** The other end of Cilium's rules (docs.cilium.io, Layer 3 Policies). */
import { z } from 'zod';
import type { NetworkPeer } from '../../model/kubernetes.ts';
import { endpointPeers } from './convert-cilium-selector.ts';
import { list, selector, text } from './schema.ts';

const some = <T extends z.ZodType>(item: T) => z.array(item).max(20_000).nullish();
const cidrSet = z.object({
  cidr: text.nullish(),
  except: list(text),
  cidrGroupRef: text.nullish(),
  cidrGroupSelector: selector.nullish(),
});
const service = z.object({
  k8sService: z.object({ serviceName: text.nullish(), namespace: text.nullish() }).nullish(),
  k8sServiceSelector: z.object({ selector: selector.nullish(), namespace: text.nullish() }).nullish(),
});
const fqdn = z.object({ matchName: text.nullish(), matchPattern: text.nullish() });

/** Absent is not empty here: a list that is there and empty selects nobody. */
export const egressPeers = z.object({
  toEndpoints: some(selector),
  toRequires: some(z.unknown()),
  toCIDR: some(text),
  toCIDRSet: some(cidrSet),
  toEntities: some(text),
  toServices: some(service),
  toFQDNs: some(fqdn),
  toNodes: some(selector),
  toGroups: some(z.unknown()),
});
export const ingressPeers = z.object({
  fromEndpoints: some(selector),
  fromRequires: some(z.unknown()),
  fromCIDR: some(text),
  fromCIDRSet: some(cidrSet),
  fromEntities: some(text),
  fromNodes: some(selector),
  fromGroups: some(z.unknown()),
});

/** `toEndpoints[0]` and the peers that it means. */
export type FieldPeers = { field: string; peers: NetworkPeer[] };
type Fields = z.infer<typeof egressPeers> & z.infer<typeof ingressPeers>;

/** Null: nothing is said about the other end. */
export function ciliumPeers(raw: Partial<Fields>, where: { namespace: string | null }): FieldPeers[] | null {
  const groups = Object.entries(raw).filter(([name, value]) => name in PEERS && value != null);
  if (groups.length === 0) return null;
  return groups.flatMap(([name, values]) =>
    (values as readonly unknown[]).map((value, at) => ({
      field: `${name}[${at}]`,
      peers: PEERS[name]!(value as never, where.namespace),
    })),
  );
}

type Convert = (value: never, namespace: string | null) => NetworkPeer[];

const endpoints = (value: z.infer<typeof selector>, namespace: string | null) =>
  endpointPeers(value, namespace === null);
const block = (cidr: string, except: readonly string[] = []): NetworkPeer[] => [
  {
    type: 'outside-block',
    cidr: cidr.includes('/') ? cidr : `${cidr}/${cidr.includes(':') ? 128 : 32}`,
    except,
  },
];
const entity = (name: string): NetworkPeer[] => [{ type: 'entities', names: [name] }];
const nodes = (value: z.infer<typeof selector>): NetworkPeer[] => [{ type: 'nodes', selector: value }];
const unmodelled = (what: string) => (): NetworkPeer[] => [{ type: 'unmodelled', what }];

function cidrs({ cidr, except, cidrGroupRef }: z.infer<typeof cidrSet>): NetworkPeer[] {
  if (cidr) return block(cidr, except);
  return [{ type: 'unmodelled', what: `CiliumCIDRGroup ${cidrGroupRef ?? 'by labels'}` }];
}

function services(
  { k8sService, k8sServiceSelector }: z.infer<typeof service>,
  own: string | null,
): NetworkPeer[] {
  if (k8sService)
    return [
      {
        type: 'services',
        namespace: k8sService.namespace || own,
        name: k8sService.serviceName ?? '',
        selector: null,
      },
    ];
  const { selector: by, namespace } = k8sServiceSelector ?? {};
  return by ? [{ type: 'services', namespace: namespace || own, name: null, selector: by }] : [];
}

function names({ matchName, matchPattern }: z.infer<typeof fqdn>): NetworkPeer[] {
  const patterns = [matchName, matchPattern].filter((one): one is string => Boolean(one));
  return [{ type: 'name-patterns', patterns }];
}

const PEERS: Readonly<Record<string, Convert>> = {
  toEndpoints: endpoints,
  fromEndpoints: endpoints,
  toCIDR: (cidr: string) => block(cidr),
  fromCIDR: (cidr: string) => block(cidr),
  toCIDRSet: cidrs,
  fromCIDRSet: cidrs,
  toEntities: entity,
  fromEntities: entity,
  toServices: services,
  toFQDNs: names,
  toNodes: nodes,
  fromNodes: nodes,
  toGroups: unmodelled('a group of the cloud provider'),
  fromGroups: unmodelled('a group of the cloud provider'),
  toRequires: unmodelled('endpoints that toRequires limits'),
  fromRequires: unmodelled('endpoints that fromRequires limits'),
};
