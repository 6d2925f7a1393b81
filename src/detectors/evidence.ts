/** The operational half of a finding: what was seen, or over what window something was not. */
import { FINDINGS } from '../catalog/findings.ts';
import type { Confidence, Finding, FindingKind } from '../model/finding.ts';
import type { Signal } from '../model/kinds.ts';
import type { LedgerWorkload } from '../model/ledger.ts';
import type { Observed, ObservedWorkload } from '../model/observed.ts';
import { counted, duration, iso, listed, percent } from './words.ts';

const MAX_SAMPLES = 20;

/** `14.0 days (672 sessions)`: covered time, holes left out. */
export function windowOf(observed: ObservedWorkload | null): string {
  if (!observed) return 'no window';
  return `${duration(observed.coveredMs)} (${counted(observed.sessionPopulation, 'session')})`;
}

/** `sessions` is that of the busiest row: rows do not say which of their sessions they share. */
export function presence(
  rows: readonly Observed[],
  summary: string,
  samples: readonly string[],
): Finding['operational'] {
  return {
    summary,
    source: [...new Set(rows.flatMap((row) => row.sources))].sort().join(', '),
    count: rows.reduce((sum, row) => sum + row.count, 0),
    sessions: Math.max(0, ...rows.map((row) => row.sessions)),
    first: rows.length > 0 ? iso(Math.min(...rows.map((row) => row.first))) : null,
    last: rows.length > 0 ? iso(Math.max(...rows.map((row) => row.last))) : null,
    samples: samples.slice(0, MAX_SAMPLES),
  };
}

/** Nothing was seen; the source names the signals that covered the window. */
export function absence(
  view: LedgerWorkload,
  signals: readonly Signal[],
  summary: string,
  samples: readonly string[] = [],
): Finding['operational'] {
  return {
    summary: `${summary} in ${windowOf(view.observed)}`,
    source: signals.map((signal) => `sensor:${signal}`).join(', '),
    count: 0,
    sessions: 0,
    first: null,
    last: null,
    samples: samples.slice(0, MAX_SAMPLES),
  };
}

type Grounds = { confidence: Confidence; confidenceReason: string };

/** An absence is as sure as its coverage is whole: the rest of the pod time may hold the use. */
export function absenceConfidence(
  view: LedgerWorkload,
  kind: FindingKind,
  signals: readonly Signal[],
): Grounds {
  const { discipline } = FINDINGS[kind];
  const shares = signals.map((signal) => {
    const { observedMs, existedMs } = view.observed?.coverage[signal] ?? { observedMs: 0, existedMs: 0 };
    return existedMs > 0 ? observedMs / existedMs : 0;
  });
  const lowest = Math.min(1, ...shares);
  const whole = lowest >= 0.999;
  return {
    confidence: whole ? 'high' : 'medium',
    confidenceReason:
      `${listed(signals)} probes covered ${percent(lowest)} of the pod time without loss, and ${discipline} ` +
      `had converged${whole ? '' : '; what is missing of the pod time may hold a use'}`,
  };
}

/** A kernel event proves a use; nothing else has to be believed. */
export function presenceConfidence(rows: readonly Observed[], caveat?: string): Grounds {
  const count = rows.reduce((sum, row) => sum + row.count, 0);
  const seen = `seen in the kernel ${counted(count, 'time')}`;
  return caveat
    ? { confidence: 'medium', confidenceReason: `${seen}; ${caveat}` }
    : { confidence: 'high', confidenceReason: seen };
}
