import type { Thresholds } from '../model/ledger.ts';

/** The defaults, also in the demonstration: a threshold lowered to fill a report would make the report worthless. */
export const DEFAULT_THRESHOLDS: Thresholds = {
  /** A week holds each hour of the week once; the domain asks for 7 to 14 days. */
  minSpanDays: 7,
  /** "Fewer than one newly observed dimension per 24 h" (coverage-stop). */
  coverageStopPerDay: 1,
  /** At most one in twenty sightings of the next session is expected to be something never seen. */
  sampleCoverage: 0.95,
  /** One node out of ten is not "unused": 95 % of the pod-time must have been covered. */
  absenceCoverage: 0.95,
  /** Expected share of false ones among the Gap 3 findings of a run. */
  falseDiscoveryRate: 0.05,
  /** Below a tenth of the mix moved, a shift may be significant and is still not worth somebody's hour. */
  minEffect: 0.1,
  /** Smallest p-value 1/10,001: resolves 0.05 after correction over 500 tests of a run. */
  permutations: 10_000,
  /** Seen more than 5 times across more than 3 sessions enters a derived policy; the rest goes to review. */
  policyCount: 5,
  policySessions: 3,
  policyValidityDays: 30,
};
