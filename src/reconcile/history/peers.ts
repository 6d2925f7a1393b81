import { INSTANCE_LABELS } from '../../catalog/churning-labels.ts';
import type { Kind } from '../../model/kinds.ts';
import type { Peer, ReadSegment } from '../../model/snapshot.ts';
import { type Keys, SUBJECT_FIELD } from './keys.ts';
import { byText, sortedUnique } from './order.ts';

/** Egress subject → what it was each time that it was dialled, each answer once. */
export type PeerVariants = Map<number, Peer[]>;

const EGRESS = 'egress' satisfies Kind;
const MAX_BACKENDS = 64;

export function collectPeers(
  into: PeerVariants,
  segment: ReadSegment,
  workloads: Int32Array,
  keys: Keys,
): void {
  if (segment.peers.length === 0) return;
  const bySubject = new Map(segment.peers.map((peer) => [peer.subject, peer]));
  const peers = segment.dict.map((text) => bySubject.get(text));
  const isEgress = segment.dict.map((text) => text === EGRESS);
  const { kind, subject, workload } = segment.observations;
  const tuple = Int32Array.of(-1, keys.strings.id(EGRESS), -1);
  for (let row = 0; row < kind.length; row++) {
    const peer = isEgress[kind[row]!] ? peers[subject[row]!] : undefined;
    if (!peer) continue;
    tuple[SUBJECT_FIELD.workload] = workloads[workload[row]!]!;
    tuple[SUBJECT_FIELD.subject] = keys.strings.id(peer.subject);
    addVariant(into, keys.subjects.intern(tuple), peer);
  }
}

function addVariant(into: PeerVariants, subject: number, peer: Peer): void {
  const variants = into.get(subject);
  if (!variants) into.set(subject, [peer]);
  else if (!variants.some((known) => samePeer(known, peer))) variants.push(peer);
}

/** The same answer comes with every segment, so this is asked far more often than it says no. */
function samePeer(a: Peer, b: Peer): boolean {
  if (a.resolution !== b.resolution || a.namespace !== b.namespace || a.name !== b.name) return false;
  return sameEntries(a.labels, b.labels) && sameItems(a.backends, b.backends);
}

function sameItems(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

function sameEntries(a: Peer['labels'], b: Peer['labels']): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
  );
}

/**
 * One answer for the window. Pod addresses are reused, so an address that was two different things, or a pod once
 * and unknown at another time, is unresolved: its row adds up what cannot be told apart.
 */
export function mergePeers(variants: readonly Peer[]): Peer {
  const ordered = [...variants].sort(byText(identity, (peer) => peer.backends.join()));
  const resolved = ordered.filter((peer) => peer.resolution !== 'unresolved');
  const [first] = resolved;
  if (!first) return ordered[0]!;
  const reused = first.resolution === 'pod' && resolved.length < variants.length;
  if (reused || resolved.some((peer) => stableIdentity(peer) !== stableIdentity(first)))
    return { ...first, resolution: 'unresolved', namespace: null, name: null, labels: {}, backends: [] };
  return {
    ...first,
    name: resolved.every(({ name }) => name === first.name) ? first.name : null,
    labels: commonLabels(resolved),
    backends: sortedUnique(resolved.flatMap(({ backends }) => backends)).slice(0, MAX_BACKENDS),
  };
}

function commonLabels(peers: readonly Peer[]): Record<string, string> {
  const common = Object.entries(peers[0]!.labels).filter(([key, value]) =>
    peers.every(({ labels }) => labels[key] === value),
  );
  return Object.fromEntries(common);
}

function stableIdentity(peer: Peer): string {
  // A Service is known by its name; pods behind one controller differ in theirs.
  const name = peer.resolution === 'pod' ? null : peer.name;
  const labels = Object.entries(peer.labels).filter(([key]) => !INSTANCE_LABELS.has(key));
  return JSON.stringify([peer.resolution, peer.namespace, name, labels.sort(byText(([key]) => key))]);
}

function identity(peer: Peer): string {
  const labels = Object.entries(peer.labels).sort(byText(([key]) => key));
  return JSON.stringify([peer.resolution, peer.namespace, peer.name, labels]);
}
