/**
 * Grants of databases, joined by user, verb and table: a statement that succeeded exercises the grants that it needs.
 * Refused statements are attempts, and exercise nothing.
 */
import {
  type DataPattern,
  type DataUse,
  dataPatternMatches,
  indexUses,
  JUDGED_PRIVILEGES,
  parseDataUse,
} from '../../match/database.ts';
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

type Row = { row: Observed; use: DataUse };
type Answer = { row: Observed; answer: Ternary };

export function dataEntries(pair: Pair & { id: string }, uses: Uses): LedgerEntry[] {
  const grants = pair.capabilities.filter(({ kind }) => kind === 'data-grant');
  const all = rowsOf(pair, 'data-access');
  const candidates = indexUses(usesOf(all));
  const answers = new Map(grants.map((grant) => [grant, answersOf(grant, candidates)]));
  const covering = coverings(answers);
  return [
    ...all.map((row) => rowEntry(pair, row, covering.get(row) ?? [])),
    ...grants.map((grant) => grantEntry(pair, grant, answers.get(grant)!, uses)),
  ];
}

function usesOf(rows: readonly Observed[]): Row[] {
  return rows.flatMap((row) => {
    const use = parseDataUse(row.subject, row.context);
    return use === null ? [] : [{ row, use }];
  });
}

/** Rows that need the grant, or may. Who connected is not always told: then any user of the workload may have been it. */
function answersOf(
  { allow, holder }: Capability,
  candidates: (pattern: DataPattern) => readonly Row[],
): Answer[] {
  const found = new Map<Observed, Ternary>();
  const key = principalKey(holder.id);
  for (const pattern of allow)
    for (const { row, use } of pattern.type === 'data' ? candidates(pattern) : []) {
      if (found.get(row) === 'yes' || (row.principal !== null && principalKey(row.principal) !== key))
        continue;
      const answer = dataPatternMatches(pattern as DataPattern, use);
      if (answer !== 'no') found.set(row, answer);
    }
  return [...found].map(([row, answer]) => ({ row, answer }));
}

function coverings(answers: ReadonlyMap<Capability, readonly Answer[]>): Map<Observed, Capability[]> {
  const found = new Map<Observed, Capability[]>();
  for (const [grant, list] of answers)
    for (const { row, answer } of list)
      if (answer === 'yes') found.set(row, [...(found.get(row) ?? []), grant]);
  return found;
}

function rowEntry(pair: Pair, row: Observed, covering: readonly Capability[]): LedgerEntry {
  const [first] = covering;
  if (first)
    return observedEntry(row, { capabilities: covering, configured: 'yes', decidedBy: decidedBy(first) });
  const why = pair.unconfigured ?? 'no grant that was read covers it for certain';
  return observedEntry(row, { configured: 'unknown', decidedBy: why });
}

function grantEntry(
  pair: Pair & { id: string },
  grant: Capability,
  answers: readonly Answer[],
  uses: Uses,
): LedgerEntry {
  const done = answers.filter(({ row }) => row.count > row.errors);
  const used = done.filter(({ answer }) => answer === 'yes').map(({ row }) => row);
  const observed = mergeObserved(used, grant.kind, grant.summary);
  if (observed) return capabilityEntry(grant, { observed, exercised: 'yes', decidedBy: decidedBy(grant) });
  const seen = notSeen(pair, ['data-access'], doubtOf(grant, done[0]?.row));
  return { ...capabilityEntry(grant, seen), usedBy: othersOf(pair, grant, uses) };
}

function othersOf({ id }: { id: string }, grant: Capability, uses: Uses): string[] {
  const others = uses
    .of(grant.holder.id)
    .filter(({ workload, row }) => workload !== id && row.count > row.errors);
  if (others.length === 0) return [];
  const using = new Set(
    answersOf(grant, indexUses(usesOf(others.map(({ row }) => row)))).map(({ row }) => row),
  );
  return [...new Set(others.filter(({ row }) => using.has(row)).map(({ label }) => label))].sort();
}

function doubtOf({ allow }: Capability, perhaps: Observed | undefined): string | null {
  if (perhaps) return `${perhaps.context ?? 'a statement'} on ${perhaps.subject} may have used it`;
  const judged = allow.every((one) => one.type !== 'data' || JUDGED_PRIVILEGES.has(one.privilege));
  return judged ? null : 'no statement that is heard tells the use of it';
}
