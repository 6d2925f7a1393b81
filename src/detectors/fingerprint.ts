/** Names for findings that survive restarts, releases and other windows. */
import { createHash } from 'node:crypto';
import type { Hop } from '../model/configured.ts';
import type { FindingKind } from '../model/finding.ts';
import type { Discipline, Gap } from '../model/kinds.ts';
import { parseKubernetesWorkloadId } from '../model/workload.ts';

const ID_LENGTH = 10;

export type Identity = {
  workload: string;
  gap: Gap;
  discipline: Discipline;
  kind: FindingKind;
  subject: string;
};

/** identity/v1: who and what. Pod, node, pid, time, count and version are left out: they change, the finding does not. */
export function identityFingerprint(identity: Identity): string {
  return sha256(canonical({ schema: 'identity/v1', ...identityFields(identity) }));
}

/** evidence/v1: also the way by which it is granted. The same finding by another path is news. */
export function evidenceFingerprint(identity: Identity, path: readonly Hop[]): string {
  const hops = path.map(({ object, field, inherited }) => ({ object, field, inherited }));
  return sha256(canonical({ schema: 'evidence/v1', ...identityFields(identity), hops }));
}

function identityFields({ workload, gap, discipline, kind, subject }: Identity) {
  const parsed = parseKubernetesWorkloadId(workload);
  const owner = parsed
    ? { cluster: parsed.cluster, namespace: parsed.namespace, ownerKind: parsed.kind, name: parsed.name }
    : { workload };
  return { ...owner, gap, discipline, kind, subject };
}

/** First 10 hex of each fingerprint, longer where two would read the same. */
export function shortIds(fingerprints: readonly string[]): ReadonlyMap<string, string> {
  const unique = [...new Set(fingerprints)];
  const short = (length: number) => new Set(unique.map((one) => one.slice(0, length))).size;
  let length = ID_LENGTH;
  while (short(length) < unique.length) length += 1;
  return new Map(unique.map((one) => [one, one.slice(0, shortest(one, unique, length))]));
}

/** Only those that collide grow, so that an id printed yesterday still means the same. */
function shortest(one: string, all: readonly string[], limit: number): number {
  const clashes = (length: number) =>
    all.some((other) => other !== one && other.startsWith(one.slice(0, length)));
  let length = ID_LENGTH;
  while (length < limit && clashes(length)) length += 1;
  return length;
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Keys sorted by code unit, no white space: RFC 8785 for the strings, integers and nulls that occur here. */
export function canonical(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
