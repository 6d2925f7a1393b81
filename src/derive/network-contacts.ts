/** Which destinations of a workload enter its policy, which wait for a person, and which are refused. */
import { type DestinationOf, parseSubject } from '../match/destination.ts';
import { egressVerdict } from '../match/egress.ts';
import type { Destination } from '../match/network-peer.ts';
import type { Finding } from '../model/finding.ts';
import type { LedgerEntry, LedgerWorkload, Thresholds } from '../model/ledger.ts';
import { isConfident, type Seen, seenBySubject, seenText } from './decisions.ts';
import { type Grant, grantsFor, isNodeLocalDns } from './network-grant.ts';

export type Contact = {
  subject: string;
  /** `llm-gateway.llm (tcp/10.96.0.20:443)` */
  name: string;
  seen: Seen;
  destination: Destination | null;
  grants: readonly Grant[];
  /** Below the threshold, and kept all the same: a policy that cuts name resolution cuts everything. */
  dns: boolean;
};

export type Contacts = {
  included: readonly Contact[];
  /** Too rare, or denied already. */
  below: readonly string[];
  /** Above the threshold and left out: applying the policy would cut them. */
  withheld: readonly string[];
};

const DNS_PORT = 53;
/** Cluster DNS: in a pod, behind a Service, or on the node itself. A resolver outside is a destination like others. */
const CLUSTER_DNS: readonly Destination['resolution'][] = ['pod', 'service', 'node', 'host-network'];

function allowsIn(entry: LedgerEntry, tiers: readonly string[]): boolean {
  return entry.capabilities.some(({ allow }) =>
    allow.some((pattern) => pattern.type === 'network' && tiers.includes(pattern.tier)),
  );
}

/** A finding of Gap 2 or 3 that this destination is part of: there a policy would be the wrong remedy. */
function findingAgainst(entries: readonly LedgerEntry[], findings: readonly Finding[]): Finding | null {
  const foreign = entries.some((e) => allowsIn(e, ['admin', 'baseline']) && !allowsIn(e, ['namespace']));
  const against = findings.find(({ kind, shift }) => {
    if (kind === 'foreign-policy-egress') return foreign;
    const movers = kind === 'destination-shift' ? (shift?.movers ?? []) : [];
    return movers.some((mover) => mover.subject === entries[0]!.subject && mover.window > mover.baseline);
  });
  return against ?? null;
}

function isDns(subject: string, destination: Destination | null): boolean {
  if (isNodeLocalDns(subject)) return true;
  return destination?.port === DNS_PORT && CLUSTER_DNS.includes(destination.resolution);
}

function nameOf({ observed }: LedgerWorkload, subject: string): string {
  const peer = observed?.peers.get(subject);
  if (!peer?.name) return subject;
  return `${peer.name}${peer.namespace === null ? '' : `.${peer.namespace}`} (${subject})`;
}

/** A resolver is asked rarely where answers are cached: cut, it takes every name with it, so a person decides. */
function rare({ name, seen, subject }: Omit<Contact, 'grants'>, entries: readonly LedgerEntry[]): Sorted {
  const text = `${name} ${seenText(seen)}`;
  const allowed = entries.some((entry) => entry.configured !== 'no');
  if (!allowed || parseSubject(subject)?.port !== DNS_PORT) return { below: text };
  return { withheld: `${text}: it may be how names are resolved` };
}

/** What is denied of another node: a rule for it would either do nothing or allow more than today's policies. */
function isOwnNodeAlone({ capabilities }: LedgerWorkload, destination: Destination | null): boolean {
  if (destination?.resolution !== 'node' && destination?.resolution !== 'host-network') return false;
  const elsewhere = { ...destination, node: { labels: destination.node?.labels ?? null, local: false } };
  const [own, other] = [destination, elsewhere].map((one) => egressVerdict(capabilities, one).verdict);
  return own !== 'deny' && other === 'deny';
}

type Sorted = { included?: Contact; below?: string; withheld?: string };

function sortOne(
  contact: Omit<Contact, 'grants'>,
  entries: readonly LedgerEntry[],
  context: { workload: LedgerWorkload; findings: readonly Finding[]; thresholds: Thresholds },
): Sorted {
  const { name, seen, subject } = contact;
  const confident = isConfident(seen, context.thresholds);
  if (entries.every((entry) => entry.configured === 'no') && (confident || contact.dns)) {
    return { below: `${name} ${seenText(seen)}: denied by ${entries[0]!.decidedBy}, so these were attempts` };
  }
  if (isOwnNodeAlone(context.workload, contact.destination) && (confident || contact.dns)) {
    return {
      below: `${name} ${seenText(seen)}: a node, which needs no rule where the pods run on it, and is denied where they do not`,
    };
  }
  if (!confident && !contact.dns) return rare(contact, entries);
  const finding = findingAgainst(entries, context.findings);
  if (finding !== null && !contact.dns) {
    return {
      withheld: `${name} refused: part of [G${finding.gap}] ${finding.id}, which a policy does not mend`,
    };
  }
  const granted = grantsFor(subject, context.workload.observed?.peers.get(subject));
  if ('refusal' in granted) return { withheld: `${name} ${seenText(seen)}: ${granted.refusal}` };
  return { included: { ...contact, grants: granted.grants } };
}

export function contactsOf(
  workload: LedgerWorkload,
  findings: readonly Finding[],
  thresholds: Thresholds,
  destinationOf: DestinationOf,
): Contacts {
  const peers = workload.observed?.peers;
  // Loopback never leaves the pod: no policy sees it.
  const entries = workload.entries.filter(
    ({ kind, observed, subject }) =>
      kind === 'egress' && observed !== null && peers?.get(subject)?.resolution !== 'loopback',
  );
  const bySubject = Map.groupBy(entries, (entry) => entry.subject);
  const seen = seenBySubject(entries.map((entry) => entry.observed!));
  const own = findings.filter((finding) => finding.workload === workload.id);
  const sorted = [...bySubject]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([subject, rows]) => {
      const destination = destinationOf(subject, workload.observed?.peers.get(subject));
      const dns = isDns(subject, destination);
      const contact = {
        subject,
        name: nameOf(workload, subject),
        seen: seen.get(subject)!,
        destination,
        dns,
      };
      return sortOne(contact, rows, { workload, findings: own, thresholds });
    });
  return {
    included: sorted.flatMap(({ included }) => included ?? []),
    below: sorted.flatMap(({ below }) => below ?? []),
    withheld: sorted.flatMap(({ withheld }) => withheld ?? []),
  };
}
