/** Integer columns that grow: flat, since there may be hundreds of thousands of rows, and as narrow as their numbers. */
export type Flat = Int16Array | Int32Array | Float64Array;

export type Column = {
  push(value: number): void;
  /** What was pushed. The column is not to be used after that. */
  take(): Flat;
};

const MAX_INT16 = 0x7fff;
const MAX_INT32 = 0x7fffffff;

/**
 * @param expected rows, more or less: room for these is made at once, and costs no memory until it is used.
 * @param replaced its numbers will be, by others that need not be as small.
 */
export function createColumn(expected: number, replaced: boolean): Column {
  const room = Math.max(16, expected);
  let values: Flat = replaced ? new Int32Array(room) : new Int16Array(room);
  let limit = replaced ? MAX_INT32 : MAX_INT16;
  let rows = 0;
  const move = (wider: Flat): void => {
    wider.set(values.subarray(0, rows));
    values = wider;
  };
  const widen = (value: number): void => {
    limit = value > MAX_INT32 ? Number.MAX_SAFE_INTEGER : MAX_INT32;
    move(value > MAX_INT32 ? new Float64Array(values.length) : new Int32Array(values.length));
  };
  const grow = (): void => {
    if (values instanceof Int16Array) move(new Int16Array(values.length * 2));
    else if (values instanceof Int32Array) move(new Int32Array(values.length * 2));
    else move(new Float64Array(values.length * 2));
  };
  return {
    push(value) {
      if (value > limit) widen(value);
      if (rows === values.length) grow();
      values[rows++] = value;
    },
    take: () => values.subarray(0, rows),
  };
}

export function takeAll<Name extends string>(columns: ReadonlyMap<Name, Column>): Record<Name, Flat> {
  const taken = [...columns].map(([name, column]) => [name, column.take()] as const);
  return Object.fromEntries(taken) as Record<Name, Flat>;
}
