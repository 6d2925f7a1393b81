import type { Unit } from './mix-units.ts';
import { stratumOf } from './strata.ts';

type Difference = ReadonlyMap<string, number>;
/** Units that share a mean, and the mean square of their deviations from it. */
type Stratum = { size: number; square: number };
type Residual = { at: number; difference: Difference; stratum: Stratum };

/**
 * How much a unit's mix resembles that of the next one beyond what all share: lag-one correlation of the deviations
 * from the mean mix, over all subjects. With a span, from the mean of the same time of the week, since a daily
 * rhythm is no dependence. Each side by itself, so that a shift between them does not look like one. Never below 0.
 */
export function autocorrelation(
  sides: { window: readonly Unit[]; baseline: readonly Unit[] },
  spanMs: number | null,
): number {
  const series = [residualsOf(sides.window, spanMs), residualsOf(sides.baseline, spanMs)];
  const squares = series.flat().map(({ difference }) => dot(difference, difference));
  const products = series.flatMap(neighbours);
  if (products.length === 0) return 0;
  const square = mean(squares);
  return square === 0 ? 0 : Math.min(1, Math.max(0, mean(products) / square));
}

/** Deviations from a mean of n sum to zero, so any two of them are expected to differ by −1 ÷ (n − 1): put back. */
function neighbours(series: readonly Residual[]): number[] {
  return series.slice(1).map((next, i) => {
    const previous = series[i]!;
    const product = dot(previous.difference, next.difference);
    if (previous.stratum !== next.stratum) return product;
    return product + next.stratum.square / (next.stratum.size - 1);
  });
}

/** In order of time. A unit that is alone in its stratum deviates from nothing, and is left out. */
function residualsOf(units: readonly Unit[], spanMs: number | null): Residual[] {
  const strata = Map.groupBy(units, ({ at }) => (spanMs === null ? 0 : stratumOf(at, spanMs)));
  const residuals = [...strata.values()].filter((stratum) => stratum.length > 1).flatMap(deviations);
  return residuals.sort((a, b) => a.at - b.at);
}

function deviations(units: readonly Unit[]): Residual[] {
  const means = new Map<string, number>();
  for (const { shares } of units) {
    for (const [subject, share] of shares)
      means.set(subject, (means.get(subject) ?? 0) + share / units.length);
  }
  const differences = units.map(
    ({ shares }) =>
      new Map([...means].map(([subject, share]) => [subject, (shares.get(subject) ?? 0) - share])),
  );
  const stratum = {
    size: units.length,
    square: mean(differences.map((difference) => dot(difference, difference))),
  };
  return units.map(({ at }, i) => ({ at, difference: differences[i]!, stratum }));
}

function dot(a: Difference, b: Difference): number {
  let sum = 0;
  for (const [subject, value] of a) sum += value * (b.get(subject) ?? 0);
  return sum;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
