/** Which identities of the clouds an agent acted as, and by which way it has them. */
import { principalKey } from '../match/principal.ts';
import type { Cloud, CredentialCandidate, Hop, Reached } from '../model/configured.ts';
import type { LedgerEntry, LedgerWorkload } from '../model/ledger.ts';
import type { Observed } from '../model/observed.ts';
import type { Doubt } from './define-detector.ts';
import { listed } from './words.ts';

export type IdentityUse = {
  principal: string;
  cloud: Cloud;
  /** The shortest way that configuration shows; null: none that was read. */
  reached: Reached | null;
  /** Calls that succeeded as it, and hops that led to it. */
  rows: readonly Observed[];
};

const CLOUDS: readonly Cloud[] = ['aws', 'gcp', 'azure'];
/** Identity needs the calls and hops that the wire shows; both are heard under TLS. */
export const IDENTITY_NEEDS = {
  signals: ['tls'],
  resources: ['workloads', 'serviceaccounts'],
  kinds: ['cloud-action', 'identity-hop'],
  processStart: false,
  baseline: false,
} as const;

export function cloudOf(principal: string): Cloud | null {
  return CLOUDS.find((cloud) => principal.startsWith(`${cloud}:`)) ?? null;
}

/** One per principal that was acted as. */
export function identityUses(view: LedgerWorkload): IdentityUse[] {
  const rows = view.entries.filter(isUse).map((entry) => ({ entry, principal: principalOf(entry)! }));
  const reached = new Map((view.reached ?? []).map((one) => [principalKey(one.principal), one]));
  return [...Map.groupBy(rows, ({ principal }) => principalKey(principal))].map(([key, group]) => {
    const { principal } = group[0]!;
    const way = reached.get(key) ?? null;
    return {
      principal: way?.principal ?? principal,
      cloud: cloudOf(principal)!,
      reached: way,
      rows: group.map(({ entry }) => entry.observed!),
    };
  });
}

function isUse(entry: LedgerEntry): boolean {
  const { observed } = entry;
  if (!observed || observed.count <= observed.errors || mayBeAttempt(observed)) return false;
  if (entry.kind !== 'cloud-action' && entry.kind !== 'identity-hop') return false;
  if (entry.kind === 'cloud-action' && !isCall(entry)) return false;
  const principal = principalOf(entry);
  return principal !== null && cloudOf(principal) !== null;
}

/**
 * What IAM remembers of last accesses counts refused ones too: it keeps from calling something unused, and proves no use.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
 */
export function mayBeAttempt({ sources }: Observed): boolean {
  return sources.length > 0 && sources.every((source) => source === 'aws:last-accessed');
}

/** Of permissions there are entries too, with what used them: this one is of a call itself. */
export function isCall({ kind, subject, observed }: LedgerEntry): boolean {
  return kind === 'cloud-action' && observed !== null && cloudOf(subject) !== null;
}

/** A hop is a use of the identity that it leads to. */
export function principalOf({ kind, observed }: LedgerEntry): string | null {
  if (!observed) return null;
  return kind === 'identity-hop' ? (observed.subject.split(' → ')[1] ?? null) : observed.principal;
}

/** Where its pods may look for credentials of that cloud, in order. */
export function candidatesOf(view: LedgerWorkload, cloud: Cloud): readonly CredentialCandidate[] {
  return (view.configured?.credentials ?? []).filter((one) => one.cloud === cloud);
}

/** The candidate by which it has a principal, whatever its status: what is in use works, whoever said it would not. */
export function candidateFor(view: LedgerWorkload, principal: string): CredentialCandidate | null {
  const key = principalKey(principal);
  const all = view.configured?.credentials ?? [];
  return all.find((one) => one.principal !== null && principalKey(one.principal) === key) ?? null;
}

/** `s3:GetObject`, of `aws:s3:GetObject`; hops by where they lead. */
export function actionsOf(rows: readonly Observed[]): string[] {
  const names = rows.map(({ kind, subject }) =>
    kind === 'identity-hop'
      ? `credentials by ${subject.split(' → ')[0]}`
      : subject.replace(/^(aws|gcp|azure):/, ''),
  );
  return [...new Set(names)].sort();
}

const NAMES = { aws: 'AWS', gcp: 'GCP', azure: 'Azure' } as const satisfies Record<Cloud, string>;
const SOURCES = { aws: 'aws-iam', gcp: 'gcp-policies', azure: 'azure-role-assignments' } as const;

/** Clouds in which it has or may have an identity, and of which nothing was read. */
export function unreadClouds(view: LedgerWorkload, read: ReadonlySet<string>): Doubt[] {
  return CLOUDS.filter((cloud) => !read.has(SOURCES[cloud])).flatMap((cloud) => {
    const signs = [
      ...candidatesOf(view, cloud).map(({ principal, mechanism }) => principal ?? mechanism),
      ...identityUses(view)
        .filter((one) => one.cloud === cloud)
        .map(({ principal }) => principal),
    ];
    if (signs.length === 0) return [];
    const who = listed([...new Set(signs)]);
    return [
      { reason: 'source-missing' as const, detail: `${NAMES[cloud]} was not read, where it has ${who}` },
    ];
  });
}

export function nameOfPrincipal(principal: string): string {
  return principal.replace(/^(aws|gcp|azure):/, '');
}

/** A hop that only operation showed. */
export function seenHop(from: string, to: string, mechanism: string | null): Hop {
  return {
    object: nameOfPrincipal(to),
    ref: null,
    field: mechanism ?? 'identity hop',
    why: `${nameOfPrincipal(from)} became it`,
    inherited: true,
  };
}
