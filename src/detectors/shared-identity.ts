import { principalKey } from '../match/principal.ts';
import type { Ledger, LedgerWorkload } from '../model/ledger.ts';
import { type DetectorResult, type Draft, defineDetector } from './define-detector.ts';
import { absence, absenceConfidence, windowOf } from './evidence.ts';
import {
  actionName,
  type Granted,
  isUsed,
  type ServiceGrants,
  serviceGrants,
  undecidedGrants,
  usedByOthers,
  usersOf,
} from './granted-actions.ts';
import { IDENTITY_NEEDS, nameOfPrincipal } from './identities.ts';
import { counted, listed } from './words.ts';

const SIGNALS = ['tls'] as const;

/** Sharers of one identity, of whom one uses what the other never does: neither can be narrowed alone. */
export const sharedIdentity = defineDetector({
  kind: 'shared-identity',
  gap: 1,
  discipline: 'identity',
  needs: { ...IDENTITY_NEEDS, signals: SIGNALS, kinds: ['cloud-action'], absence: true },
  detect(view, { ledger }): DetectorResult<1> {
    const services = serviceGrants(view).map((one) => ({
      one,
      others: usedByOthers(ledger, view, one.principal),
    }));
    const byPrincipal = Map.groupBy(services, ({ one }) => one.principal);
    const drafts = [...byPrincipal.values()].flatMap((group) => {
      const { others } = group[0]!;
      const shared = group.flatMap(({ one }) =>
        one.unused.filter((permission) => isUsed(others, permission)),
      );
      return shared.length > 0 ? [draft(view, group[0]!.one, shared, others)] : [];
    });
    // Sharers of whom nothing was heard may use anything.
    const unlearnt = [...byPrincipal].some(
      ([principal, [first]]) => isShared(ledger, view, principal) && first!.others.size === 0,
    );
    return { drafts, doubts: undecidedGrants(view), unlearnt };
  },
});

function isShared({ configured }: Ledger, view: LedgerWorkload, principal: string): boolean {
  const key = principalKey(principal);
  return (configured?.workloads ?? []).some(
    ({ id, credentials = [] }) =>
      id !== view.configured?.id &&
      credentials.some((one) => one.principal !== null && principalKey(one.principal) === key),
  );
}

function draft(
  view: LedgerWorkload,
  { principal }: ServiceGrants,
  shared: readonly Granted[],
  others: ReadonlyMap<string, readonly string[]>,
): Draft<1> {
  const who = nameOfPrincipal(principal);
  const names = shared.map(actionName);
  const users = [...new Set(shared.flatMap((one) => usersOf(others, one)))].sort();
  const [grant] = shared[0]!.grants;
  const way = grant!.path.find(({ ref }) => ref !== null) ?? grant!.path[0]!;
  return {
    subject: who,
    claim:
      `${view.label} shares ${who} with ${listed(users)}, which uses ${counted(names.length, 'action')} that ` +
      `${view.label} never used in ${windowOf(view.observed)}: ${listed(names)}.`,
    configured: { summary: `${who} is held by ${listed([view.label, ...users])}`, path: grant!.path },
    operational: absence(view, SIGNALS, `no successful call of ${listed(names)}`, names),
    remedy: { scopeDown: { object: way.object, field: way.field } },
    aggravated: shared.some(({ level }) => level === 'Write' || level === 'Permissions management'),
    ...absenceConfidence(view, 'shared-identity', SIGNALS),
  };
}
