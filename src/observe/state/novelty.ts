/** Dimensions never seen before in this run, per minute: what tells an operator that a window still teaches. */
export type Novelty = {
  /** 53-bit hashes of workload scope, kind and subject: a collision hides one dimension from a live figure only. */
  seen: Set<number>;
  /** How many were new in each second, by second of the boot clock. */
  seconds: Map<number, number>;
};

/** Above this nothing more is remembered, and the rate reads low: it serves the live view, never a finding. */
const MAX_SEEN = 100_000;
const WINDOW_S = 60;

export function createNovelty(): Novelty {
  return { seen: new Set(), seconds: new Map() };
}

/** Two FNV-1a-like passes with different primes, joined to 53 bits. */
function hash53(text: string): number {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
  }
  return (a >>> 0) * 0x200000 + ((b >>> 0) & 0x1fffff);
}

export function notice(novelty: Novelty, scope: string, key: string, at: number): void {
  if (novelty.seen.size >= MAX_SEEN) return;
  const hash = hash53(`${scope}\0${key}`);
  if (novelty.seen.has(hash)) return;
  novelty.seen.add(hash);
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
