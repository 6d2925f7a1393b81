/** The tokens of JSON, one after the other. */

export type Scanner = {
  /** The first character code that is no white space, not consumed; -1 at the end. */
  next(): number;
  /** Consumes one character. */
  skip(): void;
  /** The text whose quote is next; undefined where it does not end, or is none. */
  text(): string | undefined;
  /**
   * A number or a literal; undefined where there is none, or the input ends within it.
   * @param alone it is the whole document.
   */
  scalar(alone: boolean): unknown;
  /** Whether what could not be read may have been whole once: the input ended there. */
  over(): boolean;
};

const BYTE_ORDER_MARK = 0xfeff;
const BACKSLASH = 92;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const INTEGER = /^-?\d+$/;
const LITERALS: readonly (readonly [word: string, value: unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];
/** `fals`: of what may have become a scalar, beyond what was read of it. */
const LONGEST_REST = 4;
/** Reading digits as a bigint takes more than linear time. */
const MAX_DIGITS = 40;
/** A part of a long text keeps all of it in memory if it has at least 13 characters; a parsed one is a copy. */
const SHARED = 13;

export function createScanner(input: string): Scanner {
  const length = input.length;
  let at = input.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
  let over = false;
  /** At or behind `at`, so that no character is looked at twice for it. */
  let backslash = -1;

  function escapedBefore(end: number): boolean {
    if (backslash < at) {
      backslash = input.indexOf('\\', at);
      if (backslash < 0) backslash = length;
    }
    return backslash < end;
  }
  /** The first quote that is not escaped, from this one on. */
  function closing(quote: number): number {
    let end = quote;
    while (end >= 0 && isEscaped(input, end)) end = input.indexOf('"', end + 1);
    return end;
  }
  function parsed(end: number): string | undefined {
    try {
      return JSON.parse(input.slice(at, end + 1));
    } catch {
      return undefined;
    }
  }
  return {
    next() {
      while (at < length) {
        const code = input.charCodeAt(at);
        if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return code;
        at++;
      }
      over = true;
      return -1;
    },
    skip() {
      at++;
    },
    text() {
      let end = input.indexOf('"', at + 1);
      const escaped = escapedBefore(end < 0 ? length : end);
      if (escaped) end = closing(end);
      if (end < 0) {
        over = true;
        return undefined;
      }
      const value = escaped || end - at > SHARED ? parsed(end) : plain(input.slice(at + 1, end));
      at = end + 1;
      return value;
    },
    scalar(alone) {
      const start = at;
      const isWord = input.charCodeAt(at) > 57;
      const word = isWord ? LITERALS.find(([one]) => input.startsWith(one, at)) : undefined;
      at = isWord ? at + (word?.[0].length ?? 0) : numberEnd(input, at);
      // What ends with the input may go on behind it, save a document that is a number.
      if (length - at <= LONGEST_REST && word === undefined && !(alone && at > start))
        over ||= isBegun(input.slice(at), at > start);
      if (at === start || over) return undefined;
      return word ? word[1] : numberOf(input.slice(start, at));
    },
    over: () => over,
  };
}

/** Control characters have to be escaped. */
function plain(text: string): string | undefined {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 32) return undefined;
  return text;
}

/** An odd number of backslashes stands before it. */
function isEscaped(input: string, at: number): boolean {
  let from = at;
  while (input.charCodeAt(from - 1) === BACKSLASH) from--;
  return (at - from) % 2 === 1;
}

/** Where a number that begins here is over; here, where none does. */
function numberEnd(input: string, at: number): number {
  NUMBER.lastIndex = at;
  return NUMBER.test(input) ? NUMBER.lastIndex : at;
}

/** Whether a scalar may go on behind the end of the input. @param rest of it, behind the number that was `read`. */
function isBegun(rest: string, read: boolean): boolean {
  if (read) return /^(?:\.|[eE][+-]?|\.\d*[eE][+-]?)?$/.test(rest);
  return rest === '-' || LITERALS.some(([word]) => word.startsWith(rest));
}

/** An identifier beyond 2^53 must not become its neighbour. */
function numberOf(source: string): number | bigint | string {
  const value = Number(source);
  if (source.length < 16 || Number.isSafeInteger(value) || !INTEGER.test(source)) return value;
  return source.length > MAX_DIGITS ? source : BigInt(source);
}
