/**
 * Permissions of the cluster identity, each with the requests that used it. Requests are heard on the wire or told by
 * the audit log; where neither listened, an identity in use may have used any of them.
 */
import { parseKubernetesAction } from '../../match/kubernetes-action.ts';
import { grantApplies, type KubernetesRequest, ruleAllows } from '../../match/kubernetes-rule.ts';
import { principalKey } from '../../match/principal.ts';
import type { Capability } from '../../model/configured.ts';
import type { LedgerEntry, Ternary } from '../../model/ledger.ts';
import type { Observed } from '../../model/observed.ts';
import { succeeded } from './cloud.ts';
import { capabilityEntry, decidedBy, mergeObserved, notSeen, observedEntry, type Pair } from './entry.ts';
import { oneSource } from './sources.ts';
import type { Uses } from './uses.ts';

type Heard = { row: Observed; request: KubernetesRequest | null };
/** Whether the identity is in use, as the kernel shows it, and why it is thought so. */
export type InUse = { inUse: Ternary; why: string };

export function kubernetesEntries(
  pair: Pair & { id: string },
  permissions: readonly Capability[],
  use: InUse,
  uses: Uses,
): LedgerEntry[] {
  const rows = uses.own(pair.id).filter(({ kind }) => kind === 'kubernetes-action');
  const heard = rows.map((row) => ({ row, request: parseKubernetesAction(row) }));
  return [
    ...heard.map((one) => requestEntry(pair, permissions, one)),
    ...permissions.map((one) => permissionEntry(pair, one, heard, use, uses)),
  ];
}

function requestEntry(pair: Pair, permissions: readonly Capability[], { row, request }: Heard): LedgerEntry {
  const covering = request ? permissions.filter((one) => covers(one, request) === 'yes') : [];
  const [first] = covering;
  if (first)
    return observedEntry(row, { capabilities: covering, configured: 'yes', decidedBy: decidedBy(first) });
  const why = pair.unconfigured ?? 'no binding that was read grants it';
  return observedEntry(row, { configured: pair.unconfigured === null ? 'no' : 'unknown', decidedBy: why });
}

/** Names that a controller generated are heard up to their random part: a rule for one name may be meant. */
function covers({ allow }: Capability, request: KubernetesRequest): Ternary {
  let answer: Ternary = 'no';
  for (const pattern of allow) {
    if (pattern.type !== 'kubernetes' || !grantApplies(pattern.namespace, request)) continue;
    if (ruleAllows(pattern.rule, request)) return 'yes';
    const { resourceNames } = pattern.rule;
    const stem = request.name?.endsWith('*') ? request.name.slice(0, -1) : null;
    const named = stem === null ? undefined : resourceNames.find((one) => one.startsWith(stem));
    if (named !== undefined && ruleAllows(pattern.rule, { ...request, name: named })) answer = 'unknown';
  }
  return answer;
}

function permissionEntry(
  pair: Pair & { id: string },
  permission: Capability,
  heard: readonly Heard[],
  use: InUse,
  uses: Uses,
): LedgerEntry {
  const used = heard.filter(
    ({ row, request }) => succeeded(row) && request && covers(permission, request) === 'yes',
  );
  const rows = used.map(({ row }) => row);
  const observed = mergeObserved(oneSource(rows), permission.kind, permission.summary);
  if (observed)
    return capabilityEntry(permission, { observed, exercised: 'yes', decidedBy: decidedBy(permission) });
  const users = uses
    .of(permission.holder.id)
    .filter(({ workload, row }) => workload !== pair.id && isUse(permission, row))
    .map(({ label }) => label);
  const entry = capabilityEntry(permission, {
    observed: null,
    ...unused(pair, permission, heard, use, uses),
  });
  return { ...entry, usedBy: [...new Set(users)].sort() };
}

function isUse(permission: Capability, row: Observed): boolean {
  const request = row.kind === 'kubernetes-action' && succeeded(row) ? parseKubernetesAction(row) : null;
  return request !== null && covers(permission, request) !== 'no';
}

function unused(
  pair: Pair,
  permission: Capability,
  heard: readonly Heard[],
  { inUse, why }: InUse,
  uses: Uses,
): { exercised: Ternary; decidedBy: string | null } {
  if (inUse === 'no') return { exercised: 'no', decidedBy: why };
  const shared = uses.shared(principalKey(permission.holder.id)).find((row) => isUse(permission, row));
  if (shared)
    return {
      exercised: 'unknown',
      decidedBy: `the audit log tells "${shared.subject}" by ${permission.holder.id}, and not which of its holders it was`,
    };
  if (heard.length === 0)
    return {
      exercised: 'unknown',
      decidedBy:
        inUse === 'yes' ? `${why}; which permissions it used, only the API server's audit log tells` : why,
    };
  const perhaps = heard.find(
    ({ row, request }) => succeeded(row) && request && covers(permission, request) === 'unknown',
  );
  const doubt = perhaps ? `"${perhaps.row.subject}" may have used it: its name was not kept whole` : null;
  const { exercised, decidedBy: because } = notSeen(pair, ['kubernetes-action'], doubt);
  return { exercised, decidedBy: because ?? 'requests were heard, and none of them needed it' };
}
