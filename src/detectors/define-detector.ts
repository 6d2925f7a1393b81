/**
 * The contract of a detector: a pure reading of one workload of the ledger. It says what it needs; the engine
 * decides whether that was there, adds the words of the catalog, and makes findings of drafts.
 */
import type { FINDINGS } from '../catalog/findings.ts';
import type { Hop } from '../model/configured.ts';
import type {
  Audience,
  CannotTellReason,
  Confidence,
  Finding,
  FindingKind,
  Needs,
  ShiftEvidence,
} from '../model/finding.ts';
import type { Gap, Kind, NetworkEngine } from '../model/kinds.ts';
import type { Ledger, LedgerWorkload, Thresholds } from '../model/ledger.ts';
import type { ObservedWorkload } from '../model/observed.ts';
import type { UsageSource } from '../model/usage.ts';

/** What a remedy may point at, by gap. Gap 3 points at nothing configured. */
export type RemedyTarget = {
  1: { scopeDown: { object: string; field: string } };
  2: { upstream: { object: string; field: string; engine?: NetworkEngine } };
  3: { enforce: 'per-agent' };
};

/** A finding before its words. */
export type Draft<G extends Gap = Gap> = {
  /** Its identity within the cell, so without count, time, version or pod name. */
  subject: string;
  /** What is fingerprinted instead, where `subject` is worded for readers: wording may change between releases. */
  key?: string;
  claim: string;
  configured: { summary: string; path: readonly Hop[] };
  operational: Finding['operational'];
  remedy: RemedyTarget[G];
  /** Whether the catalog's severity rule applies. */
  aggravated: boolean;
  confidence: Confidence;
  confidenceReason: string;
  /** Instead of the catalog's: a weak finding is for the auditor. */
  audience?: Audience;
} & (G extends 3 ? { shift: ShiftTest } : { shift?: never });

/** A test still to be corrected for all the tests of the run, and the effect that chance alone gives in it. */
export type ShiftTest = { evidence: Omit<ShiftEvidence, 'qValue'>; expectedEffect: number; qValue?: number };

export type Doubt = {
  reason: CannotTellReason;
  /** Figures and names, one sentence. */
  detail: string;
  /** ISO date. */
  expected?: string | null;
};

export type DetectorResult<G extends Gap = Gap> = {
  drafts: readonly Draft<G>[];
  /** Subjects that could not be judged, though what the detector needs was there. */
  doubts?: readonly Doubt[];
  /** The answer is complete whatever else was not seen: decided by configuration alone, or nothing can be added. */
  settled?: boolean;
  /**
   * What could be found latent is itself learnt by observation, and none of it was: no draft then proves nothing
   * exercised, and is judged as the silence that it is.
   */
  unlearnt?: boolean;
};

export type DetectorContext = {
  ledger: Ledger;
  thresholds: Thresholds;
  baseline: ObservedWorkload | null;
  seed: number;
};

export type DetectorNeeds = Needs & {
  /** Kinds of observation that it reads: folded ones hide single subjects. */
  kinds: readonly Kind[];
};

export type Detector<K extends FindingKind = FindingKind> = {
  kind: K;
  gap: (typeof FINDINGS)[K]['gap'];
  discipline: (typeof FINDINGS)[K]['discipline'];
  needs: DetectorNeeds;
  /** Logs that tell every use: where they cover the time, silence needs no probe. */
  logsTellAll?: readonly UsageSource[];
  detect(view: LedgerWorkload, context: DetectorContext): DetectorResult<(typeof FINDINGS)[K]['gap']>;
};

/** Gap and discipline have one allowed value per kind, the catalog's; the compiler refuses any other. */
export function defineDetector<K extends FindingKind>(detector: Detector<K>): Detector<K> {
  return detector;
}
