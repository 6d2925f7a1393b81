/** Protocol buffers without a schema: fields by number. https://protobuf.dev/programming-guides/encoding/ */

export type Field = {
  number: number;
  bytes: Uint8Array;
};

const MAX_FIELDS = 100_000;

/** Position behind the varint, and its value as far as a number holds it; null: cut off or too long. */
function varint(bytes: Uint8Array, from: number): { value: number; next: number } | null {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[from + i];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: from + i + 1 };
  }
  return null;
}

/** Bytes of a value of that wire type at `from`; null for what is no such thing. */
function span(bytes: Uint8Array, type: number, from: number): { start: number; end: number } | null {
  if (type === 1) return { start: from, end: from + 8 };
  if (type === 5) return { start: from, end: from + 4 };
  const number = varint(bytes, from);
  if (!number || (type !== 0 && type !== 2)) return null;
  return type === 0
    ? { start: from, end: number.next }
    : { start: number.next, end: number.next + number.value };
}

const VARINT = 0;
const DELIMITED = 2;

/** The fields of that wire type, up to where the message is whole. */
function fieldsOf(bytes: Uint8Array, type: number): Field[] {
  const found: Field[] = [];
  let at = 0;
  while (at < bytes.length && found.length < MAX_FIELDS) {
    const tag = varint(bytes, at);
    const value = tag && span(bytes, tag.value % 8, tag.next);
    if (!value || value.end > bytes.length) break;
    if (tag.value % 8 === type)
      found.push({ number: Math.floor(tag.value / 8), bytes: bytes.subarray(value.start, value.end) });
    at = value.end;
  }
  return found;
}

/** All length-delimited fields at a path of numbers, through nested messages. */
export function fieldsAt(bytes: Uint8Array, path: readonly number[]): Uint8Array[] {
  return path.reduce<Uint8Array[]>(
    (messages, number) =>
      messages.flatMap((one) =>
        fieldsOf(one, DELIMITED).flatMap((field) => (field.number === number ? [field.bytes] : [])),
      ),
    [bytes],
  );
}

/** The last number that a message has under that number; 0, as is not sent: none. */
export function numberAt(bytes: Uint8Array, number: number): number {
  const last = fieldsOf(bytes, VARINT).findLast((field) => field.number === number);
  return last ? varint(last.bytes, 0)!.value : 0;
}

/** Members of packed varints. */
export function packed(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => count + (byte < 0x80 ? 1 : 0), 0);
}
