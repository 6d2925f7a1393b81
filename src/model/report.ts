/** The report: versioned JSON, re-readable by `--report` and `--baseline`. Renderers read nothing else. */
import { z } from 'zod';
import { cannotTellSchema, FINDING_KINDS, FIRST_CHECKS, findingSchema } from './finding.ts';
import { OPERATION_KINDS, SIGNALS } from './kinds.ts';

export const REPORT_FORMAT = 'ai-spm/report';
export const REPORT_VERSION = 1;

const text = z.string().max(8192);
const share = z.number().min(0).max(1);
const count = z.int().nonnegative();

const convergenceSchema = z.strictObject({
  state: z.enum(['converged', 'converging', 'insufficient']),
  why: text.nullable(),
  expected: text.nullable(),
});

/** First lines of the table: one row per agent. */
export const agentRowSchema = z.strictObject({
  workload: text,
  label: text,
  /** Capabilities that were exercised, and that are configured. */
  used: count,
  configured: count,
  gap1: count,
  gap2: count,
  gap3: count,
  cannotTell: count,
  /** Lowest observed ÷ existing time over the attached signals; null: no snapshot of it. */
  coverage: share.nullable(),
  windowMs: count.nullable(),
  sessions: count,
  convergence: z.strictObject({
    artifact: convergenceSchema,
    identity: convergenceSchema,
    behavior: convergenceSchema,
  }),
});

/** Coverage per agent and signal, as it decides what can be told. */
export const coverageRowSchema = z.strictObject({
  workload: text,
  label: text,
  signal: z.enum(SIGNALS),
  attachedSince: text.nullable(),
  attempted: count,
  lost: count,
  truncated: count,
  collapsed: count,
  observedMs: count,
  existedMs: count,
  instances: count,
  startsSeen: count,
  /** Of `tls`: executables and libraries that speak it and cannot be read, whatever share of the time was observed. */
  unheard: z.array(text).default([]),
  reasons: z.array(text),
});

/** What an agent said and did, one row a subject, context and principal. */
export const operationRowSchema = z.strictObject({
  workload: text,
  label: text,
  kind: z.enum(OPERATION_KINDS),
  subject: text,
  context: text.nullable(),
  principal: text.nullable(),
  count,
  errors: count,
  /** Refused for lack of permission; contained in `errors`. */
  denied: count,
  /** Rows, hits, objects, tools that came back. */
  records: count,
  bytes: count,
  sessions: count,
  first: text,
  last: text,
  /** By which probes it was seen, `sensor:tls` …; by which logs it is told, `log:cloudtrail` … */
  sources: z.array(text),
  /** Workloads that share the identity, one of which did it: the log does not tell which. */
  oneOf: z.array(text).optional(),
  /** Of the subject, over all its rows: tokens, streamed calls, readings that were cut. */
  sums: z.record(z.string().max(64), count),
  /** Of the subject: answered models, tools on offer, argument shapes. */
  words: z.record(z.string().max(64), z.array(text)),
});

export const CONFIGURATION_ASPECTS = [
  'operator',
  'pod',
  'container',
  'pod-security',
  'admission',
  'credential',
] as const;

/** How an agent is configured beside what it may do, a line each. Credentials stand in the order in which SDKs look. */
export const configurationRowSchema = z.strictObject({
  workload: text,
  label: text,
  aspect: z.enum(CONFIGURATION_ASPECTS),
  /** `Deployment research/agent`, a container, `aws web-identity`; empty: what the aspect rests on was not read. */
  subject: text,
  says: text,
});

const decision = z.strictObject({ choice: text, detail: text });

export const derivedPolicySchema = z.strictObject({
  workload: text,
  label: text,
  substrate: z.enum(['networkpolicy', 'seccomp']),
  status: z.enum(['derived', 'review', 'refused']),
  /** Why refused, or why review only. */
  reason: text.nullable(),
  /** `research-report-agent.networkpolicy.yaml` */
  fileName: text,
  /** The artifact itself, ready to be written: YAML or JSON text, its header comment stating the decisions. */
  document: z.string().nullable(),
  decisions: z.strictObject({
    granularity: decision,
    closure: decision,
    confidence: decision,
    validity: decision,
  }),
  /** What the current configuration grants and this would not. */
  removes: z.array(text),
  /** Below the confidence threshold: neither dropped nor included. */
  review: z.array(text),
  /** Everything observed above the threshold is allowed by the document, checked by the evaluator. */
  replay: z.strictObject({ checked: count, denied: z.array(text) }),
  /** Grants nothing that the configuration does not; entries are what it would add, or why this is unknown. */
  subset: z.strictObject({ state: z.enum(['yes', 'no', 'unknown']), detail: z.array(text) }),
});

export const reportSchema = z.strictObject({
  format: z.literal(REPORT_FORMAT),
  version: z.literal(REPORT_VERSION),
  tool: z.strictObject({ name: text, version: text }),
  generatedAt: text,
  /** What this run was given; two reports with different scope are incomparable. */
  scope: z.strictObject({
    title: text.nullable(),
    configuredOrigin: text.nullable(),
    configuredReadAt: text.nullable(),
    cluster: text.nullable(),
    namespaces: z.array(text).nullable(),
    selector: text.nullable(),
    segments: count,
    windowStart: text.nullable(),
    windowEnd: text.nullable(),
    baselineSegments: count,
  }),
  thresholds: z.record(z.string(), z.number()),
  seed: z.int(),
  agents: z.array(agentRowSchema),
  /** Kinds of finding that were looked for: what is not here was not judged, by a version that did not know it. */
  checks: z.array(z.enum(FINDING_KINDS)).default(() => [...FIRST_CHECKS]),
  findings: z.array(findingSchema),
  cannotTell: z.array(cannotTellSchema),
  /** Against `--baseline`: four classes, by identity and evidence fingerprint. */
  comparison: z
    .strictObject({
      baselineGeneratedAt: text,
      new: z.array(text),
      unchanged: z.array(text),
      resolved: z.array(text),
      /** Gone, but not resolved: the cell is cannot-tell now. */
      incomparable: z.array(z.strictObject({ fingerprint: text, reason: text })),
    })
    .nullable(),
  /** CycloneDX 1.6 document; null where no artifact was seen or declared. */
  bom: z.record(z.string(), z.unknown()).nullable(),
  policies: z.array(derivedPolicySchema),
  coverage: z.array(coverageRowSchema),
  /** What observing cost, ms of processor time over all nodes and segments; each probe without its trap. */
  cost: z
    .strictObject({
      windowMs: count,
      sensorMs: count,
      collectMs: count,
      probes: z.array(z.strictObject({ family: text, program: text, runMs: count, runs: count })),
    })
    .nullable()
    .default(null),
  /** Reports of versions that did not listen have none. */
  operation: z.array(operationRowSchema).default([]),
  /** Reports of versions that did not list it have none. */
  configuration: z.array(configurationRowSchema).default([]),
  notes: z.array(text),
});

export type AgentRow = z.infer<typeof agentRowSchema>;
export type CoverageRow = z.infer<typeof coverageRowSchema>;
export type OperationRow = z.infer<typeof operationRowSchema>;
export type ConfigurationRow = z.infer<typeof configurationRowSchema>;
export type DerivedPolicy = z.infer<typeof derivedPolicySchema>;
export type Report = z.infer<typeof reportSchema>;
