/** What the silence of a detector rests on, on the operational side. */
import { FINDINGS } from '../catalog/findings.ts';
import type { Signal } from '../model/kinds.ts';
import type { ObservedWorkload, SignalCoverage } from '../model/observed.ts';
import { deafImages, deafName } from '../reconcile/deaf.ts';
import { missedStarts } from '../reconcile/starts.ts';
import type { Check } from './cell.ts';
import type { Doubt } from './define-detector.ts';
import { firstDue } from './schedule.ts';
import { counted, duration, iso, listed, percent } from './words.ts';

const noSnapshot: Check = ({ view }) =>
  view.observed ? null : { reason: 'no-snapshot', detail: `no snapshot holds anything of ${view.label}` };

const iteratorsOnly: Check = ({ view }) =>
  view.observed?.nowOnly
    ? { reason: 'iterators-only', detail: `only what existed at ${iso(view.observed.start)} was listed` }
    : null;

const signalMissing: Check = ({ view, detector }) =>
  view.observed ? missingSignal(view.observed, detector.needs.signals) : null;

const signalLossy: Check = ({ view, detector }) =>
  view.observed ? lossySignal(view.observed, detector.needs.signals) : null;

/** See missedStarts: what a process loads when it starts may have been loaded before the probes were there. */
const startNotSeen: Check = ({ view, detector }) => {
  if (!detector.needs.processStart || !view.observed) return null;
  const { end } = view.observed;
  const [late] = coverages(view.observed, detector.needs.signals).filter((c) => missedStarts(c, end) > 0);
  if (!late) return null;
  return {
    reason: 'start-not-seen',
    detail: `${missedStarts(late, end)} of ${counted(late.instances, 'process instance')} ran before the ${late.signal} probes were attached`,
  };
};

const coverageShort: Check = ({ view, detector, context }) => {
  const { observed, configured } = view;
  const { absenceCoverage } = context.thresholds;
  if (!observed) return null;
  const holes = configured?.schedule ? null : missingSegments(observed, absenceCoverage);
  return shortCoverage(observed, detector.needs.signals, absenceCoverage) ?? holes;
};

/**
 * An hour without a segment says nothing about itself, not even that the workload existed in it, so no ratio of pod
 * time shows it. Work on a schedule has holes by nature; anything else is taken to have run through them.
 */
export function missingSegments(
  { start, end, coveredMs }: ObservedWorkload,
  threshold: number,
): Doubt | null {
  if (coveredMs >= threshold * (end - start)) return null;
  const span = `${duration(coveredMs)} of the ${duration(end - start)} from ${iso(start)} to ${iso(end)}`;
  return { reason: 'coverage-short', detail: `segments cover ${span}; absence needs ${percent(threshold)}` };
}

const folded: Check = ({ view, detector }) => {
  const kinds = detector.needs.kinds.filter((kind) => view.observed?.folded[kind] !== undefined);
  if (kinds.length === 0) return null;
  const figures = kinds.map((kind) => {
    const fold = view.observed!.folded[kind]!;
    return `${fold.subjects} subjects of ${kind} into ${counted(fold.templates, 'template')}`;
  });
  return { reason: 'folded', detail: `folded ${listed(figures)}` };
};

/** Scheduled work is absent between its runs; only a window that holds a run says what it does. */
const scheduleNotSeen: Check = ({ view }) => {
  const schedule = view.configured?.schedule;
  if (!schedule || !view.observed) return null;
  const { start, end, coverage } = view.observed;
  const due = firstDue(schedule, start, end);
  const processes = coverage.process;
  const started = processes.startsSeen > 0;
  if (typeof due === 'number' && started) return null;
  if (due === undefined)
    return { reason: 'schedule-not-seen', detail: `schedule "${schedule}" could not be understood` };
  return {
    reason: 'schedule-not-seen',
    detail:
      due === null
        ? `schedule "${schedule}" did not come due between ${iso(start)} and ${iso(end)}`
        : `schedule "${schedule}" came due at ${iso(due)}, and no run of it was seen starting`,
  };
};

/** Gap 3 asks this of the baseline instead: a window may be short, what it is compared with may not. */
const notConverged: Check = ({ view, detector }) => {
  if (detector.needs.baseline || !view.observed || view.observed.nowOnly) return null;
  const { discipline } = FINDINGS[detector.kind];
  const convergence = view.convergence[discipline];
  if (convergence.state === 'converged') return null;
  const detail = `${discipline}: ${convergence.why}`;
  if (convergence.state === 'insufficient') return { reason: 'insufficient', detail };
  return { reason: 'converging', detail, expected: convergence.expected };
};

export const OPERATION_CHECKS: readonly Check[] = [
  noSnapshot,
  iteratorsOnly,
  signalMissing,
  signalLossy,
  startNotSeen,
  coverageShort,
  folded,
  scheduleNotSeen,
  notConverged,
];

export function missingSignal(observed: ObservedWorkload, signals: readonly Signal[]): Doubt | null {
  const missing = coverages(observed, signals).filter((c) => c.attachedSegments === 0);
  if (missing.length === 0) return signals.includes('tls') ? deafTo(observed) : null;
  const names = missing.map((c) => (c.reasons.length > 0 ? `${c.signal} (${listed(c.reasons)})` : c.signal));
  return { reason: 'signal-missing', detail: `not attached: ${listed(names)}` };
}

/** Probes that listen to one library are not attached to another, whatever share of the time they were there. */
function deafTo(observed: ObservedWorkload): Doubt | null {
  const names = deafImages(observed).map(deafName);
  if (names.length === 0) return null;
  return { reason: 'signal-missing', detail: `tls is not heard where it passes through ${listed(names)}` };
}

/** A path that was cut cannot be told from the one in question; a cut argument list does no such harm. */
const CUT_IS_LOST: ReadonlySet<Signal> = new Set(['file', 'mapping']);

export function lossySignal(observed: ObservedWorkload, signals: readonly Signal[]): Doubt | null {
  const cut = (c: SignalCoverage) => (CUT_IS_LOST.has(c.signal) ? c.truncated : 0);
  const [lossy] = coverages(observed, signals).filter((c) => c.lost + cut(c) > 0);
  if (!lossy) return null;
  const parts = [
    ...(lossy.lost > 0 ? [`${lossy.lost} lost`] : []),
    ...(cut(lossy) > 0 ? [`${lossy.truncated} cut short`] : []),
  ];
  return {
    reason: 'signal-lossy',
    detail: `${lossy.signal}: ${listed(parts)} of ${counted(lossy.attempted, 'event')}`,
  };
}

export function shortCoverage(
  observed: ObservedWorkload,
  signals: readonly Signal[],
  threshold: number,
): Doubt | null {
  const ratio = (c: SignalCoverage) => (c.existedMs > 0 ? c.observedMs / c.existedMs : 0);
  const [worst] = coverages(observed, signals).sort((a, b) => ratio(a) - ratio(b));
  if (!worst || ratio(worst) >= threshold) return null;
  const partial =
    observed.partialSegments > 0 ? `; ${counted(observed.partialSegments, 'segment')} cut short` : '';
  return {
    reason: 'coverage-short',
    detail:
      `${worst.signal} covers ${duration(worst.observedMs)} of ${duration(worst.existedMs)} of pod time ` +
      `(${percent(ratio(worst))}; absence needs ${percent(threshold)})${partial}`,
  };
}

function coverages(observed: ObservedWorkload, signals: readonly Signal[]): SignalCoverage[] {
  return signals.map((signal) => observed.coverage[signal]);
}
