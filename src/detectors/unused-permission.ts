import type { Capability } from '../model/configured.ts';
import type { LedgerWorkload } from '../model/ledger.ts';
import { type DetectorResult, type Draft, defineDetector } from './define-detector.ts';
import { absence, absenceConfidence, windowOf } from './evidence.ts';
import {
  actionName,
  bySeverity,
  type Granted,
  isUsed,
  type ServiceGrants,
  serviceGrants,
  undecidedGrants,
  usedByOthers,
} from './granted-actions.ts';
import { IDENTITY_NEEDS, nameOfPrincipal, unreadClouds } from './identities.ts';
import { counted, listed } from './words.ts';

const SIGNALS = ['tls'] as const;
/** Services that nothing was called of, up to which each is a finding of its own. */
const FEW = 5;

/** Actions of clouds that are granted and that no holder of the identity used; one finding a service. */
export const unusedPermission = defineDetector({
  kind: 'unused-permission',
  gap: 1,
  discipline: 'identity',
  needs: {
    ...IDENTITY_NEEDS,
    signals: SIGNALS,
    resources: ['workloads', 'serviceaccounts'],
    kinds: ['cloud-action'],
    absence: true,
  },
  detect(view, { ledger }): DetectorResult<1> {
    const unshared = serviceGrants(view).map((one) =>
      withoutShared(one, usedByOthers(ledger, view, one.principal)),
    );
    const latent = unshared.filter(({ unused }) => unused.length > 0);
    const read = new Set((ledger.configured?.coverage ?? []).map(({ resource }) => resource));
    return {
      drafts: [...Map.groupBy(latent, ({ principal }) => principal).values()].flatMap((group) =>
        gathered(group).map((one) => draft(view, one)),
      ),
      doubts: [...unreadClouds(view, read), ...undecidedGrants(view)],
    };
  },
});

/** What another holder uses is not latent: that the two share an identity is a finding of its own. */
function withoutShared(one: ServiceGrants, others: ReadonlyMap<string, unknown>): ServiceGrants {
  return { ...one, unused: one.unused.filter((permission) => !isUsed(others, permission)) };
}

/** A wildcard grants hundreds of services that were never called: they are one finding, and not hundreds. */
function gathered(group: readonly ServiceGrants[]): ServiceGrants[] {
  const idle = group.filter(({ granted, used }) => !granted.some((one) => isUsed(used, one)));
  if (idle.length <= FEW) return [...group];
  const [first] = idle as [ServiceGrants];
  const all = (pick: (one: ServiceGrants) => readonly Granted[]) => idle.flatMap(pick).sort(bySeverity);
  const rest = {
    ...first,
    service: `${idle.length} services that it never called`,
    granted: all(({ granted }) => granted),
    unused: all(({ unused }) => unused),
  };
  return [...group.filter((one) => !idle.includes(one)), rest];
}

function draft(view: LedgerWorkload, { principal, service, granted, used, unused }: ServiceGrants): Draft<1> {
  const who = nameOfPrincipal(principal);
  const names = unused.map(actionName);
  const grants = [...new Set(unused.flatMap((one) => one.grants))];
  const hop = grants[0]!.path.at(-1)!;
  const uses = granted.filter((one) => isUsed(used, one)).length;
  return {
    subject: `${service} as ${who}`,
    // How many services there are is AWS's to change.
    key: `${service.replace(/^\d+ /, '')} as ${who}`,
    claim:
      `${view.label} has ${counted(granted.length, 'action')} of ${service} as ${who} and uses ${uses}; in ` +
      `${windowOf(view.observed)} it never used ${listed(names)} (${hop.object} ${hop.field}${more(grants)}).`,
    configured: { summary: `${listed(grants.map(({ summary }) => summary))}`, path: grants[0]!.path },
    operational: absence(view, SIGNALS, `no successful call of ${listed(names)}`, names),
    remedy: { scopeDown: { object: hop.object, field: hop.field } },
    aggravated: unused.some(isSevere),
    ...absenceConfidence(view, 'unused-permission', SIGNALS),
  };
}

function more(grants: readonly Capability[]): string {
  return grants.length > 1 ? ` and ${counted(grants.length - 1, 'further grant')}` : '';
}

/** Who may change permissions may have them all; who may write everywhere is held by nothing. */
function isSevere({ level, grants }: Granted): boolean {
  if (level === 'Permissions management') return true;
  return (
    level === 'Write' &&
    grants.some(({ allow }) => allow.some((one) => one.type === 'cloud' && one.resources.includes('*')))
  );
}
