/** Dimensions never seen before in this run, per minute: what tells an operator that a window still teaches. */
export type Novelty = {
  /** 53-bit hashes of workload scope, kind and subject, by open addressing; 0: free. A collision hides one dimension from a live figure only. */
  seen: Float64Array;
  size: number;
  /** How many were new in each second, by second of the boot clock. */
  seconds: Map<number, number>;
};

/** Above this nothing more is remembered, and the rate reads low: it serves the live view, never a finding. */
const MAX_SEEN = 100_000;
const WINDOW_S = 60;

export function createNovelty(): Novelty {
  return { seen: new Float64Array(256), size: 0, seconds: new Map() };
}

/** Two FNV-1a-like passes with different primes, joined to 53 bits; never 0. */
function hash53(...texts: readonly string[]): number {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (const text of texts) {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0x85ebca6b);
    }
    a = Math.imul(a, 0x01000193);
    b = Math.imul(b, 0x85ebca6b);
  }
  return (a >>> 0) * 0x200000 + ((b >>> 0) & 0x1fffff) || 1;
}

/** Where the hash is, or would be. */
function slotOf(seen: Float64Array, hash: number): number {
  const mask = seen.length - 1;
  let slot = hash % seen.length;
  while (seen[slot] !== 0 && seen[slot] !== hash) slot = (slot + 1) & mask;
  return slot;
}

function grow(novelty: Novelty): void {
  const old = novelty.seen;
  novelty.seen = new Float64Array(old.length * 2);
  for (const hash of old) if (hash !== 0) novelty.seen[slotOf(novelty.seen, hash)] = hash;
}

type Dimension = { kind: string; subject: string };

export function notice(novelty: Novelty, scope: string, { kind, subject }: Dimension, at: number): void {
  if (novelty.size >= MAX_SEEN) return;
  const hash = hash53(scope, kind, subject);
  const slot = slotOf(novelty.seen, hash);
  if (novelty.seen[slot] === hash) return;
  novelty.seen[slot] = hash;
  novelty.size++;
  if (novelty.size * 2 > novelty.seen.length) grow(novelty);
  const second = Math.floor(at / 1e6);
  novelty.seconds.set(second, (novelty.seconds.get(second) ?? 0) + 1);
}

export function newPerMinute(novelty: Novelty, now: number): number {
  const oldest = Math.floor(now / 1e6) - WINDOW_S;
  let sum = 0;
  for (const [second, count] of novelty.seconds) {
    if (second > oldest) sum += count;
    else novelty.seconds.delete(second);
  }
  return sum;
}
