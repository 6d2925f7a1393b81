import { isGained } from '../match/identity.ts';
import { principalKey } from '../match/principal.ts';
import type { Hop, Reached } from '../model/configured.ts';
import type { LedgerWorkload } from '../model/ledger.ts';
import { type DetectorResult, type Doubt, type Draft, defineDetector } from './define-detector.ts';
import { absence, absenceConfidence, windowOf } from './evidence.ts';
import { cloudOf, IDENTITY_NEEDS, identityUses, nameOfPrincipal, unreadClouds } from './identities.ts';
import { listed } from './words.ts';

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
      (one) => (one.edges.length > 0 || isTrusted(one)) && one.conditions.length === 0 && !isGained(one),
    );
    const latent = chains.filter(
      (one) => !used.has(principalKey(one.principal)) && !leadsToUsed(view, one, used) && isUnused(view, one),
    );
    const read = new Set((ledger.configured?.coverage ?? []).map(({ resource }) => resource));
    return {
      drafts: [...latent.map((one) => draft(view, one)), ...gainDrafts(view)],
      doubts: [...unreadClouds(view, read), ...open(view)],
    };
  },
});

/** Let in by a token that lies in its pods, or that these may make, and configured by nothing. */
function isTrusted({ credential, edges }: Reached): boolean {
  return credential?.status === 'trusted' && edges.length === 0;
}

/** Whether it may become them hangs on what was not read or is not known. */
function open(view: LedgerWorkload): Doubt[] {
  const isOpen = ({ edges, conditions, principal }: Reached) =>
    edges.length > 0 && conditions.length > 0 && cloudOf(principal) !== null;
  const first = (view.reached ?? []).find((one) => isOpen(one) && !isGained(one)) ?? view.gains?.find(isOpen);
  if (!first) return [];
  return [
    { reason: 'source-denied', detail: `it may become ${gainedName(first)} if ${first.conditions[0]}` },
  ];
}

/** Permissions that it may give an identity which it has; one finding for all of that identity. */
function gainDrafts(view: LedgerWorkload): Draft<1>[] {
  const sure = (view.gains ?? []).filter((one) => one.conditions.length === 0 && !isGivenFurther(one));
  const idle = sure.filter((one) => !wasCalled(view, one));
  return [...Map.groupBy(idle, ({ principal }) => principal).values()].map((group) => gainDraft(view, group));
}

/** What takes another change first is no news beside that one. */
function isGivenFurther({ edges }: Reached): boolean {
  return edges.slice(0, -1).some(({ gains }) => gains !== undefined);
}

/** Whether any of the changes was made. */
function wasCalled(view: LedgerWorkload, { edges }: Reached): boolean {
  const calls = new Set(edges.at(-1)!.by.toLowerCase().split(' + '));
  return view.entries.some(({ observed }) => {
    if (observed?.kind !== 'cloud-action' || observed.count <= observed.errors) return false;
    return calls.has(observed.subject.replace(/^(aws|gcp):/, '').toLowerCase());
  });
}

function gainDraft(view: LedgerWorkload, group: readonly Reached[]): Draft<1> {
  const first = group[0]!;
  const ways = [...new Set(group.map(({ edges }) => edges.at(-1)!.by))];
  const who = gainedName(first);
  const hop = first.path.at(-1)!;
  const summary = `${who}, by ${listed(ways)}`;
  return {
    subject: who,
    claim: `${view.label} may make itself ${summary}; in ${windowOf(view.observed)} it never did.`,
    configured: { summary, path: first.path },
    operational: absence(view, SIGNALS, `no call of ${listed(ways)}`, ways),
    remedy: { scopeDown: { object: hop.object, field: hop.field } },
    aggravated: true,
    ...absenceConfidence(view, 'unassumed-role', SIGNALS),
  };
}

function gainedName({ principal, edges }: Reached): string {
  const gains = edges.at(-1)?.gains;
  return `${nameOfPrincipal(principal)}${gains === undefined ? '' : ` ${gains}`}`;
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
  const last = edges.at(-1);
  const hop = last?.path.at(-1) ?? path.at(-1)!;
  const by = last
    ? `${nameOfPrincipal(last.from)} by ${last.by}`
    : 'a token of its ServiceAccount, which it trusts';
  return {
    subject: who,
    claim: `${view.label} may become ${who} (${by}); in ${windowOf(view.observed)} it never did.`,
    configured: { summary: `${who}, from ${by}`, path },
    operational: absence(view, SIGNALS, `no call as ${who}, and no hop to it`, [who]),
    remedy: { scopeDown: { object: hop.object, field: hop.field } },
    aggravated: edges.length > 1 || (last?.path ?? path).some(({ inherited }) => inherited),
    ...absenceConfidence(view, 'unassumed-role', SIGNALS),
  };
}
