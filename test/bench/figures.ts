/** Figures with their uncertainty: medians over interleaved rounds, 95 % intervals by bootstrap, budgets. */
export type Figure = {
  name: string;
  unit: string;
  median: number;
  /** 95 % interval of the median. */
  low: number;
  high: number;
  rounds: number;
  budget: number | null;
  /** Over budget only where the whole interval is: noise alone never fails a run. */
  ok: boolean;
};

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Percentile bootstrap, seeded: the same values give the same interval. */
function interval(values: readonly number[]): [number, number] {
  let state = 0x9e3779b9;
  const next = () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
    return state / 2 ** 32;
  };
  const medians = Array.from({ length: 2000 }, () =>
    median(values.map(() => values[Math.floor(next() * values.length)]!)),
  ).sort((a, b) => a - b);
  return [medians[50]!, medians[1949]!];
}

export function figure(
  name: string,
  unit: string,
  values: readonly number[],
  budget: number | null = null,
): Figure {
  const [low, high] = interval(values);
  return {
    name,
    unit,
    median: median(values),
    low,
    high,
    rounds: values.length,
    budget,
    ok: budget === null || low <= budget,
  };
}

/** Differences round by round: what both variants of a round suffered alike cancels out. */
export function differences(variant: readonly number[], base: readonly number[]): number[] {
  return variant.map((value, round) => value - base[round]!);
}

export function printFigure({ name, unit, median, low, high, rounds, budget, ok }: Figure): void {
  const number = (value: number) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));
  const limit = budget === null ? '' : `  budget ${number(budget)}  ${ok ? 'ok' : 'OVER'}`;
  const text = `${number(median)} ${unit}  [${number(low)}, ${number(high)}] n=${rounds}${limit}`;
  process.stdout.write(`  ${name.padEnd(62)} ${text}\n`);
}
