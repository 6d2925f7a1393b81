/** The report's rows of what an agent said and did, above the level of system calls. */
import { OPERATION_KINDS } from '../model/kinds.ts';
import type { Ledger, LedgerWorkload } from '../model/ledger.ts';
import type { Observed } from '../model/observed.ts';
import type { OperationRow } from '../model/report.ts';
import type { Detail } from '../model/snapshot.ts';

const SPOKEN: ReadonlySet<string> = new Set(OPERATION_KINDS);
/** Of one name; a table of this width is read by nobody. */
const MAX_WORDS = 64;

export function operationRows(ledger: Ledger): OperationRow[] {
  return ledger.workloads.flatMap(rowsOf);
}

/** What was heard, and what only logs tell; what both know stands twice, each with its sources. */
function rowsOf({ id, label, observed, told = [] }: LedgerWorkload): OperationRow[] {
  const details = new Map((observed?.details ?? []).map((detail) => [keyOf(detail), detail]));
  const heard = (observed?.observations ?? []).filter(({ kind }) => SPOKEN.has(kind));
  return [
    ...heard.map((one) => row(id, label, one, details.get(keyOf(one)))),
    ...told.flat().map(({ row: one, oneOf }) => ({
      ...row(id, label, one, undefined),
      ...(oneOf.length > 0 ? { oneOf: [...oneOf] } : {}),
    })),
  ];
}

function keyOf({ kind, subject }: { kind: string; subject: string }): string {
  return `${kind}\0${subject}`;
}

function row(workload: string, label: string, one: Observed, detail: Detail | undefined): OperationRow {
  const { kind, subject, context, principal, count, errors, denied, records, bytes, sessions } = one;
  const words = Object.entries(detail?.words ?? {}).map(([name, list]) => [name, list.slice(0, MAX_WORDS)]);
  return {
    workload,
    label,
    kind: kind as OperationRow['kind'],
    ...{ subject, context, principal, count, errors, denied, records, bytes, sessions },
    first: new Date(one.first).toISOString(),
    last: new Date(one.last).toISOString(),
    sources: [...one.sources],
    sums: { ...detail?.sums },
    words: Object.fromEntries(words) as Record<string, string[]>,
  };
}
