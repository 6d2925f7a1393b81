/**
 * Convergence (design/domain.md): absence is evidence only after it. Artifacts are near-deterministic, so one start-up
 * and one use under full probes settle them; identity and behavior need time, a stop of discovery, and a sample in
 * which the unseen has little room left.
 */
import type { Discipline, Kind, Signal } from '../model/kinds.ts';
import type { Convergence, Thresholds } from '../model/ledger.ts';
import type { Observed, ObservedWorkload } from '../model/observed.ts';
import { DAY_MS } from './history/timeline.ts';
import { sampleCoverage } from './statistics.ts';

const ARTIFACT_SIGNALS = ['process', 'file', 'mapping'] as const satisfies readonly Signal[];
/** Signs of one use after the start-up: something was asked, answered, or a model brought in. */
const USES: ReadonlySet<Kind> = new Set([
  'egress',
  'http-endpoint',
  'llm-call',
  'tool-call',
  'mcp-tool',
  'data-access',
  'model',
  'adapter',
]);
/** Discovery must have stopped over the last three full days: one quiet day proves little, a week delays by much. */
const STOP_DAYS = 3;

/** `observed` null: no snapshot has it. */
export function convergenceOf(
  observed: ObservedWorkload | null,
  discipline: Discipline,
  thresholds: Thresholds,
): Convergence {
  if (!observed) return insufficient('no snapshot of this workload');
  if (observed.nowOnly) return insufficient('only iterators ran (--now): what is there now, and no window');
  if (discipline === 'artifact') return artifactConvergence(observed);
  return discoveryConvergence(observed, discipline, thresholds);
}

function artifactConvergence(observed: ObservedWorkload): Convergence {
  const spanDays = observed.coveredMs / DAY_MS;
  const signals = ARTIFACT_SIGNALS.map((signal) => observed.coverage[signal]);
  const detached = signals.find(
    ({ attachedSegments, segments }) => attachedSegments < segments || segments === 0,
  );
  if (detached) return insufficient(`the ${detached.signal} probes were not attached throughout`);
  const lossy = signals.find(({ lost }) => lost > 0);
  if (lossy) return insufficient(`${lossy.lost} of ${lossy.attempted} ${lossy.signal} events were lost`);
  const converging = (why: string): Convergence => ({
    state: 'converging',
    why,
    spanDays,
    sampleCoverage: null,
    expected: null,
  });
  if (!signals.every(({ startsSeen }) => startsSeen > 0))
    return converging('no start-up was seen yet: it ran before the probes were attached');
  if (!observed.observations.some(isUse)) return converging('it was seen starting, and not in use yet');
  return { state: 'converged', spanDays, sampleCoverage: null };
}

function isUse({ kind, count, errors }: Observed): boolean {
  return USES.has(kind) && count > errors;
}

function discoveryConvergence(
  observed: ObservedWorkload,
  discipline: 'identity' | 'behavior',
  thresholds: Thresholds,
): Convergence {
  const spanDays = observed.coveredMs / DAY_MS;
  const sample = sampleCoverage({
    singletons: observed.singletons[discipline],
    sightings: observed.sightings[discipline],
    sessions: observed.sessions.length,
  });
  if (sample === null)
    return insufficient('no session was sampled, so what is still unseen cannot be estimated');
  const reasons = [
    spanReason(spanDays, thresholds),
    stopReason(observed.newPerDay[discipline], spanDays, thresholds),
    sampleReason(sample, thresholds),
  ].filter((reason) => reason !== null);
  if (reasons.length === 0) return { state: 'converged', spanDays, sampleCoverage: sample };
  const onlyTime = reasons.length === 1 && spanDays < thresholds.minSpanDays;
  const expected = onlyTime ? observed.end + (thresholds.minSpanDays - spanDays) * DAY_MS : null;
  return {
    state: 'converging',
    why: reasons.join('; '),
    spanDays,
    sampleCoverage: sample,
    // Only time runs by a known clock. When discovery will stop cannot be said.
    expected: expected === null ? null : new Date(expected).toISOString().slice(0, 10),
  };
}

function spanReason(spanDays: number, { minSpanDays }: Thresholds): string | null {
  if (spanDays >= minSpanDays) return null;
  return `${formatDays(spanDays)} of at least ${minSpanDays} days observed`;
}

/** Mean over the last full days; a window below one day has not stopped discovering, whatever it found. */
function stopReason(
  perDay: readonly number[],
  spanDays: number,
  { coverageStopPerDay }: Thresholds,
): string | null {
  const last = perDay.slice(0, Math.floor(spanDays)).slice(-STOP_DAYS);
  // The unfinished day counts as far as it found something: it may not hide a burst of new dimensions.
  const unfinished = perDay[Math.floor(spanDays)] ?? 0;
  const found = last.reduce((sum, count) => sum + count, 0) + unfinished;
  const rate = found / Math.max(1, last.length);
  if (last.length > 0 && rate < coverageStopPerDay) return null;
  if (last.length === 0) return null;
  return `${rate.toFixed(1)} new dimensions a day over the last ${last.length} days (below ${coverageStopPerDay} needed)`;
}

function sampleReason(sample: number, thresholds: Thresholds): string | null {
  if (sample >= thresholds.sampleCoverage) return null;
  return `sample coverage ${sample.toFixed(2)} of ${thresholds.sampleCoverage} (Good–Turing)`;
}

function formatDays(days: number): string {
  return days < 1 ? `${Math.round(days * 24 * 10) / 10} hours` : `${days.toFixed(1)} days`;
}

function insufficient(why: string): Convergence {
  return { state: 'insufficient', why };
}
