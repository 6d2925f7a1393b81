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

/** Percentile bootstrap of what is made of drawn rounds, seeded: the same values give the same interval. */
function interval(rounds: number, of: (drawn: readonly number[]) => number): [number, number] {
  let state = 0x9e3779b9;
  const next = () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
    return state / 2 ** 32;
  };
  const found = Array.from({ length: 2000 }, () =>
    of(Array.from({ length: rounds }, () => Math.floor(next() * rounds))),
  ).sort((a, b) => a - b);
  return [found[50]!, found[1949]!];
}

export function figure(
  name: string,
  unit: string,
  values: readonly number[],
  budget: number | null = null,
): Figure {
  const [low, high] = interval(values.length, (drawn) => median(drawn.map((round) => values[round]!)));
  const ok = budget === null || low <= budget;
  return { name, unit, median: median(values), low, high, rounds: values.length, budget, ok };
}

/** How many times the one is the other: medians of the same rounds, so that the uncertainty of both is in the interval. */
export function ratioFigure(
  name: string,
  values: readonly number[],
  floor: readonly number[],
  budget: number,
): Figure {
  const of = (drawn: readonly number[]) =>
    median(drawn.map((round) => values[round]!)) / median(drawn.map((round) => floor[round]!));
  const [low, high] = interval(values.length, of);
  const all = of(values.map((_, round) => round));
  return {
    ...{ name, unit: '×', median: all, low, high, rounds: values.length },
    ...{ budget, ok: low <= budget },
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
