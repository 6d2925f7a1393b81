/** From a sketch of an agent's operation to the observed posture that a history of segments would give. */
import { type Kind, SIGNALS, type Signal } from '../../../src/model/kinds.ts';
import type {
  Observed,
  ObservedPosture,
  ObservedWorkload,
  SessionSample,
  SignalCoverage,
} from '../../../src/model/observed.ts';
import type { ArtifactDetail, Epoch, Peer } from '../../../src/model/snapshot.ts';
import { createRandom } from '../../../src/reconcile/random.ts';

const DAY = 86_400_000;
const START = Date.parse('2026-03-01T00:00:00Z');
export const AGENT = 'k8s:3f0e6c1a-0000-4000-8000-000000000001/research/Deployment/report-agent';

type PeerSketch = Partial<Omit<Peer, 'subject'>> & Pick<Peer, 'resolution'>;
type EgressSketch = { to: string; peer?: PeerSketch; count?: number; errors?: number; sessions?: number };
type CallSketch = {
  kind?: 'cloud-action' | 'kubernetes-action' | 'identity-hop' | 'data-access';
  /** By which family it was heard; default tls. */
  by?: Signal;
  subject: string;
  context?: string;
  principal?: string;
  count?: number;
  denied?: number;
};
type ArtifactSketch = Pick<ArtifactDetail, 'kind' | 'name' | 'state'> & Partial<ArtifactDetail>;

export type Sketch = {
  workload?: string;
  /** Default 14. */
  days?: number;
  sessions?: number;
  seed?: number;
  egress?: readonly EgressSketch[];
  files?: readonly string[];
  /** Calls of clouds and of the API server, hops between identities, statements to databases. */
  calls?: readonly CallSketch[];
  artifacts?: readonly ArtifactSketch[];
  /** Mixes that the sessions draw from: kind → subject → weight. */
  mix?: Partial<Record<Kind, Readonly<Record<string, number>>>>;
  signals?: Partial<Record<Signal, Partial<SignalCoverage>>>;
  epochs?: readonly (Pick<Epoch, 'thing' | 'subject' | 'hash'> & { members?: string[] })[];
  rest?: Partial<ObservedWorkload>;
  /** Further workloads of the same time. */
  others?: readonly Sketch[];
};

/** Which family shows that an artifact came into that state. */
export const SEEN_BY = {
  installed: 'file',
  opened: 'file',
  imported: 'file',
  mapped: 'mapping',
  executed: 'process',
} as const satisfies Record<ArtifactDetail['state'], Signal>;

/** Every agent of the fixtures talks to a sidecar: a use, by which the artifact discipline can converge. */
const SIDECAR: EgressSketch = { to: 'tcp/127.0.0.1:9000', peer: { resolution: 'loopback' } };

export function observe(sketch: Sketch): ObservedPosture {
  const workload = observeWorkload(sketch);
  const { start, end, segments } = workload;
  const others = (sketch.others ?? []).map(observeWorkload);
  return { workloads: [workload, ...others], start, end, segments, notes: [] };
}

function observeWorkload(sketch: Sketch): ObservedWorkload {
  const { days = 14, sessions = 672, artifacts = [], rest = {} } = sketch;
  const end = START + days * DAY;
  const segments = Math.max(1, Math.round(days * 24));
  const contacts = [SIDECAR, ...(sketch.egress ?? []), ...mixed(sketch)];
  const row = rowMaker(START, end, sessions);
  return {
    id: sketch.workload ?? AGENT,
    meta: metaOf(sketch),
    start: START,
    end,
    coveredMs: days * DAY,
    segments,
    partialSegments: 0,
    nowOnly: false,
    nodes: ['node-a'],
    revisions: ['6c8d'],
    observations: [
      ...contacts.map(({ to, count, sessions: seen, errors = 0 }) => ({
        ...row('egress', to, 'sensor:network', count, seen),
        errors,
      })),
      ...(sketch.files ?? []).map((path) => row('file-access', `r:${path}`, 'sensor:file', 14, 14)),
      ...artifacts
        .filter(({ state }) => state !== 'installed')
        .map((one) => row(one.kind as Kind, one.subject ?? one.name, `sensor:${SEEN_BY[one.state]}`, 14, 14)),
      ...[...(sketch.calls ?? []), ...mixedCalls(sketch)].map((call) => callRow(call, row)),
      ...Object.keys(sketch.mix?.process ?? {}).map((exe) => row('process', exe, 'sensor:process')),
    ],
    coverage: coverageOf(days * DAY, segments, sketch.signals ?? {}),
    sessions: sampleSessions(sketch, days, sessions),
    sessionPopulation: sessions,
    epochs: (sketch.epochs ?? []).map((epoch) => ({
      workload: 0,
      ordinal: 0,
      start: START,
      end,
      members: [],
      subjectId: epoch.subject,
      ...epoch,
    })),
    artifacts: artifacts.map(artifactOf),
    details: [],
    images: [],
    peers: new Map(contacts.map(({ to, peer }) => [to, peerOf(to, peer)])),
    newPerDay: discovered(days),
    singletons: { artifact: 0, identity: 0, behavior: 0 },
    sightings: { artifact: sessions, identity: sessions, behavior: sessions },
    folded: {},
    ...rest,
  };
}

