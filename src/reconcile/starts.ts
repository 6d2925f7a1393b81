import type { SignalCoverage } from '../model/observed.ts';

/**
 * Process instances that still matter and whose start was not seen. None once every one of them was replaced under
 * observation, by a rollout, say: from then on no start was missed. A share of starts seen would not do: a health
 * check that runs a thousand times says nothing about the one server that it asks.
 */
export function missedStarts(coverage: SignalCoverage, end: number): number {
  const missed = coverage.instances - coverage.startsSeen;
  return missed > 0 && (coverage.startsMissedUntil ?? end) >= end ? missed : 0;
}
