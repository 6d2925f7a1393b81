/**
 * JSON of others (RFC 8259): bounded in depth and number of values, exact in its integers, and read as far as it came
 * where it was cut. Objects have no prototype but an empty one: nothing is inherited, `__proto__` is a key like any other.
 */
import { createScanner, type Scanner } from './json-scan.ts';

export type JsonRead =
  | {
      value: unknown;
      /** The text, or the patience, ended too early; the members that were complete are there. */
      cut: boolean;
      /** A key came twice in one object: its last value is there, another parser may take the first. */
      duplicates: boolean;
    }
  | { malformed: true };

const MAX_DEPTH = 200;
const MAX_VALUES = 1_000_000;
const DECODER = new TextDecoder();
const MALFORMED: JsonRead = { malformed: true };
/** Objects that are made from a prototype, and not from null, keep the fast representation of the engine. */
const EMPTY = Object.freeze(Object.create(null)) as object;

type Holder = unknown[] | Record<string, unknown>;

const [QUOTE, COMMA, COLON, OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [34, 44, 58, 91, 93, 123, 125];

/** @returns integers beyond 2^53 as bigint, and as text beyond 40 digits. Without recursion, in linear time. */
export function parseJson(input: Uint8Array | string): JsonRead {
  const text = typeof input === 'string' ? input : DECODER.decode(input);
  return readDocument(createScanner(text));
}

/** The value alone; undefined where it cannot be read. */
export function jsonValue(input: Uint8Array | string): unknown {
  const read = parseJson(input);
  return 'value' in read ? read.value : undefined;
}

/** What is open around the place that is being read. */
type Nest = {
  holders: Holder[];
  holder: Holder | null;
  key: string;
  root: unknown;
  values: number;
  duplicates: boolean;
};

/** How reading goes on: behind a value, before one, or not at all. */
type Step = 'value' | 'behind' | 'cut' | 'malformed';

function readDocument(scan: Scanner): JsonRead {
  const nest: Nest = { holders: [], holder: null, key: '', root: undefined, values: 0, duplicates: false };
  let step: Step = 'value';
  for (;;) {
    if (step === 'value') step = readValue(scan, nest);
    else if (step === 'behind' && nest.holder !== null) step = readBehind(scan, nest);
    else break;
  }
  const ended = step === 'behind' && scan.next() === -1;
  if (!ended && step !== 'cut') return MALFORMED;
  if (nest.root === undefined) return MALFORMED;
  return { value: nest.root, cut: step === 'cut', duplicates: nest.duplicates };
}

function readValue(scan: Scanner, nest: Nest): Step {
  const first = scan.next();
  if (first === OPEN) return open(scan, nest, Object.create(EMPTY) as Record<string, unknown>);
  if (first === OPEN_LIST) return open(scan, nest, []);
  const value = first === QUOTE ? scan.text() : scan.scalar(nest.holder === null);
  if (value === undefined) return scan.over() ? 'cut' : 'malformed';
  return put(nest, value) ? 'behind' : 'cut';
}

/** A value takes its place at once, so that what is read of it is there whenever the text ends. */
function put(nest: Nest, value: unknown): boolean {
  const { holder, key } = nest;
  if (++nest.values > MAX_VALUES) return false;
  if (holder === null) nest.root = value;
  else if (Array.isArray(holder)) holder.push(value);
  else {
    if (holder[key] !== undefined) nest.duplicates = true;
    holder[key] = value;
  }
  return true;
}

function open(scan: Scanner, nest: Nest, holder: Holder): Step {
  scan.skip();
  if (nest.holders.length >= MAX_DEPTH) return 'malformed';
  if (!put(nest, holder)) return 'cut';
  nest.holders.push(holder);
  nest.holder = holder;
  const isList = Array.isArray(holder);
  if (scan.next() === (isList ? CLOSE_LIST : CLOSE)) return close(scan, nest);
  return isList ? 'value' : readKey(scan, nest);
}

function close(scan: Scanner, nest: Nest): Step {
  scan.skip();
  nest.holders.pop();
  nest.holder = nest.holders.at(-1) ?? null;
  return 'behind';
}

function readKey(scan: Scanner, nest: Nest): Step {
  const key = scan.next() === QUOTE ? scan.text() : undefined;
  if (key === undefined || scan.next() !== COLON) return scan.over() ? 'cut' : 'malformed';
  scan.skip();
  nest.key = key;
  return 'value';
}

function readBehind(scan: Scanner, nest: Nest): Step {
  const isList = Array.isArray(nest.holder);
  const next = scan.next();
  if (next === COMMA) {
    scan.skip();
    return isList ? 'value' : readKey(scan, nest);
  }
  if (next === (isList ? CLOSE_LIST : CLOSE)) return close(scan, nest);
  return next === -1 ? 'cut' : 'malformed';
}