function mixedCalls({ mix, calls = [] }: Sketch): CallSketch[] {
  const known = new Set(calls.map(({ subject }) => subject));
  return (['cloud-action', 'identity-hop'] as const).flatMap((kind) =>
    Object.keys(mix?.[kind] ?? {})
      .filter((subject) => !known.has(subject))
      .map((subject) => ({ kind, subject })),
  );
}

function callRow(call: CallSketch, row: ReturnType<typeof rowMaker>): Observed {
  const {
    kind = 'cloud-action',
    subject,
    context = null,
    principal = null,
    count = 14,
    denied = 0,
    by = 'tls',
  } = call;
  return { ...row(kind, subject, `sensor:${by}`, count), context, principal, denied, errors: denied };
}

function mixed({ mix, egress = [] }: Sketch): EgressSketch[] {
  const known = new Set(egress.map(({ to }) => to));
  return Object.keys(mix?.egress ?? {})
    .filter((to) => !known.has(to))
    .map((to) => ({ to, peer: { resolution: 'external' } }));
}

function metaOf({ workload = AGENT }: Sketch): ObservedWorkload['meta'] {
  const [cluster, namespace, kind, name] = workload.split('/') as [string, string, string, string];
  return {
    id: workload,
    unit: 'kubernetes',
    resolvedBy: 'api',
    cluster: cluster.replace('k8s:', ''),
    namespace,
    kind,
    name,
    labels: { app: name },
    serviceAccount: name,
    revision: '6c8d',
    containers: [{ name: 'agent', image: 'registry.example/research/report-agent:1.4', digest: null }],
    instances: 1,
  };
}

function rowMaker(start: number, end: number, population: number) {
  return (
    kind: Kind,
    subject: string,
    source: string,
    count = population,
    sessions = Math.min(count, population),
  ): Observed => ({
    kind,
    subject,
    container: 'agent',
    processes: ['/usr/bin/python3.12 agent.py'],
    principal: null,
    context: null,
    sources: [source],
    count,
    bytes: 0,
    records: 0,
    errors: 0,
    denied: 0,
    first: start,
    last: end,
    sessions,
  });
}

function peerOf(subject: string, peer: PeerSketch = { resolution: 'unresolved' }): Peer {
  return { subject, namespace: null, name: null, labels: {}, backends: [], ...peer };
}

function artifactOf(sketch: ArtifactSketch): ArtifactDetail {
  return {
    workload: 0,
    subject: sketch.name,
    version: null,
    purl: null,
    path: null,
    format: null,
    size: null,
    sha256: null,
    rule: 'fixture',
    ...sketch,
  };
}

function coverageOf(
  ms: number,
  segments: number,
  special: NonNullable<Sketch['signals']>,
): ObservedWorkload['coverage'] {
  const whole = (signal: Signal): SignalCoverage => ({
    signal,
    attachedSegments: segments,
    segments,
    attachedSince: START,
    attempted: 10_000,
    lost: 0,
    truncated: 0,
    collapsed: 0,
    observedMs: ms,
    existedMs: ms,
    instances: 14,
    startsSeen: 14,
    reasons: [],
    ...special[signal],
  });
  return Object.fromEntries(SIGNALS.map((signal) => [signal, whole(signal)])) as ObservedWorkload['coverage'];
}

/** All that there is shows on the first day. */
function discovered(days: number): ObservedWorkload['newPerDay'] {
  const perDay = Array.from({ length: Math.ceil(days) }, (_, day) => (day === 0 ? 12 : 0));
  return { artifact: perDay, identity: perDay, behavior: perDay };
}

/** One to six draws a session and kind: short sessions differ much among themselves, as real ones do. */
function sampleSessions({ mix = {}, seed = 1 }: Sketch, days: number, sessions: number): SessionSample[] {
  const random = createRandom(seed);
  return Array.from({ length: sessions }, (_, index) => {
    const start = START + Math.floor((index * days * DAY) / sessions);
    const cells = Object.entries(mix).flatMap(([kind, weights]) =>
      draws(weights, 1 + random.below(6), random).map(([subject, count]) => ({
        kind: kind as Kind,
        subject,
        count,
      })),
    );
    return { id: `s${seed}-${index}`, start, end: start + 60_000, revision: '6c8d', cells, overflow: false };
  });
}

function draws(
  weights: Readonly<Record<string, number>>,
  times: number,
  random: ReturnType<typeof createRandom>,
) {
  const lots = Object.entries(weights).flatMap(([subject, weight]) => Array<string>(weight).fill(subject));
  const counts = new Map<string, number>();
  for (let draw = 0; draw < times; draw++) {
    const subject = lots[random.below(lots.length)]!;
    counts.set(subject, (counts.get(subject) ?? 0) + 1);
  }
  return [...counts];
}
