/** "Has 47, uses 3": single actions that the grants of an identity amount to, and which of them anybody used. */
import { compileGlob, globMatches } from '../match/aws/glob.ts';
import { type CloudPattern, parseCloudUse } from '../match/cloud-action.ts';
import { ACCESS_LEVELS, type AccessLevel, type CloudPermission } from '../match/cloud-expand.ts';
import { grantedPermissions } from '../match/cloud-granted.ts';
import { principalKey } from '../match/principal.ts';
import type { Capability } from '../model/configured.ts';
import type { Ledger, LedgerEntry, LedgerWorkload } from '../model/ledger.ts';
import type { Observed } from '../model/observed.ts';
import type { Doubt } from './define-detector.ts';
import { listed } from './words.ts';

export type Granted = CloudPermission & { grants: readonly Capability[] };
/** Of one principal in one service. */
export type ServiceGrants = {
  principal: string;
  service: string;
  granted: readonly Granted[];
  /** By the workload itself, lower case. */
  used: ReadonlySet<string>;
  /** Never used by the workload, most severe first. */
  unused: readonly Granted[];
};

/** Grants of which it is not known whether they were used are left out, with all of their actions. */
export function serviceGrants(view: LedgerWorkload): ServiceGrants[] {
  const entries = view.entries.filter(isGrant);
  const unnamed = unnamedCalls(view);
  const unknown = new Set(entries.filter((one) => one.exercised === 'unknown').flatMap(patternsOf));
  const byPrincipal = Map.groupBy(entries, ({ capabilities }) => principalKey(capabilities[0]!.holder.id));
  return [...byPrincipal.values()].flatMap((group) => {
    const principal = group[0]!.capabilities[0]!.holder.id;
    const granted = grantedBy(group.map(({ capabilities }) => capabilities[0]!));
    const used = actionsUsed(
      rowsAs(
        view.entries.map(({ observed }) => observed),
        principal,
      ),
    );
    return [...Map.groupBy(granted, ({ service }) => service)].map(([service, list]) => ({
      principal,
      service,
      granted: list,
      used,
      unused: (unnamed.has(service) ? [] : list)
        .filter(
          (one) =>
            !isUsed(used, one) && !one.grants.some((grant) => patterns(grant).some((p) => unknown.has(p))),
        )
        .sort(bySeverity),
    }));
  });
}

/** Services of which a call was seen whose permission is not known: it may have been any that is granted there. */
function unnamedCalls({ entries }: LedgerWorkload): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { observed, subject } of entries) {
    if (!observed || observed.count <= observed.errors) continue;
    const service = /^aws:([^:]+):\?|^gcp:([^:?]+):\?|^gcp:\?([^.]+)/
      .exec(subject)
      ?.slice(1)
      .find((one) => one);
    if (service !== undefined) found.set(service, subject);
  }
  return found;
}

function isGrant({ kind, capabilities, subject }: LedgerEntry): boolean {
  return kind === 'cloud-action' && capabilities.length === 1 && capabilities[0]!.summary === subject;
}

/** Grants of which nobody can say whether they were used: then silence about them is none. */
export function undecidedGrants(view: LedgerWorkload): Doubt[] {
  const unnamed = [...unnamedCalls(view).values()];
  const open = view.entries.filter((entry) => isGrant(entry) && entry.exercised === 'unknown');
  if (unnamed.length > 0 && open.length === 0)
    return [{ reason: 'folded', detail: `the permission behind ${listed(unnamed)} is not known` }];
  if (open.length === 0) return [];
  return [
    { reason: 'folded', detail: `${listed(open.map(({ subject }) => subject))}: ${open[0]!.decidedBy}` },
  ];
}

function patternsOf({ capabilities }: LedgerEntry): CloudPattern[] {
  return capabilities.flatMap(patterns);
}

function patterns({ allow }: Capability): CloudPattern[] {
  return allow.filter((pattern) => pattern.type === 'cloud');
}

