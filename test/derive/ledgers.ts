/** Small ledgers for tests: a workload that was watched perfectly for 14 days, from which each test takes away. */
import type { Capability, ConfiguredWorkload, Hop, Pattern } from '../../src/model/configured.ts';
import {
  type Discipline,
  KINDS_BY_DISCIPLINE,
  type Kind,
  SIGNALS,
  type Signal,
} from '../../src/model/kinds.ts';
import type { Convergence, Ledger, LedgerEntry, LedgerWorkload } from '../../src/model/ledger.ts';
import type { Observed, ObservedWorkload, SignalCoverage } from '../../src/model/observed.ts';
import type { ArtifactDetail } from '../../src/model/snapshot.ts';

export const START = Date.parse('2026-11-07T05:00:00Z');
export const END = Date.parse('2026-11-21T05:00:00Z');
export const ID = 'k8s:c1/research/Deployment/report-agent';

export const CONVERGED: Convergence = { state: 'converged', spanDays: 14, sampleCoverage: 0.99 };
export const CONVERGING: Convergence = {
  state: 'converging',
  why: '2 d of the 7 d that it needs',
  spanDays: 2,
  sampleCoverage: 0.8,
  expected: '2026-11-28T00:00:00.000Z',
};

function disciplineOf(kind: Kind): Discipline {
  const found = Object.entries(KINDS_BY_DISCIPLINE).find(([, kinds]) =>
    (kinds as readonly Kind[]).includes(kind),
  );
  return found![0] as Discipline;
}

export function hop(object: string, field: string): Hop {
  return { object, ref: null, field, why: 'test', inherited: false };
}

export function seen(kind: Kind, subject: string, more: Partial<Observed> = {}): Observed {
  return {
    kind,
    subject,
    container: 'agent',
    processes: ['/usr/bin/node server.js'],
    principal: null,
    context: null,
    sources: ['sensor:file'],
    count: 100,
    bytes: 0,
    records: 0,
    errors: 0,
    denied: 0,
    first: START + 1000,
    last: END - 1000,
    sessions: 40,
    ...more,
  };
}

export function capability(
  kind: Kind,
  id: string,
  allow: readonly Pattern[],
  path: readonly Hop[],
): Capability {
  return {
    id,
    holder: { type: 'workload', id: ID },
    kind,
    summary: id,
    allow,
    deny: [],
    conditions: [],
    effect: 'allow',
    origin: 'direct',
    path,
    source: 'workloads',
  };
}

export function declares(kind: Kind, name: string, version: string | null, purl: string | null): Capability {
  return capability(
    kind,
    `declared:${kind}:${name}`,
    [{ type: 'artifact', name, version, purl, path: null }],
    [hop('Deployment research/report-agent', 'metadata.annotations["ai-spm.dev/bom"]')],
  );
}

export function entry(kind: Kind, subject: string, more: Partial<LedgerEntry> = {}): LedgerEntry {
  const observed = more.observed === undefined ? seen(kind, subject) : more.observed;
  return {
    kind,
    discipline: disciplineOf(kind),
    subject,
    capabilities: [],
    configured: 'yes',
    decidedBy: null,
    exercised: observed === null ? 'no' : 'yes',
    ...more,
    observed,
  };
}

export function detail(kind: Kind, subject: string, more: Partial<ArtifactDetail> = {}): ArtifactDetail {
  return {
    workload: 0,
    kind,
    subject,
    name: subject,
    version: null,
    purl: null,
    path: `/app/${subject}`,
    format: null,
    size: null,
    sha256: null,
    state: 'mapped',
    rule: 'test-rule',
    ...more,
  };
}

export function coverage(signal: Signal, more: Partial<SignalCoverage> = {}): SignalCoverage {
  return {
    signal,
    attachedSegments: 336,
    segments: 336,
    attachedSince: START,
    attempted: 10_000,
    lost: 0,
    truncated: 0,
    collapsed: 0,
    observedMs: END - START,
    existedMs: END - START,
    instances: 42,
    startsSeen: 42,
    reasons: [],
    ...more,
  };
}

type ObservedParts = Partial<Omit<ObservedWorkload, 'coverage'>> & {
  coverage?: Partial<Record<Signal, Partial<SignalCoverage>>>;
};

export function observedWorkload({ coverage: changes, ...more }: ObservedParts = {}): ObservedWorkload {
  return {
    id: ID,
    meta: {
      id: ID,
      unit: 'kubernetes',
      resolvedBy: 'api',
      cluster: 'c1',
      namespace: 'research',
      kind: 'Deployment',
      name: 'report-agent',
      labels: { app: 'report-agent', 'pod-template-hash': '7d9c5b6f' },
      serviceAccount: 'report-agent',
      revision: '7d9c5b6f',
      containers: [{ name: 'agent', image: 'registry.example/agent:1', digest: `sha256:${'ab'.repeat(32)}` }],
      instances: 2,
    },
    start: START,
    end: END,
    coveredMs: END - START,
    segments: 336,
    partialSegments: 0,
    nowOnly: false,
    nodes: ['node-a'],
    revisions: ['7d9c5b6f'],
    observations: [],
    coverage: Object.fromEntries(
      SIGNALS.map((s) => [s, coverage(s, changes?.[s])]),
    ) as ObservedWorkload['coverage'],
    sessions: [],
    sessionPopulation: 2000,
    epochs: [],
    artifacts: [],
    peers: new Map(),
    details: [],
    images: [],
    newPerDay: { artifact: [], identity: [], behavior: [] },
    singletons: { artifact: 0, identity: 0, behavior: 0 },
    sightings: { artifact: 0, identity: 0, behavior: 0 },
    folded: {},
    ...more,
  };
}

export function configuredWorkload(more: Partial<ConfiguredWorkload> = {}): ConfiguredWorkload {
  return {
    id: ID,
    ref: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: 'research',
      name: 'report-agent',
      location: null,
    },
    cluster: 'c1',
    namespace: 'research',
    kind: 'Deployment',
    name: 'report-agent',
    labels: { app: 'report-agent' },
    podLabels: { app: 'report-agent', tier: 'agents' },
    serviceAccount: 'report-agent',
    principal: 'system:serviceaccount:research:report-agent',
    hostNetwork: false,
    containers: [],
    mounts: [],
    declared: [],
    declares: { model: true, framework: true, library: true },
    schedule: null,
    egressPolicies: [],
    revision: '7d9c5b6f',
    ...more,
  };
}

export function workload(more: Partial<LedgerWorkload> = {}): LedgerWorkload {
  return {
    id: ID,
    label: 'research/report-agent',
    configured: configuredWorkload(),
    observed: observedWorkload(),
    capabilities: [],
    entries: [],
    convergence: { artifact: CONVERGED, identity: CONVERGED, behavior: CONVERGED },
    ...more,
  };
}

export function ledger(...workloads: readonly LedgerWorkload[]): Ledger {
  return { configured: null, observed: null, baseline: null, workloads, baselineOf: new Map(), notes: [] };
}
