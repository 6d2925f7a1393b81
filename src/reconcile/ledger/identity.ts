import type { Capability } from '../../model/configured.ts';
import type { LedgerEntry, LedgerWorkload, Ternary } from '../../model/ledger.ts';
import type { Observed, ObservedWorkload } from '../../model/observed.ts';
import { mergeObserved, notSeen, type Pair, rowsOf } from './entry.ts';
import { kubernetesEntries } from './kubernetes.ts';
import type { Uses } from './uses.ts';

/** Whether the cluster identity is in use at all, as far as the kernel shows it: token read and API server dialled. */
export type IdentityUse = {
  inUse: Ternary;
  why: string;
  /** Opens of a mounted token, as one. */
  tokenRead: Observed | null;
  /** Connections to the API server, as one. */
  apiServer: Observed | null;
};

/** Addresses of the API server: Service default/kubernetes and what was behind it, in every workload's view. */
export function apiServerSubjects(workloads: readonly ObservedWorkload[]): ReadonlySet<string> {
  const subjects = new Set<string>();
  for (const { peers } of workloads) {
    for (const peer of peers.values()) {
      if (peer.resolution !== 'service' || peer.namespace !== 'default' || peer.name !== 'kubernetes')
        continue;
      subjects.add(peer.subject);
      for (const backend of peer.backends) subjects.add(`tcp/${backend}`);
    }
  }
  return subjects;
}

/**
 * The principal as one edge (`identity-hop`), with what was seen of its use, and each of its permissions. As long as
 * nothing uses the identity, none of them is used.
 */
export function identityEntries(
  pair: Pair & { id: string },
  credentials: readonly LedgerEntry[],
  apiServer: ReadonlySet<string>,
  uses: Uses,
): LedgerEntry[] {
  const permissions = pair.capabilities.filter(({ kind }) => kind === 'kubernetes-action');
  const principal = pair.configured?.principal;
  const use = identityUse(pair, credentials, apiServer);
  const hops =
    principal === undefined || permissions.length === 0 ? [] : [hopEntry(principal, permissions, use)];
  return [...hops, ...kubernetesEntries(pair, permissions, use, uses)];
}

function hopEntry(principal: string, permissions: readonly Capability[], use: IdentityUse): LedgerEntry {
  const both = [use.tokenRead, use.apiServer].filter((row) => row !== null);
  return {
    kind: 'identity-hop',
    discipline: 'identity',
    subject: principal,
    capabilities: permissions,
    configured: 'yes',
    decidedBy: use.why,
    // Each use of the identity is a connection; the token is read once for many.
    observed: use.inUse === 'yes' ? mergeObserved(both.slice(-1), 'identity-hop', principal) : null,
    exercised: use.inUse,
  };
}

function identityUse(
  pair: Pair,
  credentials: readonly LedgerEntry[],
  apiServer: ReadonlySet<string>,
): IdentityUse {
  const tokens = credentials.filter(isTokenRead).map(({ observed }) => observed!);
  const contacts = rowsOf(pair, 'egress').filter(({ subject }) => apiServer.has(subject));
  const seen = {
    tokenRead: mergeObserved(tokens, 'credential-source', 'service account token'),
    apiServer: mergeObserved(contacts, 'egress', contacts[0]?.subject ?? ''),
  };
  return { ...seen, ...decide(pair, seen) };
}

function decide(
  pair: Pair,
  { tokenRead, apiServer }: Pick<IdentityUse, 'tokenRead' | 'apiServer'>,
): Pick<IdentityUse, 'inUse' | 'why'> {
  if (tokenRead && apiServer)
    return { inUse: 'yes', why: 'its token was read and the API server was contacted' };
  if (apiServer)
    return { inUse: 'unknown', why: 'the API server was contacted, and its token was not seen being read' };
  const unresolved = unresolvedPeers(pair);
  const doubt =
    unresolved.length > 0 ? `the API server may be behind ${unresolved[0]}, which was not resolved` : null;
  const { exercised, decidedBy } = notSeen(pair, ['egress'], doubt);
  const quiet = tokenRead ? 'its token was read, the API server was not contacted' : 'nothing used it';
  return { inUse: exercised, why: decidedBy ?? quiet };
}

function unresolvedPeers({ observed }: Pair): string[] {
  if (!observed) return [];
  return observed.observations
    .filter(({ kind, subject }) => kind === 'egress' && isUnresolved(observed, subject))
    .map(({ subject }) => subject);
}

function isUnresolved({ peers }: ObservedWorkload, subject: string): boolean {
  return (peers.get(subject)?.resolution ?? 'unresolved') === 'unresolved';
}

function isTokenRead({ kind, observed, capabilities }: LedgerEntry): boolean {
  const files = capabilities.some(({ allow }) => allow.some((pattern) => pattern.type === 'path'));
  return kind === 'credential-source' && observed !== null && files;
}

/** The entry that says whether the workload's cluster identity is in use; null where it has no permissions. */
export function identityHop(workload: LedgerWorkload): LedgerEntry | null {
  return workload.entries.find(({ kind }) => kind === 'identity-hop') ?? null;
}
