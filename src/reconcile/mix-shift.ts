/**
 * Has the mix (of destinations, processes, tools …) shifted between a baseline and a window?
 *
 * The exchangeable unit is the session (see mixUnits): events inside one are correlated, so counting events would
 * call every burst a shift. Each counts once, with its own shares; pooled counts would let one giant session of a
 * heavy tail be the whole mix. The statistic is the total variation distance between the mean mixes, each hour of
 * the week weighed as in the window. Under the hypothesis of no shift the labels "window" and "baseline" are
 * exchangeable within a stratum, so the p-value is exact whatever the distribution of the traffic.
 */
import type { Kind } from '../model/kinds.ts';
import type { SessionSample } from '../model/observed.ts';
import { type MixTable, mixTable } from './mix-table.ts';
import { mixUnits } from './mix-units.ts';
import { createRandom, type Random, shuffle } from './random.ts';
import { chooseStrata, type Strata } from './strata.ts';

/** Besag and Clifford (1991): with this many exceedances the p-value is settled, and further permutations buy nothing. */
const ENOUGH_EXCEEDANCES = 100;

export type MixTest = {
  kind: Kind;
  /** Most permutations; fewer are made where the answer is clear. */
  permutations: number;
  seed: number;
};

export type MixShift = {
  /** Total variation distance, 0…1, and its mean over the permutations: what chance alone gives here. */
  effect: number;
  expectedEffect: number;
  /** (exceedances + 1) ÷ (permutations + 1), uncorrected. */
  pValue: number;
  /** Permutations made. */
  permutations: number;
  seed: number;
  /** Sessions compared: those that show the kind, in strata that both sides have. */
  sessions: { window: number; baseline: number };
  /** `hour-of-week` …, `none`. */
  strata: Strata['name'];
  /** What was exchanged: `session`, or the sessions of so many hours of the clock, `4 h`. */
  unit: string;
  /** Correlation of neighbouring units that is left; the spread of chance is widened by √(1 + 2 r) for it. */
  autocorrelation: number;
  /** Mean shares, 0…1, largest change first. */
  movers: { subject: string; window: number; baseline: number }[];
};

/** Null when one side has no session that shows the kind: then there is no mix to compare. */
export function testMixShift(
  window: readonly SessionSample[],
  baseline: readonly SessionSample[],
  { kind, permutations, seed }: MixTest,
): MixShift | null {
  const units = mixUnits(window, baseline, kind);
  const strata = chooseStrata(units);
  if (!strata) return null;
  const table = mixTable(strata);
  const observed = distance(table, table.weights);
  const inflation = Math.sqrt(1 + 2 * units.autocorrelation);
  const chance = permute(table, observed / inflation, permutations, createRandom(seed));
  return {
    effect: observed,
    expectedEffect: chance.meanEffect * inflation,
    pValue: (chance.exceedances + 1) / (chance.permutations + 1),
    permutations: chance.permutations,
    seed,
    sessions: table.sessions,
    strata: strata.name,
    unit: units.spanMs === null ? 'session' : `${units.spanMs / 3_600_000} h`,
    autocorrelation: units.autocorrelation,
    movers: moversOf(table),
  };
}

function permute(table: MixTable, observed: number, most: number, random: Random) {
  const weights = Float64Array.from(table.weights);
  const order = Int32Array.from(table.weights.keys());
  // Sums in another order differ in their last bits; an equal mix must not count as a smaller one.
  const threshold = observed - 1e-12;
  let exceedances = 0;
  let total = 0;
  let permutations = 0;
  while (permutations < most && exceedances < ENOUGH_EXCEEDANCES) {
    for (const { from, to } of table.strata) shuffle(order.subarray(from, to), random);
    for (let i = 0; i < order.length; i++) weights[i] = table.weights[order[i]!]!;
    const effect = distance(table, weights);
    if (effect >= threshold) exceedances++;
    total += effect;
    permutations++;
  }
  return { exceedances, permutations, meanEffect: permutations === 0 ? 0 : total / permutations };
}

/** Half the sum of the absolute differences of shares: the share of the mix that moved. */
function distance({ offset, subject, share, difference }: MixTable, weights: Float64Array): number {
  difference.fill(0);
  for (let unit = 0; unit < weights.length; unit++) {
    const weight = weights[unit]!;
    for (let cell = offset[unit]!; cell < offset[unit + 1]!; cell++) {
      difference[subject[cell]!]! += weight * share[cell]!;
    }
  }
  let sum = 0;
  for (let i = 0; i < difference.length; i++) sum += Math.abs(difference[i]!);
  return sum / 2;
}

function moversOf(table: MixTable): MixShift['movers'] {
  const movers = table.subjects.map((subject) => ({ subject, window: 0, baseline: 0 }));
  for (let unit = 0; unit < table.weights.length; unit++) {
    const weight = table.weights[unit]!;
    for (let cell = table.offset[unit]!; cell < table.offset[unit + 1]!; cell++) {
      const mover = movers[table.subject[cell]!]!;
      if (weight > 0) mover.window += weight * table.share[cell]!;
      else mover.baseline -= weight * table.share[cell]!;
    }
  }
  const change = (mover: (typeof movers)[number]) => Math.abs(mover.window - mover.baseline);
  return movers.sort((a, b) => change(b) - change(a) || (a.subject < b.subject ? -1 : 1));
}
