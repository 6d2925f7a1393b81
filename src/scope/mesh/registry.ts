/** What a Sidecar's egress hosts, or the whole registry, mean as peers (Istio, Sidecar; Service Entry). */
import { domainMatches } from '../../match/network-name.ts';
import { NAMESPACE_NAME_LABEL } from '../../match/selector.ts';
import type { LabelSelector, NetworkPeer, NetworkPort, Service } from '../../model/kubernetes.ts';
import type { ServiceEntry } from '../../model/mesh.ts';

/** Peers that are registered there, and the ports at which they are; null: every TCP port. */
export type Registered = {
  peers: NetworkPeer[];
  ports: readonly NetworkPort[] | null;
  entry: ServiceEntry | null;
};
export type Registry = {
  /** `host`: `namespace/name` with `.`, `~` and `*`; `from`: the namespace of who dials. */
  registered(host: string, from: string): Registered[];
};

export function createRegistry(services: readonly Service[], entries: readonly ServiceEntry[]): Registry {
  const ofNamespace = Map.groupBy(services, ({ ref }) => ref.namespace ?? 'default');
  return {
    registered(host, from) {
      const slash = host.indexOf('/');
      const where = slash < 0 ? '*' : host.slice(0, slash);
      const name = slash < 0 ? host : host.slice(slash + 1);
      if (where === '~') return [];
      const namespace = where === '.' ? from : where === '*' ? null : where;
      const visible = entries.filter((one) => isVisible(one, from) && isIn(one.ref.namespace, namespace));
      const named = visible.filter((one) => one.hosts.some((own) => name === '*' || hostsMeet(name, own)));
      return [...servicePeers(ofNamespace, namespace, name), ...named.map(entryPeers)];
    },
  };
}

function isIn(namespace: string | null, wanted: string | null): boolean {
  return wanted === null || namespace === wanted;
}

function isVisible({ ref, exportTo }: ServiceEntry, from: string): boolean {
  if (exportTo.length === 0 || exportTo.includes('*') || exportTo.includes(from)) return true;
  return exportTo.includes('.') && ref.namespace === from;
}

function hostsMeet(wanted: string, own: string): boolean {
  return domainMatches(wanted, own) || domainMatches(own, wanted);
}

/** All Services of a namespace stand for all its pods, so that one peer says it. */
function servicePeers(
  ofNamespace: ReadonlyMap<string, readonly Service[]>,
  namespace: string | null,
  name: string,
): Registered[] {
  if (name === '*') return [{ peers: [podsIn(namespace, null)], ports: null, entry: null }];
  const candidates =
    namespace === null ? [...ofNamespace.values()].flat() : (ofNamespace.get(namespace) ?? []);
  return candidates
    .filter(({ ref }) => hostsMeet(name, `${ref.name}.${ref.namespace}.svc.cluster.local`))
    .flatMap(({ ref, selector }) =>
      selector === null ? [] : [{ peers: [podsIn(ref.namespace, selector)], ports: null, entry: null }],
    );
}

function podsIn(namespace: string | null, labels: Readonly<Record<string, string>> | null): NetworkPeer {
  const namespaceSelector: LabelSelector = {
    matchLabels: namespace === null ? {} : { [NAMESPACE_NAME_LABEL]: namespace },
    matchExpressions: [],
  };
  const podSelector = labels === null ? null : { matchLabels: labels, matchExpressions: [] };
  return { type: 'pods', namespaceSelector, podSelector };
}

function entryPeers(entry: ServiceEntry): Registered {
  const blocks = [...entry.addresses, ...entry.endpoints].filter((one) => /^[\d.:a-fA-F/]+$/.test(one));
  const ports = entry.ports.filter(({ protocol }) => protocol !== 'UDP');
  return {
    peers: [
      { type: 'domain-names', names: entry.hosts },
      ...blocks.map((one): NetworkPeer => ({ type: 'ip-block', cidr: block(one), except: [] })),
    ],
    ports:
      ports.length === 0 ? null : ports.map((one) => ({ protocol: 'TCP', port: one.number, endPort: null })),
    entry,
  };
}

function block(text: string): string {
  if (text.includes('/')) return text;
  return `${text}/${text.includes(':') ? 128 : 32}`;
}
