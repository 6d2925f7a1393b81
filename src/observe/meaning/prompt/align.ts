/** Where two token sequences differ, by patience alignment: tokens that are unique in both are the anchors. */

/** Half-open: base[from, to) stands where next[nextFrom, nextTo) does. */
export type Difference = { from: number; to: number; nextFrom: number; nextTo: number };

type Pair = readonly [number, number];

/** A match shorter than this between two differences is chance: `the`, `of`. */
const SHORTEST_MATCH = 3;

function uniquePositions(tokens: readonly number[]): Map<number, number> {
  const at = new Map<number, number>();
  for (const [i, token] of tokens.entries()) at.set(token, at.has(token) ? -1 : i);
  return at;
}

/** The longest increasing subsequence of the second numbers; pairs come ordered by the first. O(n log n). */
function increasing(pairs: readonly Pair[]): Pair[] {
  const tails: number[] = [];
  const before: number[] = [];
  for (const [i, pair] of pairs.entries()) {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[tails[middle]!]![1] < pair[1]) low = middle + 1;
      else high = middle;
    }
    before[i] = low > 0 ? tails[low - 1]! : -1;
    tails[low] = i;
  }
  const chain: Pair[] = [];
  for (let i = tails.at(-1) ?? -1; i >= 0; i = before[i]!) chain.push(pairs[i]!);
  return chain.reverse();
}

function anchors(base: readonly number[], next: readonly number[]): Pair[] {
  const inNext = uniquePositions(next);
  const pairs: Pair[] = [];
  for (const [token, i] of uniquePositions(base)) {
    const j = inNext.get(token) ?? -1;
    if (i >= 0 && j >= 0) pairs.push([i, j]);
  }
  return increasing(pairs.sort((a, b) => a[0] - b[0]));
}

type Run = { from: number; nextFrom: number; length: number };

/** Grows each anchor both ways over equal neighbours, up to its neighbours' runs. */
function runs(base: readonly number[], next: readonly number[]): Run[] {
  const found: Run[] = [];
  let doneBase = 0;
  let doneNext = 0;
  const grow = (i: number, j: number): void => {
    let [from, nextFrom] = [i, j];
    while (from > doneBase && nextFrom > doneNext && base[from - 1] === next[nextFrom - 1]) {
      from--;
      nextFrom--;
    }
    let end = i;
    while (end < base.length && j + end - i < next.length && base[end] === next[j + end - i]) end++;
    if (end === from) return;
    found.push({ from, nextFrom, length: end - from });
    doneBase = end;
    doneNext = nextFrom + end - from;
  };
  grow(0, 0);
  for (const [i, j] of anchors(base, next)) if (i >= doneBase && j >= doneNext) grow(i, j);
  grow(base.length, next.length);
  return found;
}

/** Matches at either end count however short; those in between must be long enough. */
function convincing(found: readonly Run[], base: number, next: number): Run[] {
  return found.filter(({ from, nextFrom, length }) => {
    const first = from === 0 && nextFrom === 0;
    const last = from + length === base && nextFrom + length === next;
    return first || last || length >= SHORTEST_MATCH;
  });
}

/** In order; none for equal sequences. */
export function differences(base: readonly number[], next: readonly number[]): Difference[] {
  const matched = convincing(runs(base, next), base.length, next.length);
  const result: Difference[] = [];
  let [from, nextFrom] = [0, 0];
  const end: Run = { from: base.length, nextFrom: next.length, length: 0 };
  for (const run of [...matched, end]) {
    if (run.from > from || run.nextFrom > nextFrom)
      result.push({ from, to: run.from, nextFrom, nextTo: run.nextFrom });
    from = run.from + run.length;
    nextFrom = run.nextFrom + run.length;
  }
  return result;
}
