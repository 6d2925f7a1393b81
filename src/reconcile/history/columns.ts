/** A column of counts in the narrowest array that holds it exactly: most columns of most segments fit one byte. */
export type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

export function packColumn(values: ArrayLike<number>): Column {
  const largest = largestOf(values);
  if (largest < 2 ** 8) return new Uint8Array(values);
  if (largest < 2 ** 16) return new Uint16Array(values);
  if (largest < 2 ** 32) return new Uint32Array(values);
  return new Float64Array(values);
}

/** Null where nothing was counted, as in most columns of errors, denials and records. */
export function packCounts(values: ArrayLike<number>): Column | null {
  return largestOf(values) === 0 ? null : packColumn(values);
}

function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) if (values[i]! > largest) largest = values[i]!;
  return largest;
}

/** Dense counters that grow with the ids that they are indexed by. */
export function widen(counters: Float64Array, size: number, fill = 0): Float64Array {
  if (counters.length >= size) return counters;
  const wider = new Float64Array(Math.max(size, counters.length * 2, 1024)).fill(fill);
  wider.set(counters);
  return wider;
}

/**
 * Writes `map[column[row]]` to every `width`-th place of `out`, from place `at` on; -1 stays -1.
 *
 * @throws RangeError on an index that the reader should have refused: silently it would become another subject.
 */
export function mapColumn(
  column: ArrayLike<number>,
  map: Int32Array,
  out: Int32Array,
  at = 0,
  width = 1,
): Int32Array {
  for (let row = 0; row < column.length; row++) {
    const index = column[row]!;
    if (index < -1 || index >= map.length)
      throw new RangeError(`index ${index} points outside of a table of ${map.length}`);
    out[row * width + at] = index === -1 ? -1 : map[index]!;
  }
  return out;
}
