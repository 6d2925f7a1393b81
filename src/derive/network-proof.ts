/** What a policy proves about itself: replay, subset, and what it takes away. All asked of the evaluator. */
import { egressVerdict } from '../match/egress.ts';
import type { Destination, PodEndpoint } from '../match/network-peer.ts';
import type { Capability, ConfiguredPosture } from '../model/configured.ts';
import type { LedgerWorkload } from '../model/ledger.ts';
import type { DerivedPolicy } from '../model/report.ts';
import type { Contact } from './network-contacts.ts';
import { DNS_PODS, DNS_PORTS } from './network-document.ts';
import type { Grant } from './network-grant.ts';

export function replay(under: readonly Capability[], contacts: readonly Contact[]): DerivedPolicy['replay'] {
  const verdicts = contacts.map(({ name, destination }) => ({
    name,
    verdict: destination === null ? 'unknown' : egressVerdict(under, destination).verdict,
  }));
  const denied = verdicts.filter(({ verdict }) => verdict !== 'allow');
  return { checked: contacts.length, denied: denied.map(({ name, verdict }) => `${name}: ${verdict}`) };
}

/** A selector that excludes may exclude a pod that the derived one includes, and labels alone cannot tell. */
function excludes({ allow }: Capability): boolean {
  return allow.some(
    (pattern) =>
      pattern.type === 'network' &&
      (pattern.peers ?? []).some(
        (peer) =>
          peer.type === 'pods' &&
          [peer.podSelector, peer.namespaceSelector].some((one) =>
            one?.matchExpressions.some(({ operator }) => operator === 'NotIn' || operator === 'DoesNotExist'),
          ),
      ),
  );
}

type Asked = { name: string; destination: Destination };

/** A pod with the labels of the selector and no others, in that namespace: what every selected pod at least is. */
function podAsked(grant: Omit<Grant, 'caveat'>, pod: PodEndpoint): Asked {
  const { port, protocol } = grant;
  const labels = Object.entries(pod.labels ?? {}).map((pair) => pair.join('='));
  return {
    name: `pods ${labels.join(',')} in ${pod.namespace}, ${protocol} ${port}`,
    destination: { address: null, port, protocol, resolution: 'pod', pod },
  };
}

type NamespaceLabels = (namespace: string) => PodEndpoint['namespaceLabels'];

/** Container ports are taken from the destination itself: the configuration may allow a port by its name. */
function grantAsked({ destination }: Contact, grant: Grant, namespaceLabels: NamespaceLabels): Asked {
  const { peer, port, protocol } = grant;
  if (peer.type === 'pods') {
    const ports = (destination?.backends?.[0] ?? destination)?.pod?.ports ?? null;
    const { namespace, labels } = peer;
    return podAsked(grant, { namespace, namespaceLabels: namespaceLabels(namespace), labels, ports });
  }
  const resolution = destination?.resolution ?? 'unresolved';
  return {
    name: `${peer.cidr}, ${protocol} ${port}`,
    destination: {
      address: peer.cidr.replace(/\/\d+$/, ''),
      port,
      protocol,
      resolution: resolution === 'service' ? 'unresolved' : resolution,
      node: { labels: null },
    },
  };
}

function dnsAsked(namespaceLabels: NamespaceLabels): Asked[] {
  const { namespace, labels } = DNS_PODS;
  const pod = { namespace, namespaceLabels: namespaceLabels(namespace), labels, ports: null };
  return DNS_PORTS.map(({ port, protocol }) =>
    podAsked({ peer: { type: 'pods', namespace, labels }, port, protocol }, pod),
  );
}

function judge(current: readonly Capability[], { destination }: Asked): 'allow' | 'deny' | 'unknown' {
  const { verdict, all } = egressVerdict(current, destination);
  const certain = verdict !== 'allow' || all.length === 0 || all.some((one) => !excludes(one));
  return certain ? verdict : 'unknown';
}

/**
 * Every rule of the document, asked of the configuration as it is. `adds`: what it would add, name resolution aside,
 * which a policy must not cut even where the configuration seems to.
 */
export function subset(
  current: readonly Capability[],
  contacts: readonly Contact[],
  posture: ConfiguredPosture | null,
): { subset: DerivedPolicy['subset']; adds: readonly string[] } {
  if (posture === null) {
    return { subset: { state: 'unknown', detail: ['its configuration was not given'] }, adds: [] };
  }
  const known = new Map((posture.namespaces ?? []).map(({ name, labels }) => [name, labels]));
  const namespaceLabels: NamespaceLabels = (namespace) => known.get(namespace) ?? null;
  const grants = contacts.flatMap((contact) =>
    contact.grants.map((g) => grantAsked(contact, g, namespaceLabels)),
  );
  const dns = dnsAsked(namespaceLabels);
  const dnsNames = new Set(dns.map(({ name }) => name));
  const asked = new Map([...dns, ...grants].map((one) => [one.name, judge(current, one)]));
  const named = (verdict: string) => [...asked].flatMap(([name, v]) => (v === verdict ? [name] : []));
  const added = named('deny');
  const unknown = named('unknown').map((name) => `not known: ${name}`);
  const detail = added.map((name) =>
    dnsNames.has(name) ? `name resolution, always allowed: ${name}` : name,
  );
  const state = added.length > 0 ? 'no' : unknown.length > 0 ? 'unknown' : 'yes';
  return { subset: { state, detail: [...detail, ...unknown] }, adds: added.filter((n) => !dnsNames.has(n)) };
}

/** Wider than what any single observed destination needs. */
function isWide({ allow }: Capability): boolean {
  return allow.some((pattern) => {
    if (pattern.type !== 'network') return false;
    if (pattern.peers === null || pattern.ports === null) return true;
    return pattern.peers.some(
      (peer) =>
        (peer.type === 'ip-block' && !/\/(32|128)$/.test(peer.cidr)) ||
        (peer.type === 'pods' && !peer.podSelector),
    );
  });
}

function isOwnAllow({ kind, effect, allow }: Capability): boolean {
  const own = allow.some(
    (one) =>
      one.type === 'network' &&
      one.action === 'allow' &&
      (one.tier === 'namespace' || one.tier === 'default'),
  );
  return kind === 'egress' && effect !== 'deny' && own;
}

/** Rules of today's own configuration that no included destination falls under, and wide ones that get narrower. */
export function removed(workload: LedgerWorkload, contacts: readonly Contact[]): string[] {
  const current = workload.capabilities.filter(isOwnAllow);
  const kept = new Set(
    contacts.flatMap(({ destination }) =>
      destination === null ? [] : egressVerdict(current, destination).all,
    ),
  );
  const used = new Set(
    workload.entries.flatMap((entry) =>
      entry.observed === null ? [] : entry.capabilities.map(({ id }) => id),
    ),
  );
  return current
    .filter((capability) => !kept.has(capability) || isWide(capability))
    .map((capability) => {
      const hop = capability.path.at(-1);
      const where = hop === undefined ? '' : ` (${hop.object} ${hop.field})`;
      if (kept.has(capability)) return `narrows ${capability.summary}${where}`;
      return `${capability.summary}${where}${used.has(capability.id) ? ', used: see review' : ''}`;
    });
}
