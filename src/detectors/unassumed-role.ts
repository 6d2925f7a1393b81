import { principalKey } from '../match/principal.ts';
import type { Hop, Reached } from '../model/configured.ts';
import type { LedgerWorkload } from '../model/ledger.ts';
import { type DetectorResult, type Doubt, type Draft, defineDetector } from './define-detector.ts';
import { absence, absenceConfidence, windowOf } from './evidence.ts';
import { cloudOf, IDENTITY_NEEDS, identityUses, nameOfPrincipal, unreadClouds } from './identities.ts';

const SIGNALS = ['tls'] as const;

/** Identities that the agent may become, and never did. */
export const unassumedRole = defineDetector({
  kind: 'unassumed-role',
  gap: 1,
  discipline: 'identity',
  needs: { ...IDENTITY_NEEDS, signals: SIGNALS, absence: true },
  detect(view, { ledger }): DetectorResult<1> {
    const used = new Set(identityUses(view).map(({ principal }) => principalKey(principal)));
    const chains = (view.reached ?? []).filter(
      ({ edges, conditions }) => edges.length > 0 && conditions.length === 0,
    );
    const latent = chains.filter(
      (one) => !used.has(principalKey(one.principal)) && !leadsToUsed(view, one, used) && isUnused(view, one),
    );
    const read = new Set((ledger.configured?.coverage ?? []).map(({ resource }) => resource));
    return {
      drafts: latent.map((one) => draft(view, one)),
      doubts: [...unreadClouds(view, read), ...open(view)],
    };
  },
});

/** Whether it may become them hangs on what was not read or is not known. */
function open(view: LedgerWorkload): Doubt[] {
  const [first] = (view.reached ?? []).filter(
    ({ edges, conditions, principal }) =>
      edges.length > 0 && conditions.length > 0 && cloudOf(principal) !== null,
  );
  if (!first) return [];
  return [
    {
      reason: 'source-denied',
      detail: `it may become ${nameOfPrincipal(first.principal)} if ${first.conditions[0]}`,
    },
  ];
}

/** Within the cluster a hop is a request: it was not made if the permissions for it were not used. */
function isUnused(view: LedgerWorkload, { edges, principal }: Reached): boolean {
  if (cloudOf(principal) !== null) return true;
  const grants = new Set(edges.flatMap(({ path }) => path.map(({ object, field }) => `${object} ${field}`)));
  return view.entries.some(
    ({ kind, exercised, capabilities: [one] }) =>
      kind === 'kubernetes-action' && exercised === 'no' && grants.has(placeOf(one?.path.at(-1))),
  );
}

function placeOf(hop: Hop | undefined): string {
  return `${hop?.object} ${hop?.field}`;
}

/** A role that was only passed through was assumed. */
function leadsToUsed(view: LedgerWorkload, { principal }: Reached, used: ReadonlySet<string>): boolean {
  return (view.reached ?? []).some(
    (one) => used.has(principalKey(one.principal)) && one.edges.some(({ from }) => from === principal),
  );
}

function draft(view: LedgerWorkload, { principal, edges, path }: Reached): Draft<1> {
  const who = nameOfPrincipal(principal);
  const last = edges.at(-1)!;
  const hop = last.path.at(-1) ?? path.at(-1)!;
  const by = `${nameOfPrincipal(last.from)} by ${last.by}`;
  return {
    subject: who,
    claim: `${view.label} may become ${who} (${by}); in ${windowOf(view.observed)} it never did.`,
    configured: { summary: `${who}, from ${by}`, path },
    operational: absence(view, SIGNALS, `no call as ${who}, and no hop to it`, [who]),
    remedy: { scopeDown: { object: hop.object, field: hop.field } },
    aggravated: edges.length > 1 || last.path.some(({ inherited }) => inherited),
    ...absenceConfidence(view, 'unassumed-role', SIGNALS),
  };
}
