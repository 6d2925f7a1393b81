/**
 * JSON of a segment line. Most of it is the observation table: columns of integers, which are read straight from the
 * bytes into flat arrays. `JSON.parse` would make a string of the whole line and put millions of numbers on the heap
 * for the collector to look through. Whatever is not plain goes there all the same, so the values are always its.
 */
import type { Segment } from '../../model/snapshot.ts';
import type { Scratch } from './scratch.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const END = 0x7d;

const TABLE = 'observations' satisfies keyof Segment;
/** Only a key can stand like this: inside of a string its quotes would be escaped. */
const HEAD = Buffer.from(`,"${TABLE}":{`);
/** Stands in for the table while the rest is parsed. */
const HOLE = 0;
/** Fewer cannot leave 31 bits; what has more is no integer that matters for speed. */
const SAFE_DIGITS = 9;

export type Integers = Int32Array | Float64Array;

/** @throws SyntaxError as `JSON.parse` does. */
export function parseSegmentJson(line: Buffer, scratch: Pick<Scratch, 'column'>): unknown {
  const from = line.indexOf(HEAD) + HEAD.length;
  const read = from < HEAD.length ? null : readTable(line, from, scratch);
  if (read === null) return JSON.parse(line.toString('utf8'));
  const rest = `${line.toString('utf8', 0, from - 1)}${HOLE}${line.toString('utf8', read.end)}`;
  const value = JSON.parse(rest) as Record<string, unknown>;
  // In an inner object, or said twice: the hole is elsewhere.
  if (value[TABLE] !== HOLE) return JSON.parse(line.toString('utf8'));
  value[TABLE] = read.table;
  return value;
}

type Table = { table: Record<string, Integers>; end: number };

/** `from`: behind the opening brace. Null where anything is not plain. */
function readTable(bytes: Buffer, from: number, scratch: Pick<Scratch, 'column'>): Table | null {
  const table: Record<string, Integers> = {};
  let at = from;
  let rows = 0;
  let columns = 0;
  for (;;) {
    const close = bytes[at] === QUOTE ? bytes.indexOf(QUOTE, at + 1) : -1;
    // Unlike the words that objects have of their own: none of these is a column.
    const name = close === -1 ? '' : bytes.toString('latin1', at + 1, Math.min(close, at + 33));
    if (!/^[a-z]+$/.test(name) || name in table) return null;
    if (bytes[close + 1] !== COLON || bytes[close + 2] !== OPEN) return null;
    const end = bytes.indexOf(CLOSE, close + 3);
    if (end === -1) return null;
    if (rows === 0) rows = countOf(COMMA, bytes, close + 3, end) + 1;
    const room = scratch.column(columns++, rows);
    const column = readColumn(bytes, close + 3, end, room);
    if (column === null) return null;
    table[name] = column;
    if (bytes[end + 1] === END) return { table, end: end + 2 };
    if (bytes[end + 1] !== COMMA) return null;
    at = end + 2;
  }
}

function countOf(byte: number, bytes: Buffer, from: number, end: number): number {
  let count = 0;
  for (let at = from; at < end; at++) if (bytes[at] === byte) count++;
  return count;
}

/** As many integers as there is room for, up to `end`; else null: unequal columns are for the schema to refuse. */
function readColumn(bytes: Buffer, from: number, end: number, room: Int32Array): Integers | null {
  const rows = room.length;
  let values: Integers = room;
  let at = from;
  for (let row = 0; row < rows; row++) {
    const sign = bytes[at] === MINUS ? 1 : 0;
    const start = at + sign;
    at = start;
    let value = 0;
    for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO)
      value = (value * 10 + digit) | 0;
    const digits = at - start;
    if (digits === 0 || (bytes[start] === ZERO && digits + sign > 1)) return null;
    if (digits > SAFE_DIGITS) {
      value = Number(bytes.toString('latin1', start, at));
      if (value > 0x7fffffff && values instanceof Int32Array) values = Float64Array.from(values);
    }
    values[row] = sign === 1 ? -value : value;
    if (bytes[at] !== (row === rows - 1 ? CLOSE : COMMA)) return null;
    at++;
  }
  return at === end + 1 ? values : null;
}
