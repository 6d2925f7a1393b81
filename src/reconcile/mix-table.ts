import type { Unit } from './mix-units.ts';
import type { Strata } from './strata.ts';

/** Units as sparse rows, ordered by stratum, so that labels are permuted within a slice. */
export type MixTable = {
  subjects: readonly string[];
  /** Unit i owns the cells offset[i] … offset[i + 1] - 1. */
  offset: Int32Array;
  subject: Int32Array;
  share: Float64Array;
  /** What a unit adds to (window − baseline): 1 ÷ N, or −(share of its stratum in the window) ÷ (its units there). */
  weights: Float64Array;
  strata: readonly { from: number; to: number }[];
  /** Sessions that the units hold. */
  sessions: { window: number; baseline: number };
  /** Scratch: one difference per subject. */
  difference: Float64Array;
};

export function mixTable({ groups }: Strata): MixTable {
  const windowUnits = groups.reduce((sum, group) => sum + group.window.length, 0);
  const units: Unit[] = [];
  const weights: number[] = [];
  const strata = groups.map(({ window, baseline }) => {
    const from = units.length;
    units.push(...window, ...baseline);
    weights.push(...window.map(() => 1 / windowUnits));
    weights.push(...baseline.map(() => -window.length / windowUnits / baseline.length));
    return { from, to: units.length };
  });
  const rows = sparseRows(units);
  return {
    ...rows,
    weights: Float64Array.from(weights),
    strata,
    sessions: {
      window: sessionsOf(groups.flatMap((group) => group.window)),
      baseline: sessionsOf(groups.flatMap((group) => group.baseline)),
    },
    difference: new Float64Array(rows.subjects.length),
  };
}

function sessionsOf(units: readonly Unit[]): number {
  return units.reduce((sum, { sessions }) => sum + sessions, 0);
}

function sparseRows(units: readonly Unit[]) {
  const numbers = new Map<string, number>();
  const offset = [0];
  const subject: number[] = [];
  const share: number[] = [];
  for (const { shares } of units) {
    for (const [name, value] of shares) {
      const number = numbers.get(name) ?? numbers.size;
      numbers.set(name, number);
      subject.push(number);
      share.push(value);
    }
    offset.push(subject.length);
  }
  return {
    subjects: [...numbers.keys()],
    offset: Int32Array.from(offset),
    subject: Int32Array.from(subject),
    share: Float64Array.from(share),
  };
}
