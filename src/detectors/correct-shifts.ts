/** One correction over all tests of the run: twenty agents with two tests each would else find two shifts by chance. */
import type { Thresholds } from '../model/ledger.ts';
import { benjaminiHochberg } from '../reconcile/statistics.ts';
import type { Draft, ShiftTest } from './define-detector.ts';
import type { Judged } from './engine.ts';

/** Fills in q-values, and drops what is not significant or too small to be worth somebody's hour. */
export function correctShifts(judged: readonly Judged[], thresholds: Thresholds): Judged[] {
  const tests = judged.flatMap(({ drafts }) => drafts).filter((draft) => draft.shift);
  const qValues = benjaminiHochberg(tests.map((draft) => draft.shift!.evidence.pValue));
  const qOf = new Map(tests.map((draft, index) => [draft, qValues[index]!]));
  return judged.map((cell) => ({
    ...cell,
    drafts: cell.drafts.flatMap((draft) => {
      if (!draft.shift) return [draft];
      const shift = { ...draft.shift, qValue: qOf.get(draft)! };
      return isShifted(shift, thresholds)
        ? [{ ...draft, shift, confidenceReason: reason(draft, shift) } as Draft]
        : [];
    }),
  }));
}

type Corrected = ShiftTest & { qValue: number };

/** Few sessions lie far apart by chance alone: only what goes beyond that counts as effect. */
function isShifted({ qValue, evidence, expectedEffect }: Corrected, thresholds: Thresholds): boolean {
  const { falseDiscoveryRate, minEffect } = thresholds;
  return qValue <= falseDiscoveryRate && evidence.effect - expectedEffect >= minEffect;
}

function reason({ confidenceReason }: Draft, { evidence, qValue }: Corrected): string {
  const figures = `p = ${probability(evidence.pValue)}, q = ${probability(qValue)}, effect ${evidence.effect.toFixed(2)}`;
  return `${figures}; ${confidenceReason}`;
}

function probability(value: number): string {
  return value < 0.0001 ? value.toExponential(1) : value.toFixed(4);
}
