/** Packets of the client/server protocol of MySQL and MariaDB, as far as they are of use. */
import type { Grammar } from './sql-frames.ts';
import { identifier, MAX_SQL } from './statement.ts';

/** Capabilities (MySQL: "Capabilities Flags"). */
export const CONNECT_WITH_DB = 1 << 3;
export const COMPRESS = 1 << 5;
export const PROTOCOL_41 = 1 << 9;
export const TLS = 1 << 11;
const SECURE_CONNECTION = 1 << 15;
const AUTH_LENENC = 1 << 21;
export const OPTIONAL_METADATA = 1 << 25;
export const ZSTD = 1 << 26;

/** Server status. */
export const MORE_RESULTS = 0x0008;
export const CURSOR_EXISTS = 0x0040;
export const NO_BACKSLASH_ESCAPES = 0x0200;

/** No privilege for the database, at log-in, on a table, a column, for an action, a routine; no such account, locked. */
const DENIED: ReadonlySet<number> = new Set([1044, 1045, 1142, 1143, 1227, 1370, 1698, 3118]);
export const isDenied = (code: number): boolean => DENIED.has(code);

export const codeOf = (bytes: Buffer): number => (bytes.length >= 3 ? bytes.readUInt16LE(1) : 0);
/** MariaDB tells the progress of a long statement as an error that is none. */
export const isProgress = (bytes: Buffer): boolean => bytes[0] === 0xff && codeOf(bytes) === 0xffff;

/** The tag is the sequence number; one that continues the packet before it has this as well. */
export const CONTINUES = 0x100;
const FULL = 0xffffff;

export function packets(keep: (sequence: number) => number): Grammar {
  let full = false;
  return {
    header: 4,
    read(header) {
      const size = header.readUIntLE(0, 3);
      const tag = header[3]! | (full ? CONTINUES : 0);
      full = size === FULL;
      return { tag, size };
    },
    keep: (tag) => (tag >= CONTINUES ? 0 : keep(tag)),
  };
}

/** A command is the first packet of its exchange; what follows one at log-in is short. */
export const clientPackets = (): Grammar => packets((sequence) => (sequence === 0 ? MAX_SQL + 1024 : 1024));
export const serverPackets = (): Grammar => packets((sequence) => (sequence === 0 ? 256 : 32));

/** @returns the number and where it ends. NULL and what is cut: zero. */
export function lenenc(bytes: Buffer, at: number): [value: number, end: number] {
  const first = bytes[at] ?? 0;
  const width = first === 0xfc ? 2 : first === 0xfd ? 3 : first === 0xfe ? 8 : 0;
  if (width === 0) return [first < 0xfb ? first : 0, at + 1];
  const end = at + 1 + width;
  if (end > bytes.length) return [0, end];
  return [width === 8 ? Number(bytes.readBigUInt64LE(at + 1)) : bytes.readUIntLE(at + 1, width), end];
}

function text(bytes: Buffer, from: number): [text: string, end: number] {
  const found = bytes.indexOf(0, from);
  const end = found < 0 ? bytes.length : found;
  return [bytes.toString('utf8', from, end), end + 1];
}

/** Capabilities of a server's greeting (protocol 10). */
export function greeted(bytes: Buffer): number | null {
  const [, end] = text(bytes, 1);
  const low = end + 4 + 8 + 1;
  if (low + 7 > bytes.length) return null;
  return bytes.readUInt16LE(low) | (bytes.readUInt16LE(low + 5) << 16);
}

/** What a client says first inside of TLS: packet 2, protocol 4.1, and the zeros of HandshakeResponse41. */
export function isLogin(head: Uint8Array): boolean {
  if (head.length < 36 || head[3] !== 2 || head[2] !== 0 || head[1]! > 15) return false;
  return (head[5]! & (PROTOCOL_41 >> 8)) !== 0 && head.subarray(13, 32).every((byte) => byte === 0);
}

/** Who logs in, and to which database: HandshakeResponse41. What proves it is passed over. */
export function handshake(
  bytes: Buffer,
): { flags: number; user: string | null; database: string | null } | null {
  if (bytes.length < 32) return null;
  const flags = bytes.readUInt32LE(0);
  const [user, afterUser] = text(bytes, 32);
  const known = { flags, user: identifier(user) };
  if (!(flags & CONNECT_WITH_DB)) return { ...known, database: null };
  let at = afterUser;
  if (flags & AUTH_LENENC) {
    const [size, end] = lenenc(bytes, at);
    at = end + size;
  } else at = flags & SECURE_CONNECTION ? at + 1 + (bytes[at] ?? 0) : text(bytes, at)[1];
  return { ...known, database: nameAt(bytes, at) };
}

/** COM_CHANGE_USER. */
export function changed(bytes: Buffer): { user: string; database: string | null } {
  const [user, at] = text(bytes, 1);
  return { user: identifier(user), database: nameAt(bytes, at + 1 + (bytes[at] ?? 0)) };
}

function nameAt(bytes: Buffer, at: number): string | null {
  const name = at < bytes.length ? text(bytes, at)[0] : '';
  return name === '' ? null : identifier(name);
}

/** Of an OK packet, by whichever header: rows changed, and the server's status. */
export function okay(bytes: Buffer): { rows: number; status: number } {
  const [rows, next] = lenenc(bytes, 1);
  const [, end] = lenenc(bytes, next);
  return { rows, status: end + 2 <= bytes.length ? bytes.readUInt16LE(end) : 0 };
}

/** Bytes of a value by its type; of dates and times, and of all else, the length stands before them. */
const FIXED = new Map([
  [1, 1],
  [2, 2],
  [3, 4],
  [4, 4],
  [5, 8],
  [6, 0],
  [8, 8],
  [9, 4],
  [13, 2],
]);

/** Where the text of a COM_QUERY begins: behind its attributes, which no text begins like (CLIENT_QUERY_ATTRIBUTES). */
export function queryText(bytes: Buffer): number {
  const count = bytes[1] ?? 0;
  if (bytes[2] !== 1 || count > 8) return 1;
  if (count === 0) return 3;
  const types: number[] = [];
  const nulls = 3;
  // A bit for each, and that types follow.
  let at = nulls + 2;
  for (let i = 0; i < count; i++) {
    types.push(bytes[at] ?? 0);
    const [size, end] = lenenc(bytes, at + 2);
    at = end + size;
  }
  for (const [i, type] of types.entries()) {
    if (((bytes[nulls]! >> i) & 1) === 1) continue;
    const fixed = FIXED.get(type);
    const [size, end] = fixed === undefined ? lenenc(bytes, at) : [fixed, at];
    at = end + size;
  }
  return Math.min(at, bytes.length);
}
