/** Questions about egress that several detectors ask. */
import type { Capability, Pattern } from '../model/configured.ts';
import type { LedgerEntry, LedgerWorkload } from '../model/ledger.ts';
import type { Peer } from '../model/snapshot.ts';
import { canonical } from './fingerprint.ts';

type Tier = Extract<Pattern, { type: 'network' }>['tier'];

/** Contacts that policies decide on: loopback never leaves the pod. */
export function contacts(view: LedgerWorkload): LedgerEntry[] {
  return view.entries.filter(
    (entry) => entry.kind === 'egress' && entry.observed && peerOf(view, entry)?.resolution !== 'loopback',
  );
}

/** A connect that failed was still tried, and may have been let through to a peer that refused it. */
export function connected(
  entries: readonly LedgerEntry[],
): 'connected to' | 'tried, without success, to connect to' {
  const failed = entries.every(({ observed }) => observed !== null && observed.errors >= observed.count);
  return failed ? 'tried, without success, to connect to' : 'connected to';
}

export function peerOf(view: LedgerWorkload, entry: LedgerEntry): Peer | null {
  return view.observed?.peers.get(entry.subject) ?? null;
}

/** `vector-store.research (tcp/10.96.0.30:6333)`, or the bare address where nothing names it. */
export function destinationName(view: LedgerWorkload, entry: LedgerEntry): string {
  return subjectName(view, entry.subject);
}

export function subjectName(view: LedgerWorkload, subject: string): string {
  const peer = view.observed?.peers.get(subject);
  if (!peer?.name) return subject;
  return `${peer.namespace ? `${peer.name}.${peer.namespace}` : peer.name} (${subject})`;
}

/** In another namespace, or outside the cluster: further than the agent's own namespace shows. */
export function leavesNamespace(view: LedgerWorkload, entry: LedgerEntry): boolean {
  const peer = peerOf(view, entry);
  if (!peer || peer.resolution === 'unresolved') return false;
  return peer.resolution === 'external' || peer.namespace !== view.configured?.namespace;
}

export function isExternal(view: LedgerWorkload, entry: LedgerEntry): boolean {
  return peerOf(view, entry)?.resolution === 'external';
}

export function allowsIn(capability: Capability, tiers: readonly Tier[]): boolean {
  return capability.allow.some((pattern) => pattern.type === 'network' && tiers.includes(pattern.tier));
}

/** What the rules of a capability say, whatever place they have in their policy and however they are worded. */
export function ruleKey({ allow }: Capability): string {
  return canonical(allow.filter((pattern) => pattern.type === 'network'));
}

/** `NetworkPolicy research/report-agent spec.egress[1].to[0]` */
export function edgeName(capability: Capability): string {
  const hop = capability.path.at(-1);
  return hop ? `${hop.object} ${hop.field}` : capability.summary;
}
