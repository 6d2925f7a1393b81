/** Source of uniform integers in [0, bound). */
export type Random = { below(bound: number): number };

const TWO_32 = 2 ** 32;

/**
 * xoshiro128** 1.1 (Blackman and Vigna), seeded by SplitMix32. Statistics need a generator that any reader can run
 * again from the seed in the report; nothing here is secret.
 */
export function createRandom(seed: number): Random {
  const next = xoshiro128(Uint32Array.from({ length: 4 }, splitMix32(seed)));
  return {
    /** Rejection keeps it unbiased. `bound` at most 2^32. */
    below(bound) {
      const limit = TWO_32 - (TWO_32 % bound);
      for (;;) {
        const value = next();
        if (value < limit) return value % bound;
      }
    },
  };
}

/** Next 32 bits of the generator; the state, not all zero, is advanced in place. */
export function xoshiro128(s: Uint32Array): () => number {
  return () => {
    const result = Math.imul(rotate(Math.imul(s[1]!, 5), 7), 9) >>> 0;
    const t = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotate(s[3]!, 11);
    return result;
  };
}

function rotate(x: number, by: number): number {
  return ((x << by) | (x >>> (32 - by))) >>> 0;
}

function splitMix32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}

/** Fisher–Yates, in place. */
export function shuffle(items: Int32Array, random: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const item = items[i]!;
    items[i] = items[j]!;
    items[j] = item;
  }
}
