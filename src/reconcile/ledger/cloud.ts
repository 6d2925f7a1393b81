/**
 * Permissions of clouds, joined by principal, action and resource: an action that succeeded exercises the grants that
 * cover it. Refused calls are attempts, and exercise nothing.
 */
import { type CloudUse, cloudPatternMatches, parseCloudUse } from '../../match/cloud-action.ts';
import { isNamed, principalKey } from '../../match/principal.ts';
import type { Capability } from '../../model/configured.ts';
import type { LedgerEntry, Ternary } from '../../model/ledger.ts';
import type { Observed } from '../../model/observed.ts';
import { capabilityEntry, decidedBy, mergeObserved, notSeen, observedEntry, type Pair } from './entry.ts';
import { oneSource } from './sources.ts';
import type { Uses } from './uses.ts';

type Row = {
  row: Observed;
  use: CloudUse | null;
  covering: readonly Capability[];
  maybe: readonly Capability[];
};

export function cloudEntries(pair: Pair & { id: string }, uses: Uses): LedgerEntry[] {
  const grants = pair.capabilities.filter(({ kind, effect }) => kind === 'cloud-action' && effect !== 'deny');
  const own = uses.own(pair.id).filter(({ kind }) => kind === 'cloud-action');
  const rows = own.map((row) => judge(row, grants));
  return [
    ...rows.map((one) => rowEntry(pair, one)),
    ...grants.map((grant) => grantEntry(pair, grant, rows, uses)),
  ];
}

/** Whose key it was is not always told: then every grant of that cloud may have been the one. */
function judge(row: Observed, grants: readonly Capability[]): Row {
  const use = parseCloudUse(row.subject, row.context);
  if (!use) return { row, use, covering: [], maybe: [] };
  const named = row.principal !== null && isNamed(row.principal);
  const key = named ? principalKey(row.principal!) : null;
  const held = grants.filter(({ holder }) => key === null || principalKey(holder.id) === key);
  const answers = held.map((grant) => ({ grant, answer: covers(grant, use) }));
  const covering = answers.filter(({ answer }) => answer === 'yes').map(({ grant }) => grant);
  const maybe = answers.filter(({ answer }) => answer === 'unknown').map(({ grant }) => grant);
  // What succeeded was allowed: if only one grant can have been it, it was.
  if (succeeded(row) && covering.length === 0 && maybe.length === 1)
    return { row, use, covering: maybe, maybe: [] };
  return { row, use, covering, maybe };
}

function covers({ allow, deny }: Capability, use: CloudUse): Ternary {
  let answer: Ternary = 'no';
  for (const pattern of allow) {
    const one = pattern.type === 'cloud' ? cloudPatternMatches(pattern, use) : 'no';
    if (one === 'yes') answer = 'yes';
    else if (one === 'unknown' && answer === 'no') answer = 'unknown';
  }
  const denied = deny.some(
    (pattern) => pattern.type === 'cloud' && cloudPatternMatches(pattern, use) === 'yes',
  );
  return denied ? 'no' : answer;
}

export function succeeded({ count, errors }: Observed): boolean {
  return count > errors;
}

function rowEntry(pair: Pair, { row, use, covering, maybe }: Row): LedgerEntry {
  const [first] = covering;
  if (first)
    return observedEntry(row, {
      capabilities: covering,
      configured: first.effect === 'conditional' ? 'unknown' : 'yes',
      decidedBy: decidedBy(first),
    });
  const why =
    pair.unconfigured ??
    (use === null
      ? 'the permission behind this call is not known'
      : maybe.length > 0
        ? `${decidedBy(maybe[0]!)} may have allowed it, and its resource was not told whole`
        : 'no grant that was read covers it');
  return observedEntry(row, { capabilities: maybe, configured: 'unknown', decidedBy: why });
}

function grantEntry(
  pair: Pair & { id: string },
  grant: Capability,
  rows: readonly Row[],
  uses: Uses,
): LedgerEntry {
  const used = rows
    .filter(({ row, covering }) => succeeded(row) && covering.includes(grant))
    .map(({ row }) => row);
  const observed = mergeObserved(oneSource(used), grant.kind, grant.summary);
  if (observed) return capabilityEntry(grant, { observed, exercised: 'yes', decidedBy: decidedBy(grant) });
  const seen = notSeen(pair, ['cloud-action'], doubtOf(grant, rows, uses));
  const others = uses.of(grant.holder.id).filter(({ workload }) => workload !== pair.id);
  const users = others.filter(({ row }) => succeeded(row) && mayCover(grant, row)).map(({ label }) => label);
  return { ...capabilityEntry(grant, seen), usedBy: [...new Set(users)].sort() };
}

function mayCover(grant: Capability, row: Observed): boolean {
  const use = parseCloudUse(row.subject, row.context);
  return use !== null && covers(grant, use) !== 'no';
}

/** Why a grant that nothing was seen using may have been used all the same. */
function doubtOf(grant: Capability, rows: readonly Row[], uses: Uses): string | null {
  const perhaps = rows.find(({ row, maybe }) => succeeded(row) && maybe.includes(grant));
  if (perhaps) return `${perhaps.row.subject} may have used it: its resource was not told whole`;
  const cloud = grant.allow.find((pattern) => pattern.type === 'cloud')?.cloud;
  const unnamed = rows.find(
    ({ row, use }) => use === null && row.subject.startsWith(`${cloud}:`) && succeeded(row),
  );
  if (unnamed) return `${unnamed.row.subject} may have used it: the permission behind that call is not known`;
  const shared = uses.shared(grant.holder.id).find((row) => succeeded(row) && mayCover(grant, row));
  return shared
    ? `a log tells ${shared.subject} by ${grant.holder.id}, and not which of its holders it was`
    : null;
}
