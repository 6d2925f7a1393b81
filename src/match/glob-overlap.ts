/** Whether two patterns with `*` and `?` have a text in common. */

/** Longest patterns that are compared with each other; what is longer may overlap. */
const MAX_OVERLAP = 2048;

/** Whether some text falls under both patterns. */
export function globsOverlap(a: string, b: string): boolean {
  if (a.length > MAX_OVERLAP || b.length > MAX_OVERLAP) return true;
  let row = overlapRow(null, a, b, a.length);
  for (let i = a.length - 1; i >= 0; i--) row = overlapRow(row, a, b, i);
  return row[0] === 1;
}

/** `row[j]`: a from i on and b from j on have a text in common. `below`: the same for i + 1. */
function overlapRow(below: Uint8Array | null, a: string, b: string, i: number): Uint8Array {
  const row = new Uint8Array(b.length + 1);
  for (let j = b.length; j >= 0; j--) row[j] = overlapAt(row, below, a[i], b[j], j) ? 1 : 0;
  return row;
}

function overlapAt(
  row: Uint8Array,
  below: Uint8Array | null,
  x: string | undefined,
  y: string | undefined,
  j: number,
): boolean {
  if (x === undefined && y === undefined) return true;
  if (x === '*' && (below![j] === 1 || (y !== undefined && row[j + 1] === 1))) return true;
  if (y === '*' && (row[j + 1] === 1 || (x !== undefined && below![j] === 1))) return true;
  if (x === undefined || y === undefined || x === '*' || y === '*') return false;
  return (x === y || x === '?' || y === '?') && below![j + 1] === 1;
}
