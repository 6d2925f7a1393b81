/** Accounts of one window: what the peers say, what the snapshot says, and nothing besides. */
import { expect } from 'vitest';
import { type Kind, OPERATION_KINDS } from '../../src/model/kinds.ts';
import { type Comparison, type Counts, compare, comparisonTable, type Exception } from '../e2e/compare.ts';
import { type SnapshotRow, tally } from '../e2e/rows.ts';
import type { Seen } from './peer.ts';

export type Held = { kind: Kind; what: string; said: Counts; seen: Counts; except?: readonly Exception[] };

/**
 * Every use is seen, as often as it happened, and nothing else is.
 *
 * @param others kinds whose rows are held elsewhere, or follow from those that are held here.
 */
export function hold(
  title: string,
  seen: Seen,
  accounts: readonly Held[],
  others: readonly Kind[] = [],
): void {
  const results: Comparison[] = accounts.map(({ what, said, seen: own, except }) =>
    compare(what, said, own, except),
  );
  console.log(`${title}\n${comparisonTable(results)}`);
  expect(results.flatMap(({ what, differences }) => differences.map((one) => `${what}: ${one}`))).toEqual([]);
  const known = new Set<string>([...accounts.map(({ kind }) => kind), ...others]);
  const invented = seen.rows.filter(
    ({ kind }) => (OPERATION_KINDS as readonly string[]).includes(kind) && !known.has(kind),
  );
  expect(invented.map(({ kind, subject, context }) => `${kind} ${subject} ${context}`)).toEqual([]);
  const losses = seen.segments.flatMap(({ coverage }) =>
    coverage.lost.map((lost, i) => lost + coverage.truncated[i]!),
  );
  expect(
    losses.every((lost) => lost === 0),
    'nothing was lost',
  ).toBe(true);
}

type Field = 'count' | 'records' | 'errors' | 'denied';

/** The rows of a kind by what `name` makes of them. */
export function rowsOf(
  { rows }: Seen,
  kind: Kind,
  name: (row: SnapshotRow) => string = ({ subject }) => subject,
  field: Field = 'count',
): Map<string, number> {
  return tally(
    rows.filter((row) => row.kind === kind),
    name,
    field,
  );
}

/** Sums and words of the details of a kind, `SUBJECT NAME` and `SUBJECT NAME WORD`. */
export function detailsOf({ details }: Seen, wanted: Kind, names: readonly string[]): Map<string, number> {
  const own = details.filter(({ kind }) => kind === wanted);
  const sums = own.flatMap(({ subject, sums: all }) =>
    names.flatMap((name) => (all[name] ? [[`${subject} ${name}`, all[name]] as const] : [])),
  );
  const words = own.flatMap(({ subject, words: all }) =>
    names.flatMap((name) => (all[name] ?? []).map((word) => [`${subject} ${name} ${word}`, 1] as const)),
  );
  return new Map([...sums, ...words]);
}

/** The lines of a peer's log. */
export function logOf<T>(stdout: string): T[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as T);
}

/** How often each subject occurs with a weight. */
export function weigh(pairs: Iterable<readonly [string, number]>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [subject, weight] of pairs)
    if (weight > 0) counts.set(subject, (counts.get(subject) ?? 0) + weight);
  return counts;
}
