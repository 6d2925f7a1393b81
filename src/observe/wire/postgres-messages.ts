/** Messages of PostgreSQL's protocol 3.0 (manual §55.7), as far as they are of use. */
import type { Grammar } from './sql-frames.ts';
import { MAX_SQL } from './statement.ts';

const codes = (letters: string): ReadonlySet<number> => new Set(Buffer.from(letters, 'latin1'));

const STARTUP_CODES: ReadonlySet<number> = new Set([196608, 196610, 80877102, 80877103, 80877104]);
export const CANCEL = 80877102;
export const SSL = 80877103;
export const GSS = 80877104;

const MAX_STARTUP = 10_000;
const MAX_MESSAGE = 0x3fffffff;
const NAMES = 1024;

/** The first message of a client has no type. */
export const STARTUP: Grammar = {
  header: 8,
  read(header) {
    const [size, tag] = [header.readUInt32BE(0), header.readUInt32BE(4)];
    return STARTUP_CODES.has(tag) && size >= 8 && size <= MAX_STARTUP ? { tag, size: size - 8 } : null;
  },
  keep: () => MAX_STARTUP,
};

/** One byte answers a request for encryption. */
export const CHOICE: Grammar = {
  header: 1,
  read: ([tag]) => ({ tag: tag!, size: 0 }),
  keep: () => 0,
};

function grammar(types: ReadonlySet<number>, kept: Readonly<Record<string, number>>): Grammar {
  const keeps = new Map(Object.entries(kept).map(([type, size]) => [type.charCodeAt(0), size]));
  return {
    header: 5,
    read(header) {
      const tag = header[0]!;
      const size = header.readUInt32BE(1);
      return types.has(tag) && size >= 4 && size <= MAX_MESSAGE ? { tag, size: size - 4 } : null;
    },
    // Passwords, parameters and rows: nothing.
    keep: (tag) => keeps.get(tag) ?? 0,
  };
}

export const CLIENT = grammar(codes('QPBDECHSXFpdcf'), {
  Q: MAX_SQL,
  P: MAX_SQL + NAMES,
  B: 2 * NAMES,
  E: NAMES,
  D: NAMES,
  C: NAMES,
});

export const SERVER = grammar(codes('RKSZTDCEINntv123sAGHWdcV'), { C: 64, E: 512, S: 64 });

/** The strings that a message begins with; one that its end is missing of is the last. */
export function strings(bytes: Buffer, most: number): string[] {
  const found: string[] = [];
  for (let from = 0; found.length < most && from < bytes.length; ) {
    const end = bytes.indexOf(0, from);
    found.push(bytes.toString('utf8', from, end < 0 ? bytes.length : end));
    if (end < 0) break;
    from = end + 1;
  }
  return found;
}

/** SQLSTATE of an ErrorResponse. */
export function sqlState(bytes: Buffer): string {
  return (
    strings(bytes, 16)
      .find((field) => field.startsWith('C'))
      ?.slice(1) ?? ''
  );
}

/** Class 28: invalid authorization specification. 42501: insufficient_privilege. */
export function isDenied(state: string): boolean {
  return state === '42501' || state.startsWith('28');
}

/** `INSERT 0 3`, `SELECT 5`, `BEGIN`. */
export function tagRows(tag: string): number {
  const rows = Number(/ (\d{1,15})$/.exec(tag)?.[1] ?? 0);
  return rows;
}
