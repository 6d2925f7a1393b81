/**
 * IAM wildcards: `*` any run, `?` any one character. Pieces between the stars are found from left to right, each at its
 * first place, which never has to be taken back; a piece is searched by shift-and, 32 of its characters a step. So the
 * steps are at most text × (longest piece / 32), whatever the pattern.
 */

/** One more piece than stars. */
export type Glob = { readonly pieces: readonly Piece[] };
/** What is read of a text, so that a test can count it. */
export type Text = Pick<string, 'length' | 'charCodeAt'>;
/** `open`: places of its text that stand for any one character. */
type Piece = { readonly text: string; readonly open: ReadonlySet<number> | null; masks: Masks | null };
type Masks = { words: number; any: Uint32Array; of: Map<number, Uint32Array> };

const STAR = 42;
const QUESTION = 63;

/** Parts of a pattern: `wild`, whether `*` and `?` in it stand for anything; what variables bring does not. */
export type Part = { text: string; wild: boolean };

export function compileGlob(pattern: string): Glob {
  return globOf([{ text: pattern, wild: true }]);
}

export function globOf(parts: readonly Part[]): Glob {
  const pieces: Piece[] = [];
  let text = '';
  let open: Set<number> | null = null;
  const close = () => {
    pieces.push({ text, open, masks: null });
    text = '';
    open = null;
  };
  for (const part of parts) {
    const runs = part.wild ? part.text.split('*') : [part.text];
    for (const [i, run] of runs.entries()) {
      if (i > 0) close();
      if (part.wild) open = places(run, text.length, open);
      text += run;
    }
  }
  close();
  return { pieces };
}

function places(run: string, offset: number, before: Set<number> | null): Set<number> | null {
  let open = before;
  for (let i = run.indexOf('?'); i >= 0; i = run.indexOf('?', i + 1)) {
    open ??= new Set();
    open.add(offset + i);
  }
  return open;
}

/** Whether the pattern is `*` or stars alone. */
export function isEverything({ pieces }: Glob): boolean {
  return pieces.length > 1 && pieces.every(({ text }) => text === '');
}

/** Of the text from `start` to `end` (exclusive). */
export function globMatches({ pieces }: Glob, text: Text, start = 0, end = text.length): boolean {
  const first = pieces[0]!;
  if (pieces.length === 1) return end - start === first.text.length && at(first, text, start);
  const last = pieces[pieces.length - 1]!;
  const tail = end - last.text.length;
  let place = start + first.text.length;
  if (place > tail || !at(first, text, start) || !at(last, text, tail)) return false;
  for (let i = 1; i < pieces.length - 1; i++) {
    place = after(pieces[i]!, text, place, tail);
    if (place < 0) return false;
  }
  return true;
}

/** `?` does not stand for a star: a text that has one is a pattern itself. */
function at({ text: piece, open }: Piece, text: Text, start: number): boolean {
  for (let i = 0; i < piece.length; i++) {
    const code = text.charCodeAt(start + i);
    if (code === piece.charCodeAt(i) && code !== QUESTION) continue;
    if (open?.has(i) ? code === STAR : code !== piece.charCodeAt(i)) return false;
  }
  return true;
}

/** End of the first place of the piece; -1: there is none. */
function after(piece: Piece, text: Text, start: number, end: number): number {
  const { length } = piece.text;
  if (length === 0) return start;
  if (length > end - start) return -1;
  piece.masks ??= masksOf(piece);
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

function masksOf({ text, open }: Piece): Masks {
  const words = Math.ceil(text.length / 32);
  const any = new Uint32Array(words);
  const of = new Map<number, Uint32Array>();
  for (const i of open ?? []) any[i >>> 5]! |= 1 << (i & 31);
  for (let i = 0; i < text.length; i++) {
    if (open?.has(i)) continue;
    const code = text.charCodeAt(i);
    const mask = of.get(code) ?? (code === STAR ? new Uint32Array(words) : any.slice());
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
  const from = text.indexOf('*') < 0 ? text.length : text.indexOf('*');
  const to = text.length - 1 - text.lastIndexOf('*');
  const first = pieces[0]!;
  const last = pieces[pieces.length - 1]!;
  const same = ({ text: piece, open }: Piece, i: number, code: number) =>
    open?.has(i) || piece.charCodeAt(i) === code;
  for (let i = 0; i < Math.min(from, first.text.length); i++)
    if (!same(first, i, text.charCodeAt(i))) return false;
  for (let i = 1; i <= Math.min(to, last.text.length); i++)
    if (!same(last, last.text.length - i, text.charCodeAt(text.length - i))) return false;
  return pieces.length > 1 || first.text.length >= text.replaceAll('*', '').length;
}
