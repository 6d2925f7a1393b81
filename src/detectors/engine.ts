/**
 * Asks every detector about every workload, and lets no missing input pass for an answer.
 *
 * A cell is one (workload, detector). It ends as findings, as a cannot-tell, as both (these were found, whether
 * there are more is not known), or as clean, which needs a proof of its own:
 *
 * 1. The configured side was not read → cannot-tell; the detector is not asked.
 * 2. The answer is settled: everything configured was exercised (a seen use stays seen, whatever else was lost),
 *    or configuration alone decides → its findings, or clean. Not so where what is there to be exercised is learnt
 *    by observation (packages installed), and nothing was learnt.
 * 3. Otherwise silence counts, and all that silence rests on is demanded: signals, loss, start, coverage, schedule,
 *    convergence, baseline. What is missing turns an absence or a comparison into cannot-tell; a presence stands,
 *    with a cannot-tell beside it.
 *
 * Of several reasons the one first in REASON_ORDER is told.
 */
import { REASON_ORDER } from '../catalog/cannot-tell.ts';
import type { CannotTell, Finding } from '../model/finding.ts';
import type { Ledger, LedgerWorkload, Thresholds } from '../model/ledger.ts';
import { BASELINE_CHECKS } from './baseline-checks.ts';
import { type Cell, type Check, firstDoubt } from './cell.ts';
import { compose, composeCannotTell, numbered } from './compose.ts';
import { CONFIGURATION_CHECKS } from './configuration-checks.ts';
import { correctShifts } from './correct-shifts.ts';
import type { Detector, DetectorResult, Doubt, Draft } from './define-detector.ts';
import { OPERATION_CHECKS } from './operation-checks.ts';
import { counted, listed } from './words.ts';

export type DetectOptions = { thresholds: Thresholds; seed: number };
export type Detection = { findings: Finding[]; cannotTell: CannotTell[] };
export type Judged = { cell: Cell; drafts: readonly Draft[]; doubt: Doubt | null };

const DAY = 86_400_000;
const SILENCE_CHECKS: readonly Check[] = [...OPERATION_CHECKS, ...BASELINE_CHECKS];

export function runDetectors(
  detectors: readonly Detector[],
  ledger: Ledger,
  options: DetectOptions,
): Detection {
  const cells = ledger.workloads.flatMap((view) =>
    detectors.map((detector) => cellOf(detector, view, ledger, options)),
  );
  const judged = correctShifts(cells.map(judge), options.thresholds);
  return {
    findings: numbered(judged.flatMap(({ cell, drafts }) => drafts.map((draft) => compose(cell, draft)))),
    cannotTell: judged.flatMap(({ cell, doubt }) => (doubt ? [composeCannotTell(cell, doubt)] : [])),
  };
}

function cellOf(detector: Detector, view: LedgerWorkload, ledger: Ledger, options: DetectOptions): Cell {
  return {
    detector,
    view,
    context: { ledger, baseline: ledger.baselineOf.get(view.id) ?? null, ...options },
  };
}

export function judge(cell: Cell): Judged {
  const unread = firstDoubt(CONFIGURATION_CHECKS, cell);
  if (unread) return { cell, drafts: [], doubt: unread };

  const { needs } = cell.detector;
  const result: DetectorResult = cell.detector.detect(cell.view, cell.context);
  const own = result.doubts ?? [];
  const exercised =
    needs.absence && result.drafts.length === 0 && own.length === 0 && !(result.unlearnt ?? false);
  if (result.settled || exercised) return { cell, drafts: result.drafts, doubt: null };

  const silence = isTold(cell)
    ? []
    : SILENCE_CHECKS.map((check) => check(cell)).filter((doubt) => doubt !== null);
  const blocked = silence.length > 0 && (needs.absence || needs.baseline);
  const drafts = blocked ? [] : result.drafts;
  const doubt = tell([...silence, ...own], blocked ? 'undecided' : 'found', result.drafts);
  return { cell, drafts, doubt };
}

/** A log that has every use, for as long as a baseline takes, is worth what a probe is. */
function isTold({ detector, context }: Cell): boolean {
  const { logsTellAll = [] } = detector;
  const needed = context.thresholds.minSpanDays * DAY;
  return (context.ledger.usage?.windows ?? []).some(
    ({ source, start, end }) => logsTellAll.includes(source) && end - start >= needed,
  );
}

/** The most actionable reason; then what waits for it, or what was found all the same. */
function tell(
  doubts: readonly Doubt[],
  state: 'undecided' | 'found',
  drafts: readonly Draft[],
): Doubt | null {
  const [first, ...rest] = [...doubts].sort(
    (a, b) => REASON_ORDER.indexOf(a.reason) - REASON_ORDER.indexOf(b.reason),
  );
  if (!first) return null;
  const others = [...new Set(rest.map((doubt) => doubt.reason))].filter((reason) => reason !== first.reason);
  const also = others.length > 0 ? ` (also: ${others.join(', ')})` : '';
  const subjects = `${counted(drafts.length, 'subject')} ${state}: ${listed(drafts.map((draft) => draft.subject))}`;
  const figures =
    drafts.length > 0 ? `; ${subjects}${state === 'found' ? '; whether there are more is open' : ''}` : '';
  const expected = doubts.map((doubt) => doubt.expected).find((date) => date) ?? null;
  return { reason: first.reason, detail: `${first.detail}${also}${figures}`, expected };
}
