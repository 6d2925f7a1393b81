/**
 * Text members at the top level of a CBOR map (RFC 8949), and the lengths of its lists: as much as RPC v2 requests and
 * answers tell. https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
 */

export type CborMap = { texts: Map<string, string>; lists: Map<string, number> };

type Cursor = { bytes: Uint8Array; at: number; left: number };
type Head = { major: number; value: number; open: boolean };

/** Items of any depth together: the whole is refused beyond. */
const MAX_ITEMS = 200_000;
const MAX_DEPTH = 64;
const DECODER = new TextDecoder();

/** Thrown and caught here: what is not well-formed is no map. */
class Malformed extends Error {}

function byte(cursor: Cursor): number {
  const value = cursor.bytes[cursor.at++];
  if (value === undefined) throw new Malformed();
  return value;
}

function unsigned(cursor: Cursor, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + byte(cursor);
  return value;
}

function readHead(cursor: Cursor): Head {
  if (cursor.left-- <= 0) throw new Malformed();
  const first = byte(cursor);
  const info = first & 31;
  const major = first >> 5;
  if ((info > 27 && info < 31) || (info === 31 && (major < 2 || major > 5))) throw new Malformed();
  const value = info < 24 ? info : info === 31 ? 0 : unsigned(cursor, 2 ** (info - 24));
  return { major, value, open: info === 31 };
}

function take(cursor: Cursor, length: number): Uint8Array {
  const end = cursor.at + length;
  if (end > cursor.bytes.length) throw new Malformed();
  const part = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return part;
}

function atBreak(cursor: Cursor): boolean {
  if (cursor.bytes[cursor.at] !== 0xff) return false;
  cursor.at++;
  return true;
}

/** Chunks of a string of unknown length, joined. */
function readString(cursor: Cursor, head: Head): string {
  if (!head.open) return DECODER.decode(take(cursor, head.value));
  let joined = '';
  while (!atBreak(cursor)) joined += DECODER.decode(take(cursor, readHead(cursor).value));
  return joined;
}

/** Calls `each` for every member; returns how many. */
function members(cursor: Cursor, head: Head, each: () => void): number {
  let count = 0;
  for (; head.open ? !atBreak(cursor) : count < head.value; count++) each();
  return count;
}

function skip(cursor: Cursor, head: Head, depth: number): number {
  if (depth > MAX_DEPTH) throw new Malformed();
  const { major } = head;
  const next = (): void => void skip(cursor, readHead(cursor), depth + 1);
  if (major === 2 || major === 3) readString(cursor, head);
  else if (major === 4) return members(cursor, head, next);
  else if (major === 5) {
    members(cursor, head, () => {
      next();
      next();
    });
  } else if (major === 6) next();
  return 0;
}

function readMember(cursor: Cursor, map: CborMap): void {
  const key = readHead(cursor);
  if (key.major !== 3) throw new Malformed();
  const name = readString(cursor, key);
  const value = readHead(cursor);
  if (value.major === 3) map.texts.set(name, readString(cursor, value));
  else {
    const length = skip(cursor, value, 0);
    if (value.major === 4) map.lists.set(name, length);
  }
}

/** Null: no map, or not well-formed. */
export function readCbor(bytes: Uint8Array): CborMap | null {
  const cursor: Cursor = { bytes, at: 0, left: MAX_ITEMS };
  const map: CborMap = { texts: new Map(), lists: new Map() };
  try {
    const head = readHead(cursor);
    if (head.major !== 5) return null;
    members(cursor, head, () => readMember(cursor, map));
    return map;
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}
