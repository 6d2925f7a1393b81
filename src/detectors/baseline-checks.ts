/** What a comparison rests on: both sides covered alike, and a baseline that has settled. */
import { FINDINGS } from '../catalog/findings.ts';
import { convergenceOf } from '../reconcile/convergence.ts';
import type { Check } from './cell.ts';
import { lossySignal, missingSegments, missingSignal, shortCoverage } from './operation-checks.ts';

const noBaseline: Check = ({ detector, view, context }) => {
  if (!detector.needs.baseline || context.baseline) return null;
  const detail = context.ledger.baseline
    ? `the baseline snapshots hold nothing of ${view.label}`
    : 'no baseline snapshot was given';
  return { reason: 'no-baseline', detail };
};

const baselineCovered: Check = ({ detector, context }) => {
  const { baseline, thresholds } = context;
  if (!detector.needs.baseline || !baseline) return null;
  const { signals } = detector.needs;
  const doubt =
    missingSignal(baseline, signals) ??
    lossySignal(baseline, signals) ??
    shortCoverage(baseline, signals, thresholds.absenceCoverage) ??
    missingSegments(baseline, thresholds.absenceCoverage);
  return doubt && { reason: 'incomparable', detail: `baseline: ${doubt.detail}` };
};

const baselineConverged: Check = ({ detector, context }) => {
  const { baseline, thresholds } = context;
  if (!detector.needs.baseline || !baseline) return null;
  const convergence = convergenceOf(baseline, FINDINGS[detector.kind].discipline, thresholds);
  if (convergence.state === 'converged') return null;
  return { reason: 'baseline-not-converged', detail: `baseline: ${convergence.why}` };
};

export const BASELINE_CHECKS: readonly Check[] = [noBaseline, baselineCovered, baselineConverged];
