/** The same call may be seen on the wire and told by a log: it is counted once, and both are named. */
import type { Observed } from '../../model/observed.ts';

/** Rows of the source that saw most of it, the names of all. */
export function oneSource(rows: readonly Observed[]): readonly Observed[] {
  const families = [...Map.groupBy(rows, ({ sources }) => familyOf(sources)).values()];
  if (families.length < 2) return rows;
  const total = (family: readonly Observed[]) => family.reduce((sum, { count }) => sum + count, 0);
  const most = families.reduce((a, b) => (total(b) > total(a) ? b : a));
  const sources = [...new Set(rows.flatMap((row) => row.sources))].sort();
  return most.map((row) => ({ ...row, sources }));
}

function familyOf([first = '']: readonly string[]): string {
  return first.split(':')[0]!;
}
