/**
 * IAM wildcards: `*` any run, `?` any one character. Pieces between the stars are found from left to right, each at its
 * first place, which never has to be taken back; a piece is searched by shift-and, 32 of its characters a step. So the
 * steps are at most text × (longest piece / 32), whatever the pattern.
 */

/** A code, or -1 for any one character. */
export type Codes = readonly number[];
/** One more piece than stars. */
export type Glob = { readonly pieces: readonly Piece[] };
/** What is read of a text, so that a test can count it. */
export type Text = Pick<string, 'length' | 'charCodeAt'>;
type Piece = { readonly codes: Codes; masks: Masks | null };
type Masks = { words: number; any: Uint32Array; of: Map<number, Uint32Array> };

const STAR = 42;
const QUESTION = 63;
/** `?` of a pattern, and a star within it. */
export const ANY_ONE = -1;
export const ANY_RUN = -2;

/** Wildcards as codes below zero: values of policy variables bring none. */
export function codesOf(text: string): number[] {
  const codes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    codes.push(code === STAR ? ANY_RUN : code === QUESTION ? ANY_ONE : code);
  }
  return codes;
}

export function globOf(codes: Codes): Glob {
  const pieces: Piece[] = [];
  let start = 0;
  for (let i = 0; i <= codes.length; i++) {
    if (i < codes.length && codes[i] !== ANY_RUN) continue;
    pieces.push({ codes: codes.slice(start, i), masks: null });
    start = i + 1;
  }
  return { pieces };
}

export function compileGlob(pattern: string): Glob {
  return globOf(codesOf(pattern));
}

/** Whether the pattern is `*` or stars alone. */
export function isEverything({ pieces }: Glob): boolean {
  return pieces.length > 1 && pieces.every(({ codes }) => codes.length === 0);
}

/** Of the text from `start` to `end` (exclusive). */
export function globMatches({ pieces }: Glob, text: Text, start = 0, end = text.length): boolean {
  const first = pieces[0]!;
  if (pieces.length === 1) return end - start === first.codes.length && at(first.codes, text, start);
  const last = pieces[pieces.length - 1]!;
  const tail = end - last.codes.length;
  let place = start + first.codes.length;
  if (place > tail || !at(first.codes, text, start) || !at(last.codes, text, tail)) return false;
  for (let i = 1; i < pieces.length - 1; i++) {
    place = after(pieces[i]!, text, place, tail);
    if (place < 0) return false;
  }
  return true;
}

/** `?` does not stand for a star: a text that has one is a pattern itself. */
function at(codes: Codes, text: Text, start: number): boolean {
  for (let i = 0; i < codes.length; i++) {
    const code = text.charCodeAt(start + i);
    if (codes[i] === ANY_ONE ? code === STAR : codes[i] !== code) return false;
  }
  return true;
}

/** End of the first place of the piece; -1: there is none. */
function after(piece: Piece, text: Text, start: number, end: number): number {
  const { length } = piece.codes;
  if (length === 0) return start;
  if (length > end - start) return -1;
  piece.masks ??= masksOf(piece.codes);
  const { words, any, of } = piece.masks;
  const state = new Uint32Array(words);
  const bit = 1 << ((length - 1) & 31);
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    shift(state, of.get(code) ?? (code === STAR ? NONE : any));
    if ((state[words - 1]! & bit) !== 0) return i + 1;
  }
  return -1;
}

const NONE = new Uint32Array(0);

function shift(state: Uint32Array, mask: Uint32Array): void {
  let carry = 1;
  for (let word = 0; word < state.length; word++) {
    const before = state[word]!;
    state[word] = ((before << 1) | carry) & (mask[word] ?? 0);
    carry = before >>> 31;
  }
}

function masksOf(codes: Codes): Masks {
  const words = Math.ceil(codes.length / 32);
  const any = new Uint32Array(words);
  const of = new Map<number, Uint32Array>();
  for (const [i, code] of codes.entries()) if (code === ANY_ONE) any[i >>> 5]! |= 1 << (i & 31);
  for (const [i, code] of codes.entries()) {
    if (code === ANY_ONE) continue;
    const mask = of.get(code) ?? any.slice();
    mask[i >>> 5]! |= 1 << (i & 31);
    of.set(code, mask);
  }
  return { words, any, of };
}

/**
 * Whether a text that is itself a pattern (`*` in it stands for anything) can have something in common with the glob:
 * false only where their beginnings or their ends exclude each other.
 */
export function mayMeet({ pieces }: Glob, text: string): boolean {
  const from = text.indexOf('*');
  const to = text.length - 1 - text.lastIndexOf('*');
  const first = pieces[0]!.codes;
  const last = pieces[pieces.length - 1]!.codes;
  for (let i = 0; i < Math.min(from, first.length); i++)
    if (first[i] !== ANY_ONE && first[i] !== text.charCodeAt(i)) return false;
  for (let i = 1; i <= Math.min(to, last.length); i++) {
    const code = last[last.length - i];
    if (code !== ANY_ONE && code !== text.charCodeAt(text.length - i)) return false;
  }
  return pieces.length > 1 || first.length >= text.replaceAll('*', '').length;
}
