import { principalKey } from '../match/principal.ts';
import type { CredentialCandidate, Hop } from '../model/configured.ts';
import type { LedgerWorkload } from '../model/ledger.ts';
import { type DetectorResult, type Draft, defineDetector } from './define-detector.ts';
import { hiddenDraft } from './hidden-identity.ts';
import {
  candidateFor,
  candidatesOf,
  IDENTITY_NEEDS,
  type IdentityUse,
  identityUses,
  nameOfPrincipal,
} from './identities.ts';

const OWN: ReadonlySet<CredentialCandidate['mechanism']> = new Set([
  'pod-identity',
  'web-identity',
  'workload-identity',
  'direct-workload-identity',
  'federated-token',
]);

const FAILS: ReadonlySet<CredentialCandidate['status']> = new Set(['shadowed', 'broken', 'unreachable']);

/** An identity of its own was set up for the agent, and it works as another: shadowed, broken, or replaced. */
export const displacedIdentity = defineDetector({
  kind: 'displaced-identity',
  gap: 2,
  discipline: 'identity',
  needs: { ...IDENTITY_NEEDS, absence: false },
  detect(view, { ledger }): DetectorResult<2> {
    const holders = new Set((ledger.configured?.capabilities ?? []).map(({ holder }) => holder.id));
    return { drafts: identityUses(view).flatMap((use) => displaced(view, use, holders)) };
  },
});

function displaced(view: LedgerWorkload, use: IdentityUse, holders: ReadonlySet<string>): Draft<2>[] {
  // What it became from there is another finding: here the question is where it begins.
  if (use.reached && use.reached.edges.length > 0) return [];
  const taken = candidateFor(view, use.principal);
  if (taken?.status === 'trusted') return [unasked(view, use, taken)];
  const candidates = candidatesOf(view, use.cloud);
  const meant = candidates.filter(
    (one) =>
      isMeant(one, candidates, holders) &&
      FAILS.has(one.status) &&
      (one.principal === null || principalKey(one.principal) !== principalKey(use.principal)),
  );
  return meant.slice(0, 1).map((one) => draft(view, use, one));
}

/** It works as one that trusts it, and that nothing was set up to ask for. */
function unasked(view: LedgerWorkload, use: IdentityUse, { path, reason }: CredentialCandidate): Draft<2> {
  const cut = path.findLast(({ inherited }) => inherited);
  const claim = `acted as ${nameOfPrincipal(use.principal)}: ${reason}`;
  return hiddenDraft(view, use, { claim, path, ...(cut ? { cut } : {}) });
}

/** Every pod of a cluster with a pool has the direct one: meant where it was granted something, and nothing is annotated. */
function isMeant(
  { mechanism, principal }: CredentialCandidate,
  all: readonly CredentialCandidate[],
  holders: ReadonlySet<string>,
): boolean {
  if (mechanism !== 'direct-workload-identity') return OWN.has(mechanism);
  const annotated = all.some((one) => one.mechanism === 'workload-identity');
  return !annotated && principal !== null && holders.has(principal);
}

function draft(view: LedgerWorkload, use: IdentityUse, meant: CredentialCandidate): Draft<2> {
  const actual =
    candidateFor(view, use.principal) ??
    candidatesOf(view, use.cloud).find(({ status }) => status === 'effective');
  const path = meant.status === 'broken' ? meant.path : [...(actual?.path ?? []), ...meant.path];
  const cut = meant.status === 'broken' ? meant.path.at(-1) : causeOf(meant, actual?.path ?? meant.path);
  const claim =
    `is meant to act as ${nameOfPrincipal(meant.principal ?? meant.mechanism)} by ${meant.mechanism}, which is ` +
    `${meant.status} (${meant.reason}), and acted as ${nameOfPrincipal(use.principal)}`;
  return hiddenDraft(view, use, { claim, path, ...(cut ? { cut } : {}) });
}

/** On the network of its node nothing answers a pod as itself: that, and not whose the node is, has to change. */
function causeOf({ status }: CredentialCandidate, actual: readonly Hop[]): Hop | undefined {
  const shares = actual.find(({ field }) => field.endsWith('spec.hostNetwork'));
  return status === 'unreachable' && shares ? shares : actual.at(-1);
}
