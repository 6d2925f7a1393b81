/** Ways to lose one evidence input, derived from what a detector says it needs: a new detector is covered at once. */
import { FINDINGS } from '../../../src/catalog/findings.ts';
import type { Detector } from '../../../src/detectors/define-detector.ts';
import type { CannotTellReason } from '../../../src/model/finding.ts';
import type { Signal } from '../../../src/model/kinds.ts';
import type { SourceCoverage } from '../../../src/model/kubernetes.ts';
import type { ObservedWorkload, SignalCoverage } from '../../../src/model/observed.ts';
import type { TlsImage } from '../../../src/model/snapshot.ts';
import { type CaseFile, type Inputs, inputsOf } from './case.ts';
import { SEEN_BY } from './observe.ts';

export type Mutation = {
  name: string;
  reason: CannotTellReason;
  /** The input is lost, what was seen all the same stays. */
  apply(file: CaseFile): Inputs;
  /** Signals whose events go with it, in the worse case. */
  takes: readonly Signal[];
  /** Only in the worse case does it decide anything. */
  onlyWithEvents?: boolean;
};

const DAY = 86_400_000;

export function mutationsOf(detector: Detector): Mutation[] {
  const { needs } = detector;
  return [
    {
      name: 'the configuration',
      reason: 'no-configuration',
      takes: [],
      apply: (file) => inputsOf({ ...file, estate: null }),
    },
    ...needs.resources.flatMap((resource) => [
      unread(resource, 'denied', 'source-denied'),
      unread(resource, 'failed', 'source-denied'),
      unread(resource, 'absent', 'source-missing'),
    ]),
    ...needs.signals.flatMap(signalMutations),
    ...(needs.signals.includes('tls') ? [deafened()] : []),
    ...windowMutations(detector),
    ...(needs.processStart ? [startUnseen(needs.signals)] : []),
    ...needs.kinds.map((kind) => folded(kind, needs.signals)),
    ...(needs.baseline ? baselineMutations(needs.signals[0]!) : convergenceMutations(detector)),
  ];
}

function unread(
  resource: keyof NonNullable<CaseFile['sources']>,
  status: SourceCoverage['status'],
  reason: CannotTellReason,
): Mutation {
  return {
    name: `${resource}: ${status}`,
    reason,
    takes: [],
    apply: (file) => inputsOf({ ...file, sources: { ...file.sources, [resource]: status } }),
  };
}

function signalMutations(signal: Signal): Mutation[] {
  const missing = { attachedSegments: 0, attachedSince: null, observedMs: 0, reasons: ['EPERM'] };
  return [
    covering(`the ${signal} probes`, 'signal-missing', [signal], () => missing),
    covering(`${signal} events`, 'signal-lossy', [signal], () => ({ lost: 7 })),
    covering(`an hour in ten of ${signal}`, 'coverage-short', [signal], (c) => ({
      observedMs: c.existedMs * 0.9,
    })),
    covering(`a node of ${signal}`, 'coverage-short', [signal], (c) => ({ existedMs: c.existedMs * 2 })),
  ];
}

/** Every probe is there, and one of its libraries cannot be read: all coverage is whole. */
function deafened(): Mutation {
  return watching('the symbols of a TLS library', 'signal-missing', ['tls'], () => ({ images: [OPAQUE] }));
}

const OPAQUE: TlsImage = {
  workload: 0,
  path: '/app/lib/libssl3.so',
  buildId: '0f1e2d3c',
  library: 'unknown',
  tier: null,
  status: 'opaque',
  probes: 0,
  reason: null,
};

function windowMutations({ needs }: Detector): Mutation[] {
  return [
    {
      name: 'the snapshot',
      reason: 'no-snapshot',
      takes: [],
      apply: (file) => inputsOf({ ...file, observed: null }),
    },
    watching('the window (--now)', 'iterators-only', needs.signals, () => ({ nowOnly: true })),
    watching('a day in the middle', 'coverage-short', needs.signals, (one) => ({
      coveredMs: one.coveredMs - DAY,
    })),
    unscheduled(needs.signals),
  ];
}

/** The agent turns out to be one that works once a year, and not in March. */
function unscheduled(takes: readonly Signal[]): Mutation {
  return {
    name: 'the scheduled run',
    reason: 'schedule-not-seen',
    takes,
    apply: (file) => {
      const inputs = inputsOf(file);
      const workloads = inputs.configured!.workloads.map((one) => ({ ...one, schedule: '0 3 1 6 *' }));
      return { ...inputs, configured: { ...inputs.configured!, workloads } };
    },
  };
}

function startUnseen(signals: readonly Signal[]): Mutation {
  const [signal] = signals as [Signal];
  return covering('a process start', 'start-not-seen', signals, (c) => ({ startsSeen: c.instances - 1 }), [
    signal,
  ]);
}

