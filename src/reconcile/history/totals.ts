import { widen } from './columns.ts';
import { FIELD, type Keys } from './keys.ts';
import { type Rows, SUMMED, type Summed } from './pack.ts';

/** Sums over the segments whose counts stand, by dimension. */
export type Totals = {
  sums: Record<Summed, Float64Array>;
  /** Most sessions that one segment saw: what the sum may not fall below when sessions are joined. */
  sessionsAtOnce: Float64Array;
};

export function createTotals(): Totals {
  const sums = SUMMED.map((name) => [name, new Float64Array(0)] as const);
  return { sums: Object.fromEntries(sums) as Totals['sums'], sessionsAtOnce: new Float64Array(0) };
}

/** Makes room for all dimensions known by now. */
function grow(totals: Totals, dimensions: number): void {
  for (const name of SUMMED) totals.sums[name] = widen(totals.sums[name], dimensions);
  totals.sessionsAtOnce = widen(totals.sessionsAtOnce, dimensions);
}

/** `yielded`: workloads whose counts in this segment do not stand, only their presence does. */
export function addToTotals(
  totals: Totals,
  { dimensions, columns }: Rows,
  yielded: ReadonlySet<number>,
  keys: Keys,
): void {
  grow(totals, keys.dimensions.size);
  const standing = standingRows(dimensions, yielded, keys);
  for (const name of SUMMED) {
    const sum = totals.sums[name];
    const column = columns[name];
    if (!column) continue;
    for (let row = 0; row < dimensions.length; row++) {
      if (standing[row] === 1) sum[dimensions[row]!]! += column[row]!;
    }
  }
  const { sessions } = columns;
  if (!sessions) return;
  for (let row = 0; row < dimensions.length; row++) {
    const dimension = dimensions[row]!;
    if (standing[row] === 1 && sessions[row]! > totals.sessionsAtOnce[dimension]!)
      totals.sessionsAtOnce[dimension] = sessions[row]!;
  }
}

function standingRows(dimensions: Int32Array, yielded: ReadonlySet<number>, keys: Keys): Uint8Array {
  const rows = new Uint8Array(dimensions.length);
  if (yielded.size === 0) return rows.fill(1);
  for (let row = 0; row < dimensions.length; row++) {
    rows[row] = yielded.has(keys.dimensions.at(dimensions[row]!, FIELD.workload)) ? 0 : 1;
  }
  return rows;
}
