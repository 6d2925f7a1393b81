/** Traffic as agents make it: heavy-tailed sessions, bursts inside them, rare subjects, a daily rhythm. Seeded. */
import type { SessionSample } from '../../src/model/observed.ts';
import { createRandom, type Random } from '../../src/reconcile/random.ts';
import { DAY, HOUR, T0 } from './segments.ts';

const RESOLUTION = 2 ** 30;
export const uniform = (random: Random) => (random.below(RESOLUTION) + 0.5) / RESOLUTION;

/** Weights of subjects 0…n-1; `tilt` moves that share of the mass from the first to the last subject. */
export function zipf(subjects: number, tilt = 0): number[] {
  const weights = Array.from({ length: subjects }, (_, i) => 1 / (i + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => weight / total);
  shares[0]! -= tilt;
  shares[subjects - 1]! += tilt;
  return shares;
}

export function draw(shares: readonly number[], random: Random): number {
  let rest = uniform(random);
  for (const [i, share] of shares.entries()) {
    rest -= share;
    if (rest < 0) return i;
  }
  return shares.length - 1;
}

/** Pareto with index 1.1: no variance, so that one session in a hundred has most of the events. */
export function pareto(random: Random, cap = 100_000): number {
  return Math.min(cap, Math.ceil(uniform(random) ** (-1 / 1.1)));
}

/** Events of a session come in bursts to one subject each. */
export function session(id: number, start: number, shares: readonly number[], random: Random): SessionSample {
  const counts = new Map<string, number>();
  for (let left = pareto(random); left > 0; ) {
    const burst = Math.min(left, pareto(random, 1000));
    const subject = `tcp/10.0.0.${draw(shares, random)}:443`;
    counts.set(subject, (counts.get(subject) ?? 0) + burst);
    left -= burst;
  }
  const cells = [...counts].map(([subject, count]) => ({ kind: 'egress' as const, subject, count }));
  return { id: String(id), start, end: start + 60_000, revision: 'r1', cells, overflow: false };
}

export function sessions(n: number, shares: readonly number[], seed: number, from = T0): SessionSample[] {
  const random = createRandom(seed);
  // Long enough to cross a quarter of an hour: sessions proper, not blocks.
  return Array.from({ length: n }, (_, i) => ({
    ...session(i, from + i * 600_000, shares, random),
    end: from + i * 600_000 + 1_200_000,
  }));
}

/** 15-minute blocks with another mix at night. */
export function blocks(days: number, seed: number, from = T0, tilt = 0): SessionSample[] {
  const random = createRandom(seed);
  const [day, night] = [zipf(20, tilt), zipf(20, 0.25 + tilt)];
  return Array.from({ length: days * 96 }, (_, i) => {
    const start = from + (i * HOUR) / 4;
    return session(i, start, start % DAY < 8 * HOUR ? night : day, random);
  });
}

/** With this chance in percent a session repeats the one before it: one campaign, or one run over several blocks. */
export function sticky(sessions: readonly SessionSample[], percent: number, seed: number): SessionSample[] {
  const random = createRandom(seed);
  let previous: SessionSample | null = null;
  return sessions.map((one) => {
    const cells: SessionSample['cells'] =
      previous && random.below(100) < percent ? previous.cells : one.cells;
    previous = { ...one, cells };
    return previous;
  });
}
