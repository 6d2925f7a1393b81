/**
 * Memory that one segment after the other is read into. Whoever shares one between reads is done with a segment
 * before asking for the next: thousands of segments then take the room of the largest one.
 */
export type Scratch = {
  /** At least `length` bytes, the first `kept` of which are as they were. */
  bytes(length: number, kept: number): Buffer;
  /** Values are not cleared. */
  column(index: number, rows: number): Int32Array;
};

export function createScratch(): Scratch {
  const columns: Int32Array[] = [];
  return {
    bytes: growingBytes(),
    column(index, rows) {
      const known = columns[index];
      if (known && known.length >= rows) return known.subarray(0, rows);
      const column = new Int32Array(rows);
      columns[index] = column;
      return column;
    },
  };
}

/** For callers that keep what they read. */
export function createKeptColumns(): Scratch {
  return { bytes: growingBytes(), column: (_, rows) => new Int32Array(rows) };
}

function growingBytes(): Scratch['bytes'] {
  let bytes = Buffer.alloc(0);
  return (length, kept) => {
    if (bytes.length >= length) return bytes;
    const wider = Buffer.allocUnsafeSlow(Math.max(length, bytes.length * 2));
    bytes.copy(wider, 0, 0, kept);
    bytes = wider;
    return bytes;
  };
}
