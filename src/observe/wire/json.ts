/** JSON of others (RFC 8259): bounded in depth, exact in its integers, and read as far as it came where it was cut. */

export type JsonRead =
  /** `cut`: the text ended too early; the members that were complete are there. */
  { value: unknown; cut: boolean } | { malformed: true };

const MAX_DEPTH = 200;
const DECODER = new TextDecoder();
/** Integers beyond 2^53 have at least 16 digits. */
const LONG_NUMBER = /\d{16}/;
const INTEGER = /^-?\d+$/;

export function parseJson(input: Uint8Array | string): JsonRead {
  const text = typeof input === 'string' ? input : DECODER.decode(input);
  const scan = scanJson(text);
  if (scan.tooDeep) return { malformed: true };
  const whole = attempt(text);
  if (whole) return { value: whole.value, cut: false };
  const repaired = scan.complete === null ? null : attempt(scan.complete);
  return repaired ? { value: repaired.value, cut: true } : { malformed: true };
}

/** The value alone; undefined where it cannot be read. */
export function jsonValue(input: Uint8Array | string): unknown {
  const read = parseJson(input);
  return 'value' in read ? read.value : undefined;
}

function attempt(text: string): { value: unknown } | null {
  try {
    return { value: LONG_NUMBER.test(text) ? JSON.parse(text, exact as Reviver) : JSON.parse(text) };
  } catch {
    return null;
  }
}

type Reviver = (key: string, value: unknown) => unknown;

/** An identifier beyond 2^53 must not become its neighbour. */
function exact(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value;
  return INTEGER.test(source) ? BigInt(source) : value;
}

type Scan = {
  tooDeep: boolean;
  /** Up to the last member that was complete, closed; null: nothing was, or the text is no cut-off JSON. */
  complete: string | null;
};

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;

/** One pass without recursion: brackets, strings, and where a value was last known to be whole. */
function scanJson(text: string): Scan {
  const closers: string[] = [];
  let safe = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === COMMA) safe = i;
    else if (code === 0x7b || code === 0x5b) {
      closers.push(code === 0x7b ? '}' : ']');
      if (closers.length > MAX_DEPTH) return { tooDeep: true, complete: null };
      safe = i + 1;
    } else if (code === 0x7d || code === 0x5d) {
      closers.pop();
      safe = i + 1;
    }
  }
  // Every bracket is a safe place, so behind the last one only members without any were begun.
  if (closers.length === 0 || safe === 0) return { tooDeep: false, complete: null };
  return { tooDeep: false, complete: text.slice(0, safe) + closers.reverse().join('') };
}
