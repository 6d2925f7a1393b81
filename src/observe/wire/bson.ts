/** BSON documents (https://bsonspec.org/spec.html), cut anywhere: names, and where their values lie. */

export type BsonElement = { type: number; name: string; at: number; end: number };
export type BsonDocument = { elements: readonly BsonElement[]; whole: boolean };

const [DOUBLE, STRING, OBJECT, LIST, BINARY, BOOLEAN, INT32, INT64] = [1, 2, 3, 4, 5, 8, 16, 18];
const FIXED: ReadonlyMap<number, number> = new Map([
  ...([DOUBLE, 9, 17, INT64] as const).map((type) => [type!, 8] as const),
  ...([6, 10, 127, 255] as const).map((type) => [type, 0] as const),
  ...([
    [7, 12],
    [BOOLEAN!, 1],
    [INT32!, 4],
    [19, 16],
  ] as const),
]);
/** With their length in front: what else the value has besides so many bytes. */
const COUNTED: ReadonlyMap<number, number> = new Map([
  [STRING!, 4],
  [13, 4],
  [14, 4],
  [BINARY!, 5],
  [OBJECT!, 0],
  [LIST!, 0],
  [15, 0],
]);
const MAX_NAME = 1024;

/** Null: not known, or not there. */
function sizeOf(type: number, bytes: Buffer, at: number): number | null {
  const fixed = FIXED.get(type);
  const more = COUNTED.get(type);
  if (fixed !== undefined || more === undefined || at + 4 > bytes.length) return fixed ?? null;
  const counted = bytes.readInt32LE(at);
  return counted < 0 ? null : counted + more;
}

/** The elements of the document at `from`, up to where it is cut or not understood. */
export function bsonAt(bytes: Buffer, from: number): BsonDocument {
  const elements: BsonElement[] = [];
  const end = from + 4 <= bytes.length ? from + bytes.readInt32LE(from) : Number.POSITIVE_INFINITY;
  let at = from + 4;
  while (at < bytes.length && at < end) {
    const type = bytes[at]!;
    if (type === 0) return { elements, whole: true };
    const zero = bytes.subarray(at + 1, at + 1 + MAX_NAME).indexOf(0);
    const value = at + 2 + zero;
    const size = zero < 0 ? null : sizeOf(type, bytes, value);
    if (size === null) break;
    elements.push({
      type,
      name: bytes.toString('utf8', at + 1, at + 1 + zero),
      at: value,
      end: value + size,
    });
    at = value + size;
  }
  return { elements, whole: false };
}

export function bsonField({ elements }: BsonDocument, name: string): BsonElement | null {
  return elements.find((one) => one.name === name) ?? null;
}

export function bsonText(bytes: Buffer, one: BsonElement | null): string | null {
  return one?.type === STRING && one.end <= bytes.length
    ? bytes.toString('utf8', one.at + 4, one.end - 1)
    : null;
}

export function bsonNumber(bytes: Buffer, one: BsonElement | null): number | null {
  if (!one || one.end > bytes.length) return null;
  if (one.type === DOUBLE) return bytes.readDoubleLE(one.at);
  if (one.type === INT32) return bytes.readInt32LE(one.at);
  if (one.type === INT64) return Number(bytes.readBigInt64LE(one.at));
  return one.type === BOOLEAN ? bytes[one.at]! : null;
}

/** What a document or list holds. */
export function bsonInside(bytes: Buffer, one: BsonElement | null): BsonDocument | null {
  return one && (one.type === OBJECT || one.type === LIST) ? bsonAt(bytes, one.at) : null;
}

export function bsonBytes(bytes: Buffer, one: BsonElement | null): Buffer | null {
  return one?.type === BINARY ? bytes.subarray(one.at + 5, one.end) : null;
}
