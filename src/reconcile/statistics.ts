/** The statistics of the domain: discovery (Good–Turing), corrected significance, and the shift of a mix. */
export { type MixShift, type MixTest, testMixShift } from './mix-shift.ts';

/**
 * Good–Turing estimate of the probability that the next sighting is of a dimension seen before:
 * 1 − singletons ÷ sightings (Good 1953). Without any sighting the sessions themselves are the trials: after n of
 * them without one, the next shows one with probability 1 ÷ (n + 1), the rule of succession with an even prior on
 * "never". Null without sessions: nothing to estimate from.
 */
export function sampleCoverage(seen: {
  singletons: number;
  sightings: number;
  sessions: number;
}): number | null {
  const { singletons, sightings, sessions } = seen;
  if (sightings > 0) return 1 - singletons / sightings;
  return sessions > 0 ? sessions / (sessions + 1) : null;
}

/**
 * Benjamini–Hochberg (1995): q-values, in the order of the p-values. Calling everything with q ≤ level a discovery
 * keeps the expected share of false ones at or below that level.
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[b]! - pValues[a]!);
  const qValues = new Array<number>(pValues.length);
  let least = 1;
  for (const [position, index] of order.entries()) {
    const rank = pValues.length - position;
    least = Math.min(least, pValues[index]! * (pValues.length / rank));
    qValues[index] = least;
  }
  return qValues;
}
