/** When not having seen an artifact may be read as: it was not loaded. The BOM says `undetermined` otherwise. */
import type { Signal } from '../model/kinds.ts';
import type { LedgerWorkload } from '../model/ledger.ts';
import type { ObservedWorkload, SignalCoverage } from '../model/observed.ts';
import { missedStarts } from '../reconcile/starts.ts';
import { DEFAULT_THRESHOLDS } from '../reconcile/thresholds.ts';

/** Loading shows as an open, a mapping or an exec; one that was not watched leaves a way unseen. */
const LOADING: readonly Signal[] = ['process', 'file', 'mapping'];

function signalDoubt(c: SignalCoverage, end: number): string | null {
  const { signal } = c;
  if (c.attachedSegments < c.segments || c.attachedSince === null) {
    return `the ${signal} probes were not attached all the time`;
  }
  if (c.lost + c.truncated > 0) return `${c.lost + c.truncated} ${signal} events were lost or cut short`;
  const missed = missedStarts(c, end);
  if (missed > 0) return `${missed} of ${c.instances} processes started before the ${signal} probes`;
  const covered = c.existedMs === 0 ? 0 : c.observedMs / c.existedMs;
  if (covered >= DEFAULT_THRESHOLDS.absenceCoverage) return null;
  return `the ${signal} probes covered ${Math.floor(covered * 100)} % of its running time`;
}

function observationDoubt(observed: ObservedWorkload): string | null {
  if (observed.nowOnly) return 'the snapshot shows only what was there at one moment';
  for (const signal of LOADING) {
    const doubt = signalDoubt(observed.coverage[signal], observed.end);
    if (doubt !== null) return doubt;
  }
  return observed.folded.library === undefined ? null : 'library names were folded into templates';
}

/** Why nothing may be called "not loaded" for this workload; null: it may. */
export function loadingDoubt({ observed, convergence }: LedgerWorkload): string | null {
  if (observed === null) return 'no snapshot holds this workload';
  const doubt = observationDoubt(observed);
  if (doubt !== null) return doubt;
  const { artifact } = convergence;
  return artifact.state === 'converged' ? null : `artifacts have not converged: ${artifact.why}`;
}
