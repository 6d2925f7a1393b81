/** Integer columns that grow: flat, since there may be hundreds of thousands of rows. */
export type Column = {
  push(value: number): void;
  /** What was pushed. The column is not to be used after that. */
  take(): Int32Array | Float64Array;
};

const MAX_INT32 = 0x7fffffff;

/** @param expected rows, more or less: room for these is made at once, and costs no memory until it is used. */
export function createColumn(expected: number): Column {
  let values: Int32Array | Float64Array = new Int32Array(Math.max(16, expected));
  let rows = 0;
  const grow = (): void => {
    const wider = new (values instanceof Int32Array ? Int32Array : Float64Array)(values.length * 2);
    wider.set(values);
    values = wider;
  };
  return {
    push(value) {
      if (rows === values.length) grow();
      if (value > MAX_INT32 && values instanceof Int32Array) values = Float64Array.from(values);
      values[rows++] = value;
    },
    take: () => values.subarray(0, rows),
  };
}
