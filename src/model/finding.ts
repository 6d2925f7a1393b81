import { z } from 'zod';
import type { Hop } from './configured.ts';
import type { Discipline, Gap, Signal } from './kinds.ts';
import type { ObjectRef, ResourceName } from './kubernetes.ts';

/** One file in detectors/, one text in catalog/, one folder in fixtures/gaps/, all of this name. */
export const FINDING_KINDS = [
  'unused-egress',
  'unread-secret',
  'unread-token',
  'unloaded-library',
  'unused-permission',
  'unused-cluster-permission',
  'unassumed-role',
  'unused-grant',
  'shared-identity',
  'foreign-policy-egress',
  'unpoliced-egress',
  'inherited-api-access',
  'undeclared-model',
  'undeclared-framework',
  'inherited-permission',
  'node-identity',
  'displaced-identity',
  'role-chain',
  'cross-cloud-chain',
  'shared-identity-pool',
  'destination-shift',
  'process-shift',
  'action-shift',
  'identity-hop-shift',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** What reports checked that do not say it. */
export const FIRST_CHECKS: readonly FindingKind[] = [
  'unused-egress',
  'unread-secret',
  'unread-token',
  'unloaded-library',
  'foreign-policy-egress',
  'unpoliced-egress',
  'inherited-api-access',
  'undeclared-model',
  'undeclared-framework',
  'destination-shift',
  'process-shift',
];

const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];
const CONFIDENCES = ['low', 'medium', 'high'] as const;
export type Confidence = (typeof CONFIDENCES)[number];
/** Who wants to see it: the agent's own team, the platform team, or only an auditor. */
const AUDIENCES = ['agent', 'platform', 'auditor'] as const;
export type Audience = (typeof AUDIENCES)[number];

const text = z.string().max(8192);
const gap = z.literal([1, 2, 3]) satisfies z.ZodType<Gap>;
const discipline = z.enum(['artifact', 'identity', 'behavior']) satisfies z.ZodType<Discipline>;

const objectRefSchema = z.strictObject({
  apiVersion: text,
  kind: text,
  namespace: text.nullable(),
  name: text,
  location: text.nullable(),
}) satisfies z.ZodType<ObjectRef>;

const hopSchema = z.strictObject({
  object: text,
  ref: objectRefSchema.nullable(),
  field: text,
  why: text,
  inherited: z.boolean(),
}) satisfies z.ZodType<Hop>;

/** Statistics of a Gap 3 finding: nothing rounded away. */
const shiftSchema = z.strictObject({
  test: z.literal('session-permutation-total-variation'),
  /** Total variation distance between the two mixes, 0…1. */
  effect: z.number(),
  pValue: z.number(),
  /** Benjamini–Hochberg over all tests of this run. */
  qValue: z.number(),
  permutations: z.int(),
  seed: z.int(),
  sessions: z.strictObject({ window: z.int(), baseline: z.int() }),
  /** Shares of the mix, 0…1, largest change first. */
  movers: z.array(z.strictObject({ subject: text, window: z.number(), baseline: z.number() })),
  /** What changed between the two: `rollout`, `model update` …; empty: none of the known causes. */
  attributedTo: z.array(text),
});
export type ShiftEvidence = z.infer<typeof shiftSchema>;

export const findingSchema = z.strictObject({
  /** Short stable id: first 10 hex of `fingerprint`, printed and accepted by --explain. */
  id: text,
  kind: z.enum(FINDING_KINDS),
  gap,
  discipline,
  workload: text,
  /** `research/report-agent` */
  label: text,
  subject: text,
  /** One sentence. */
  claim: text,
  configured: z.strictObject({ summary: text, path: z.array(hopSchema) }),
  operational: z.strictObject({
    summary: text,
    /** Which probe or source saw it, `sensor:file`. For absence: the covered signal. */
    source: text,
    count: z.int(),
    sessions: z.int(),
    /** ISO times; null for an absence. */
    first: text.nullable(),
    last: text.nullable(),
    samples: z.array(text),
  }),
  why: text,
  remedy: z.strictObject({
    summary: text,
    object: text.nullable(),
    field: text.nullable(),
    ownPolicyWontHelp: text.nullable(),
  }),
  severity: z.enum(SEVERITIES),
  confidence: z.enum(CONFIDENCES),
  confidenceReason: text,
  audience: z.enum(AUDIENCES),
  shift: shiftSchema.nullable(),
  related: z.array(text),
  /** identity/v1: who and what, never pod, node, pid, time, count or version. */
  fingerprint: text,
  /** evidence/v1: also the path that grants it. */
  evidenceFingerprint: text,
});
export type Finding = z.infer<typeof findingSchema>;

export const CANNOT_TELL_REASONS = [
  'no-snapshot',
  'no-configuration',
  'signal-missing',
  'signal-lossy',
  'coverage-short',
  'start-not-seen',
  'source-denied',
  'source-missing',
  'converging',
  'insufficient',
  'schedule-not-seen',
  'unresolved-peers',
  'no-declaration',
  'no-baseline',
  'baseline-not-converged',
  'iterators-only',
  'folded',
  'incomparable',
  'unheard',
] as const;
export type CannotTellReason = (typeof CANNOT_TELL_REASONS)[number];

/** One cell of (workload, detector) that could not be judged, with the reason. */
export const cannotTellSchema = z.strictObject({
  kind: z.enum(FINDING_KINDS),
  gap,
  discipline,
  workload: text,
  label: text,
  reason: z.enum(CANNOT_TELL_REASONS),
  detail: text,
  /** When it is expected to become tellable, ISO date, where that can be said. */
  expected: text.nullable(),
  /** What the user can do about it. */
  todo: text,
  fingerprint: text,
});
export type CannotTell = z.infer<typeof cannotTellSchema>;

/** What a detector needs before its silence means anything. */
export type Needs = {
  signals: readonly Signal[];
  resources: readonly ResourceName[];
  /** Rests on absence: coverage and the discipline's convergence are demanded as well. */
  absence: boolean;
  /** Start-up signals: attached before the process started. */
  processStart: boolean;
  baseline: boolean;
};
