/** The join: one entry per (workload, kind, subject or pattern). Everything printed is a reading of it. */
import type { Capability, ConfiguredPosture, ConfiguredWorkload, Reached } from './configured.ts';
import type { Discipline, Kind } from './kinds.ts';
import type { Observed, ObservedPosture, ObservedWorkload } from './observed.ts';
import type { Usage } from './usage.ts';

export type Convergence =
  | { state: 'converged'; spanDays: number; sampleCoverage: number | null }
  | {
      state: 'converging';
      why: string;
      spanDays: number;
      sampleCoverage: number | null;
      expected: string | null;
    }
  | { state: 'insufficient'; why: string };

/** Three-valued: the third is never folded into the second. */
export type Ternary = 'yes' | 'no' | 'unknown';

export type LedgerEntry = {
  kind: Kind;
  discipline: Discipline;
  /** Observed subject, or the capability's summary where nothing was observed. */
  subject: string;
  /** Capabilities that cover the subject; for a never-exercised one, that one. */
  capabilities: readonly Capability[];
  configured: Ternary;
  /** Why `unknown`, or which rule decided: `NetworkPolicy research/agent spec.egress[0]`. */
  decidedBy: string | null;
  observed: Observed | null;
  /**
   * Whether operation used it: `yes` with `observed`; `no` and `unknown` only without. `unknown` (an unresolved peer
   * may have been it, a folded table may hide it, only the audit log would show it) has its reason in `decidedBy`.
   */
  exercised: Ternary;
  /** Of a permission that it was not seen using: labels of other holders of the principal that were. */
  usedBy?: readonly string[];
};

export type LedgerWorkload = {
  id: string;
  /** `research/report-agent` */
  label: string;
  configured: ConfiguredWorkload | null;
  observed: ObservedWorkload | null;
  capabilities: readonly Capability[];
  /** Identities that it reaches in the clouds and the cluster, its own first. */
  reached?: readonly Reached[];
  /** Those of them that it may give more than they have now. */
  gains?: readonly Reached[];
  entries: readonly LedgerEntry[];
  /** What logs tell of its identities: lists that workloads which share one have in common. */
  told?: readonly (readonly Told[])[];
  convergence: Readonly<Record<Discipline, Convergence>>;
};
/** `oneOf`: labels of all who hold the identity, one of whom did it; empty: it is known who. */
export type Told = { row: Observed; oneOf: readonly string[] };

export type Ledger = {
  configured: ConfiguredPosture | null;
  observed: ObservedPosture | null;
  baseline: ObservedPosture | null;
  /** What logs tell of use; null: none was given. */
  usage?: Usage | null;
  workloads: readonly LedgerWorkload[];
  /** Workload id → the baseline's view of it. */
  baselineOf: ReadonlyMap<string, ObservedWorkload>;
  notes: readonly string[];
};

/** Thresholds, all from design/domain: none is lowered to make a report look full. */
export type Thresholds = {
  minSpanDays: number;
  /** Newly observed dimensions per 24 h must be below this. */
  coverageStopPerDay: number;
  /** Good–Turing sample coverage, 0…1. */
  sampleCoverage: number;
  /** observed ÷ existing pod-time that absence needs. */
  absenceCoverage: number;
  /** Benjamini–Hochberg level for Gap 3. */
  falseDiscoveryRate: number;
  /** Smallest effect worth a finding (total variation distance, 0…1). */
  minEffect: number;
  permutations: number;
  /** Derived policies: more than N times across more than M distinct sessions. */
  policyCount: number;
  policySessions: number;
  policyValidityDays: number;
};