function folded(kind: Detector['needs']['kinds'][number], signals: readonly Signal[]): Mutation {
  const fold = { folded: { [kind]: { subjects: 5000, templates: 40 } } };
  return watching(`single subjects of ${kind}`, 'folded', signals, () => fold);
}

function convergenceMutations({ kind, needs }: Detector): Mutation[] {
  const { discipline } = FINDINGS[kind];
  if (discipline === 'artifact') {
    const unused = (workload: ObservedWorkload) => ({
      observations: workload.observations.filter((row) => row.kind !== 'egress' && row.kind !== 'model'),
    });
    return [
      { ...watching('the use after the start', 'converging', needs.signals, unused), onlyWithEvents: true },
    ];
  }
  return [
    watching('all but a day', 'converging', needs.signals, ({ start }) => ({
      end: start + DAY,
      coveredMs: DAY,
      newPerDay: { artifact: [12], identity: [12], behavior: [12] },
    })),
    watching('the sessions', 'insufficient', needs.signals, () => ({
      sessions: [],
      sightings: { artifact: 0, identity: 0, behavior: 0 },
    })),
  ];
}

function baselineMutations(signal: Signal): Mutation[] {
  const ofBaseline = (name: string, reason: CannotTellReason, change: Change): Mutation => ({
    name: `${name} of the baseline`,
    reason,
    takes: [],
    apply: (file) => {
      const inputs = inputsOf(file);
      return { ...inputs, baseline: changed(inputs.baseline, change) };
    },
  });
  const cover =
    (c: Partial<SignalCoverage>): Change =>
    (workload) => ({
      coverage: { ...workload.coverage, [signal]: { ...workload.coverage[signal], ...c } },
    });
  return [
    {
      name: 'the baseline',
      reason: 'no-baseline',
      takes: [],
      apply: (file) => inputsOf({ ...file, baseline: null }),
    },
    ofBaseline('events', 'incomparable', cover({ lost: 7 })),
    ofBaseline('probes', 'incomparable', cover({ attachedSegments: 0, observedMs: 0 })),
    ...(signal === 'tls'
      ? [ofBaseline('the symbols of a TLS library', 'incomparable', () => ({ images: [OPAQUE] }))]
      : []),
    ofBaseline('hours', 'incomparable', cover({ observedMs: 1 })),
    ofBaseline('days in between', 'incomparable', () => ({ coveredMs: 10 * DAY })),
    ofBaseline('all but a day', 'baseline-not-converged', ({ start }) => ({
      end: start + DAY,
      coveredMs: DAY,
      newPerDay: { artifact: [12], identity: [12], behavior: [12] },
    })),
  ];
}

type Change = (workload: ObservedWorkload) => Partial<ObservedWorkload>;

function watching(
  name: string,
  reason: CannotTellReason,
  takes: readonly Signal[],
  change: Change,
): Mutation {
  return {
    name,
    reason,
    takes,
    apply: (file) => {
      const inputs = inputsOf(file);
      return { ...inputs, observed: changed(inputs.observed, change) };
    },
  };
}

function covering(
  name: string,
  reason: CannotTellReason,
  takes: readonly Signal[],
  change: (coverage: SignalCoverage) => Partial<SignalCoverage>,
  signals: readonly Signal[] = takes,
): Mutation {
  return watching(name, reason, takes, ({ coverage }) => ({
    coverage: {
      ...coverage,
      ...Object.fromEntries(
        signals.map((signal) => [signal, { ...coverage[signal], ...change(coverage[signal]) }]),
      ),
    },
  }));
}

function changed(posture: Inputs['observed'], change: Change): Inputs['observed'] {
  return posture && { ...posture, workloads: posture.workloads.map((one) => ({ ...one, ...change(one) })) };
}

const SIGNAL_OF: Partial<Record<string, Signal>> = {
  egress: 'network',
  process: 'process',
  'cloud-action': 'tls',
  'identity-hop': 'tls',
};

/** The worse case: with the input went the very events that showed the use. */
export function withoutEvents(inputs: Inputs, signals: readonly Signal[]): Inputs {
  const gone = (sources: readonly string[]) =>
    sources.every((one) => signals.some((signal) => one === `sensor:${signal}`));
  return {
    ...inputs,
    observed: changed(inputs.observed, ({ observations, artifacts, sessions }) => ({
      observations: observations.filter((row) => !gone(row.sources)),
      artifacts: artifacts.filter(({ state }) => state === 'installed' || !signals.includes(SEEN_BY[state])),
      sessions: sessions.map((session) => ({
        ...session,
        cells: session.cells.filter(({ kind }) => !signals.some((signal) => SIGNAL_OF[kind] === signal)),
      })),
    })),
  };
}
