/** Words, strings, numbers and signs of an expression, in one pass. */

export type Token = {
  type: 'name' | 'string' | 'number' | 'sign' | 'end';
  /** Strings without quotes, escapes resolved. */
  text: string;
  start: number;
  end: number;
};

const SIGNS = ['&&', '||', '==', '!=', '<=', '>=', ...'!<>+-.,()[]?:'];
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /\d+(?:\.\d+)?u?/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['`', '`'],
]);

/** Null: something that is none of these. */
export function tokens(text: string): Token[] | null {
  const found: Token[] = [];
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text[at]!)) {
      at++;
      continue;
    }
    const token = tokenAt(text, at);
    if (token === null) return null;
    found.push(token);
    at = token.end;
  }
  return [...found, { type: 'end', text: '', start: text.length, end: text.length }];
}

function tokenAt(text: string, start: number): Token | null {
  const first = text[start]!;
  if (first === '"' || first === "'") return stringAt(text, start, start + 1, false);
  const next = text[start + 1];
  if ((first === 'r' || first === 'R') && (next === '"' || next === "'"))
    return stringAt(text, start, start + 2, true);
  const word = matchAt(NAME, text, start);
  // `in` is an operator, and CEL has no other that is spelled.
  if (word !== null)
    return { type: word === 'in' ? 'sign' : 'name', text: word, start, end: start + word.length };
  const number = matchAt(NUMBER, text, start);
  if (number !== null)
    return { type: 'number', text: number.replace('u', ''), start, end: start + number.length };
  const sign = SIGNS.find((one) => text.startsWith(one, start));
  return sign === undefined ? null : { type: 'sign', text: sign, start, end: start + sign.length };
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** Triple quotes and numeric escapes are left to whoever reads the words. */
function stringAt(text: string, start: number, from: number, raw: boolean): Token | null {
  const quote = text[from - 1]!;
  if (text.startsWith(quote + quote, from)) return null;
  const parts: string[] = [];
  for (let at = from; at < text.length; at++) {
    const char = text[at]!;
    if (char === quote) return { type: 'string', text: parts.join(''), start, end: at + 1 };
    if (char !== '\\' || raw) {
      parts.push(char);
      continue;
    }
    const escaped = ESCAPES.get(text[++at] ?? '');
    if (escaped === undefined) return null;
    parts.push(escaped);
  }
  return null;
}
