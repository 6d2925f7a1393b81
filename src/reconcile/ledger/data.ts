/**
 * Grants of databases, joined by user, verb and table: a statement that succeeded exercises the grants that it needs.
 * Refused statements are attempts, and exercise nothing.
 */
import { type DataUse, dataUseMatches, JUDGED_PRIVILEGES, parseDataUse } from '../../match/database.ts';
import { principalKey } from '../../match/principal.ts';
import type { Capability } from '../../model/configured.ts';
import type { LedgerEntry, Ternary } from '../../model/ledger.ts';
import type { Observed } from '../../model/observed.ts';
import {
  capabilityEntry,
  decidedBy,
  mergeObserved,
  notSeen,
  observedEntry,
  type Pair,
  rowsOf,
} from './entry.ts';
import type { Uses } from './uses.ts';

type Row = { row: Observed; use: DataUse | null };

export function dataEntries(pair: Pair & { id: string }, uses: Uses): LedgerEntry[] {
  const grants = pair.capabilities.filter(({ kind }) => kind === 'data-grant');
  const rows = rowsOf(pair, 'data-access').map((row) => ({
    row,
    use: parseDataUse(row.subject, row.context),
  }));
  return [
    ...rows.map((one) => rowEntry(pair, one, grants)),
    ...grants.map((grant) => grantEntry(pair, grant, rows, uses)),
  ];
}

/** Who connected is not always told: then any user of the workload may have been it. */
export function grantCovers(grant: Capability, { principal }: Observed, use: DataUse | null): Ternary {
  if (use === null) return 'no';
  if (principal !== null && principalKey(principal) !== principalKey(grant.holder.id)) return 'no';
  return dataUseMatches(grant.allow, use);
}

function rowEntry(pair: Pair, { row, use }: Row, grants: readonly Capability[]): LedgerEntry {
  const covering = grants.filter((grant) => grantCovers(grant, row, use) === 'yes');
  const [first] = covering;
  if (first)
    return observedEntry(row, { capabilities: covering, configured: 'yes', decidedBy: decidedBy(first) });
  const why = pair.unconfigured ?? 'no grant that was read covers it for certain';
  return observedEntry(row, { configured: 'unknown', decidedBy: why });
}

function grantEntry(
  pair: Pair & { id: string },
  grant: Capability,
  rows: readonly Row[],
  uses: Uses,
): LedgerEntry {
  const answers = rows
    .filter(({ row }) => row.count > row.errors)
    .map(({ row, use }) => ({ row, answer: grantCovers(grant, row, use) }));
  const used = answers.filter(({ answer }) => answer === 'yes').map(({ row }) => row);
  const observed = mergeObserved(used, grant.kind, grant.summary);
  if (observed) return capabilityEntry(grant, { observed, exercised: 'yes', decidedBy: decidedBy(grant) });
  const perhaps = answers.find(({ answer }) => answer === 'unknown')?.row;
  const seen = notSeen(pair, ['data-access'], doubtOf(grant, perhaps));
  const others = uses.of(grant.holder.id).filter(({ workload, row }) => {
    return workload !== pair.id && row.count > row.errors && mayCover(grant, row);
  });
  return { ...capabilityEntry(grant, seen), usedBy: [...new Set(others.map(({ label }) => label))].sort() };
}

function mayCover(grant: Capability, row: Observed): boolean {
  return grantCovers(grant, row, parseDataUse(row.subject, row.context)) !== 'no';
}

function doubtOf({ allow }: Capability, perhaps: Observed | undefined): string | null {
  if (perhaps) return `${perhaps.context ?? 'a statement'} on ${perhaps.subject} may have used it`;
  const judged = allow.every((one) => one.type !== 'data' || JUDGED_PRIVILEGES.has(one.privilege));
  return judged ? null : 'no statement that is heard tells the use of it';
}
