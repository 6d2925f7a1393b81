/** Gap 3: has the mix of one kind shifted against the baseline? The engine corrects for all tests of the run. */
import type { Kind } from '../model/kinds.ts';
import type { LedgerWorkload } from '../model/ledger.ts';
import type { ObservedWorkload } from '../model/observed.ts';
import { type MixShift, testMixShift } from '../reconcile/statistics.ts';
import { attribute } from './attribution.ts';
import type { DetectorContext, DetectorResult, Draft } from './define-detector.ts';
import { presence, windowOf } from './evidence.ts';
import { counted, listed, percent } from './words.ts';

const MAX_MOVERS = 10;
/** A share that changed by less did not move the mix. */
const LEAST_MOVE = 0.01;

export type Mix = {
  kind: Kind;
  /** `egress destinations` */
  noun: string;
  name(subject: string): string;
};

export function shiftOf(
  view: LedgerWorkload,
  { baseline, thresholds, seed }: DetectorContext,
  mix: Mix,
): DetectorResult<3> {
  if (!view.observed || !baseline) return { drafts: [] };
  const { permutations, minEffect } = thresholds;
  const test = testMixShift(view.observed.sessions, baseline.sessions, {
    kind: mix.kind,
    permutations,
    seed,
  });
  // With n sessions a share is known to ±1 ÷ (2√n): fewer than these cannot show the smallest effect worth telling.
  const needed = Math.ceil(1 / (4 * minEffect * minEffect));
  const sessions = test?.sessions ?? { window: 0, baseline: 0 };
  if (!test || Math.min(sessions.window, sessions.baseline) < needed) {
    const figures = `${counted(sessions.window, 'session')} against ${sessions.baseline} comparable ones of the baseline`;
    const detail = `the mix of ${mix.noun} has ${figures}; at least ${needed} on each side are needed`;
    return { drafts: [], doubts: [{ reason: 'insufficient', detail }] };
  }
  return { drafts: [draft(view, view.observed, baseline, test, mix)] };
}

function draft(
  view: LedgerWorkload,
  window: ObservedWorkload,
  baseline: ObservedWorkload,
  test: MixShift,
  mix: Mix,
): Draft<3> {
  const movers = moversOf(test);
  const moved = movers.map(
    (mover) => `${mix.name(mover.subject)} ${percent(mover.baseline)} → ${percent(mover.window)}`,
  );
  const attributedTo = attribute(window, baseline);
  const because =
    attributedTo.length > 0
      ? `; at the same time: ${listed(attributedTo)}`
      : '; no rollout, model, catalog or library change explains it';
  const names = new Set(movers.map((mover) => mover.subject));
  const rows = window.observations.filter((row) => row.kind === mix.kind && names.has(row.subject));
  return {
    subject: `mix of ${mix.noun}`,
    claim:
      `${view.label} moved ${percent(test.effect)} of its mix of ${mix.noun} (chance alone: ` +
      `${percent(test.expectedEffect)}): ${listed(moved)}${because}.`,
    configured: { summary: `unchanged scope; baseline of ${windowOf(baseline)}`, path: [] },
    operational: presence(
      rows,
      `${test.sessions.window} sessions against ${test.sessions.baseline} of the baseline`,
      moved,
    ),
    remedy: { enforce: 'per-agent' },
    aggravated: movers.some((mover) => mover.baseline === 0 && mover.window > 0),
    ...grounds(view, test, mix),
    shift: {
      expectedEffect: test.expectedEffect,
      evidence: {
        test: 'session-permutation-total-variation',
        effect: test.effect,
        pValue: test.pValue,
        permutations: test.permutations,
        seed: test.seed,
        sessions: test.sessions,
        movers,
        attributedTo,
      },
    },
  };
}

function moversOf({ movers }: MixShift): MixShift['movers'] {
  return movers.filter((one) => Math.abs(one.window - one.baseline) >= LEAST_MOVE).slice(0, MAX_MOVERS);
}

/** A mover that configuration does not cover is no in-scope anomaly by itself; the reader is told. */
function grounds(
  view: LedgerWorkload,
  test: MixShift,
  mix: Mix,
): Pick<Draft, 'confidence' | 'confidenceReason'> {
  const moved = new Set(moversOf(test).map((mover) => mover.subject));
  const outside = view.entries.filter(
    (entry) => entry.kind === mix.kind && moved.has(entry.subject) && entry.configured === 'no',
  );
  const base = `permutation test over whole sessions, strata: ${test.strata}`;
  if (outside.length === 0) return { confidence: 'high', confidenceReason: base };
  const names = listed(outside.map((entry) => mix.name(entry.subject)));
  return {
    confidence: 'medium',
    confidenceReason: `${base}; what was read of the configuration does not allow ${names}`,
  };
}
