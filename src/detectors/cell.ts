import type { LedgerWorkload } from '../model/ledger.ts';
import type { Detector, DetectorContext, Doubt } from './define-detector.ts';

/** One (workload, detector): what the checks look at. */
export type Cell = { detector: Detector; view: LedgerWorkload; context: DetectorContext };
export type Check = (cell: Cell) => Doubt | null;

export function firstDoubt(checks: readonly Check[], cell: Cell): Doubt | null {
  for (const check of checks) {
    const doubt = check(cell);
    if (doubt) return doubt;
  }
  return null;
}