function grantedBy(grants: readonly Capability[]): Granted[] {
  const found = new Map<string, CloudPermission & { grants: Capability[] }>();
  for (const grant of grants)
    for (const permission of grantedPermissions(grant)) {
      const key = keyOf(permission);
      const known = found.get(key);
      if (known) known.grants.push(grant);
      else found.set(key, { ...permission, grants: [grant] });
    }
  return [...found.values()];
}

/** As observed actions are written: services of AWS stand before theirs. */
export function actionName({ service, action, grants }: Granted): string {
  const aws = grants.some((grant) => patterns(grant).some(({ cloud }) => cloud === 'aws'));
  return aws ? `${service}:${action}` : action;
}

function keyOf(permission: CloudPermission): string {
  return permission.action.includes('.') || permission.action.includes('/')
    ? permission.action.toLowerCase()
    : `${permission.service}:${permission.action}`.toLowerCase();
}

function rowsAs(rows: readonly (Observed | null)[], principal: string): Observed[] {
  const key = principalKey(principal);
  return rows.filter(
    (row) =>
      row !== null &&
      row.kind === 'cloud-action' &&
      (row.principal === null || principalKey(row.principal) === key),
  ) as Observed[];
}

function actionsUsed(rows: readonly Observed[]): Set<string> {
  const successful = rows.filter(({ count, errors }) => count > errors);
  const uses = successful.flatMap(({ subject, context }) => parseCloudUse(subject, context) ?? []);
  return new Set(uses.map(({ action }) => action.toLowerCase()));
}

/** Actions that others used as that principal, and who: workloads by id, logs that name no workload. */
export function usedByOthers(
  ledger: Ledger,
  view: LedgerWorkload,
  principal: string,
): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, Set<string>>();
  const add = (who: string, rows: readonly Observed[]) => {
    for (const action of actionsUsed(rows)) users.set(action, (users.get(action) ?? new Set()).add(who));
  };
  const key = principalKey(principal);
  for (const { id, meta, observations } of ledger.observed?.workloads ?? [])
    if (id !== view.observed?.id)
      add(
        `${meta.namespace ?? ''}/${meta.name}`,
        observations.filter((row) => row.principal !== null && principalKey(row.principal) === key),
      );
  return new Map([...users].map(([action, who]) => [action, [...who].sort()]));
}

export function isUsed(
  used: ReadonlySet<string> | ReadonlyMap<string, unknown>,
  permission: Granted,
): boolean {
  return used.has(keyOf(permission)) || usesOfPattern(used, permission).length > 0;
}

/** Wildcards of clouds whose operations no catalog lists stay one permission, which any of them uses. */
function usesOfPattern(
  used: ReadonlySet<string> | ReadonlyMap<string, unknown>,
  permission: Granted,
): string[] {
  const key = keyOf(permission);
  if (!key.includes('*') || used.size === 0) return [];
  const granted = compileGlob(key);
  const taken = permission.grants.map(({ deny }) =>
    deny.flatMap((one) =>
      one.type === 'cloud' ? one.actions.map((name) => compileGlob(name.toLowerCase())) : [],
    ),
  );
  return [...used.keys()].filter(
    (action) =>
      globMatches(granted, action) && taken.some((deny) => !deny.some((glob) => globMatches(glob, action))),
  );
}

export function usersOf(
  used: ReadonlyMap<string, readonly string[]>,
  permission: Granted,
): readonly string[] {
  const names = [keyOf(permission), ...usesOfPattern(used, permission)];
  return [...new Set(names.flatMap((name) => used.get(name) ?? []))].sort();
}

/** Most severe first, then by name. */
export function bySeverity(a: Granted, b: Granted): number {
  return rank(a.level) - rank(b.level) || reach(a) - reach(b) || (a.action < b.action ? -1 : 1);
}

/** Services by which all others can be had, and those that keep what others must not see. */
const FAR_REACHING = ['iam', 'sts', 'organizations', 'kms', 'secretsmanager', 'ssm', 'lambda', 'ec2', 's3'];

function reach({ service }: Granted): number {
  const at = FAR_REACHING.indexOf(service);
  return at < 0 ? FAR_REACHING.length : at;
}

function rank(level: AccessLevel): number {
  return ACCESS_LEVELS.indexOf(level);
}
