import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObservedPosture } from '../../src/model/observed.ts';
import type { Segment } from '../../src/model/snapshot.ts';
import { createHistory } from '../../src/reconcile/history.ts';
import { runs } from '../fuzz.ts';
import { covered, HOUR, peer, segment, T0 } from './segments.ts';

const WORKLOADS = [
  'k8s:c1/ns/Deployment/a',
  'k8s:-/ns/Deployment/a',
  'k8s:c1/ns/Deployment/b',
  'host:m1/unit/x',
];
const SUBJECTS = ['tcp/10.0.0.1:443', 'tcp/10.0.0.2:80', '/usr/bin/python3'];

const row = fc.record({
  workload: fc.constantFrom(...WORKLOADS),
  container: fc.constantFrom('main', null),
  process: fc.constantFrom('/bin/a', '/bin/b', null),
  kind: fc.constantFrom('egress', 'process', 'library', 'file-access'),
  subject: fc.constantFrom(...SUBJECTS),
  source: fc.constantFrom('sensor:network', 'sensor:process'),
  count: fc.nat(1_000_000),
  bytes: fc.nat(),
  errors: fc.nat(3),
  first: fc.nat(HOUR),
  last: fc.nat(HOUR),
  sessions: fc.nat(4),
});
const session = fc.record({
  workload: fc.constantFrom(...WORKLOADS),
  id: fc.constantFrom('10', '20', '30', '40', '50'),
  start: fc.nat(HOUR),
  end: fc.nat(HOUR),
  revision: fc.constantFrom('r1', 'r2', null),
  cells: fc.uniqueArray(
    fc.tuple(
      fc.constantFrom('egress', 'process'),
      fc.constantFrom(...SUBJECTS),
      fc.integer({ min: 1, max: 9 }),
    ),
    { selector: ([kind, subject]) => `${kind} ${subject}`, maxLength: 3 },
  ),
});
const content = fc.record({
  rows: fc.array(row, { maxLength: 6 }),
  sessions: fc.uniqueArray(session, { selector: ({ id, workload }) => `${id} ${workload}`, maxLength: 4 }),
  mode: fc.constantFrom('window' as const, 'window' as const, 'now' as const),
  // Runs of one boot overlap now and then, which is when order could matter most.
  hour: fc.nat(3),
  run: fc.constantFrom(0, 1, 2),
  bootId: fc.constantFrom('boot-1', 'boot-2'),
  lost: fc.nat(50),
  resolution: fc.constantFrom('pod' as const, 'external' as const, 'unresolved' as const),
  pod: fc.constantFrom('p1', 'p2'),
  hash: fc.constantFrom('h1', 'h2'),
  state: fc.constantFrom('installed' as const, 'mapped' as const),
  sha256: fc.constantFrom(null, 'a'.repeat(64), 'b'.repeat(64)),
});

/** Segments of one run follow each other; those of different runs of a boot overlap by a quarter or half an hour. */
const place = ({ bootId, run, hour }: { bootId: string; run: number; hour: number }) =>
  `${bootId} ${run} ${hour}`;
const segments = fc.uniqueArray(content, { minLength: 1, maxLength: 6, selector: place }).map((contents) =>
  contents.map(({ run, hour, lost, resolution, pod, hash, state, sha256, ...input }, sequence) =>
    segment({
      ...input,
      run: `run-${run}`,
      start: T0 + hour * HOUR + (run * HOUR) / 4,
      sequence,
      workloads: WORKLOADS.map((id) => ({ id, revision: `r${sequence}` })),
      coverage: WORKLOADS.flatMap((id) => covered(id)).map((one) => ({ ...one, lost })),
      peers: SUBJECTS.map((subject) =>
        peer(subject, { resolution, namespace: 'ns', name: pod, labels: { app: pod } }),
      ),
      artifacts: [{ of: WORKLOADS[0]!, kind: 'library', subject: SUBJECTS[0]!, state, sha256 }],
      epochs: [{ of: WORKLOADS[0]!, hash }],
    }),
  ),
);

function merge(all: readonly Segment[]): ObservedPosture {
  const history = createHistory();
  for (const one of all) history.add(structuredClone(one));
  return history.finish();
}

const withoutRepetition = (posture: ObservedPosture) => ({
  ...posture,
  notes: posture.notes.filter((note) => !note.includes('more than once')),
});

describe('the merge of segments', () => {
  it('does not depend on their order', () => {
    const shuffled = segments.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        expect(merge(other)).toEqual(merge(all));
      }),
      runs(200),
    );
  });

  it('does not depend on how often they come', () => {
    const repeated = segments.chain((all) => fc.tuple(fc.constant(all), fc.subarray(all)));
    fc.assert(
      fc.property(repeated, ([all, again]) => {
        expect(withoutRepetition(merge([...again, ...all, ...again]))).toEqual(merge(all));
      }),
      runs(100),
    );
  });

  it('does not depend on whether the segments were announced', () => {
    const announced = (all: readonly Segment[]) => {
      const history = createHistory(all.map((one) => ({ ...one, origin: 'x', sha256: '0' })));
      for (const one of all) history.add(structuredClone(one));
      return history.finish();
    };
    fc.assert(
      fc.property(segments, (all) => {
        expect(announced(all)).toEqual(merge(all));
      }),
      { numRuns: 200 },
    );
  });

  it('does not depend on the numbering of their dictionaries', () => {
    const renumber = (one: Segment): Segment => {
      const size = one.dict.length;
      const turn = (column: readonly number[]) => column.map((code) => (code === -1 ? -1 : size - 1 - code));
      const { observations: o, sessions: s, coverage: c } = one;
      return {
        ...one,
        dict: [...one.dict].reverse(),
        observations: {
          ...o,
          container: turn(o.container),
          process: turn(o.process),
          principal: turn(o.principal),
          kind: turn(o.kind),
          subject: turn(o.subject),
          context: turn(o.context),
          source: turn(o.source),
        },
        sessions: {
          ...s,
          revision: turn(s.revision),
          cellKind: turn(s.cellKind),
          cellSubject: turn(s.cellSubject),
        },
        coverage: { ...c, reason: turn(c.reason) },
      };
    };
    fc.assert(
      fc.property(segments, (all) => {
        expect(merge(all.map(renumber))).toEqual(merge(all));
      }),
      runs(100),
    );
  });

  it('never forgets what any run saw, and never adds up two that overlap', () => {
    fc.assert(
      fc.property(segments, (all) => {
        const { workloads } = merge(all);
        const seen = new Set(
          workloads.flatMap(({ observations }) => observations.map((o) => `${o.kind} ${o.subject}`)),
        );
        for (const { observations: o, dict } of all) {
          for (const [i, kind] of o.kind.entries())
            expect(seen).toContain(`${dict[kind]} ${dict[o.subject[i]!]}`);
        }
        for (const { coverage, coveredMs } of workloads) {
          // Two boots are two nodes; on one node covered time cannot exceed the time that passed.
          expect(coverage.file.observedMs).toBeLessThanOrEqual(2 * 2 * coveredMs);
        }
      }),
      runs(100),
    );
  });
});
