import { describe, expect, it } from 'vitest';
import type { Discipline } from '../../src/model/kinds.ts';
import type { ObservedWorkload } from '../../src/model/observed.ts';
import { convergenceOf } from '../../src/reconcile/convergence.ts';
import { createHistory } from '../../src/reconcile/history.ts';
import { DEFAULT_THRESHOLDS } from '../../src/reconcile/thresholds.ts';
import { AGENT, type CoverageRow, covered, DAY, type SegmentInput, segment, T0 } from './segments.ts';

function observe(...inputs: SegmentInput[]): ObservedWorkload {
  const history = createHistory();
  for (const [sequence, input] of inputs.entries()) history.add(segment({ sequence, ...input }));
  return history.finish().workloads[0]!;
}

const of = (observed: ObservedWorkload | null, discipline: Discipline) =>
  convergenceOf(observed, discipline, DEFAULT_THRESHOLDS);

/** One segment a day with ten sessions, each to every subject known by then. */
function days(count: number, subjects: (day: number) => string[]): ObservedWorkload {
  return observe(
    ...Array.from({ length: count }, (_, day): SegmentInput => {
      const seen = subjects(day);
      return {
        start: T0 + day * DAY,
        end: T0 + (day + 1) * DAY,
        coverage: covered(AGENT, DAY),
        rows: seen.map((subject) => ({ kind: 'egress', subject })),
        sessions: Array.from({ length: 10 }, (_, i) => ({
          id: `${day}-${i}`,
          cells: seen.map((subject): [string, string, number] => ['egress', subject, 1]),
        })),
      };
    }),
  );
}
const stable = () => ['tcp/1.1.1.1:443', 'tcp/2.2.2.2:443'];

describe('artifact', () => {
  const use = { kind: 'egress', subject: 'tcp/1.1.1.1:443', count: 2 };
  const start = (change: (row: CoverageRow) => Partial<CoverageRow>, rows = [use]) =>
    observe({ rows, coverage: covered().map((row) => ({ ...row, ...change(row) })) });
  const only = (signal: string, change: Partial<CoverageRow>) => (row: CoverageRow) =>
    row.signal === signal ? change : {};

  it('has converged after one start-up and one use, even within an hour', () => {
    expect(
      of(
        start(() => ({})),
        'artifact',
      ),
    ).toMatchObject({ state: 'converged', sampleCoverage: null });
  });

  it.each([
    ['a probe was not attached', only('mapping', { attachedSince: -1 }), 'insufficient', /mapping probes/],
    ['events were lost', only('file', { lost: 3 }), 'insufficient', /3 of 100 file events/],
    ['no start-up was seen', only('process', { startsSeen: 0 }), 'converging', /no start-up/],
  ])('has not when %s', (_, change, state, why) => {
    expect(of(start(change), 'artifact')).toMatchObject({ state, why: expect.stringMatching(why) });
  });

  it('does not mind probes that see no artifacts', () => {
    expect(of(start(only('syscall', { attachedSince: -1, lost: 9 })), 'artifact').state).toBe('converged');
  });

  it('has not before one use that succeeded', () => {
    expect(
      of(
        start(() => ({}), []),
        'artifact',
      ).state,
    ).toBe('converging');
    expect(
      of(
        start(() => ({}), [{ ...use, errors: 2 } as typeof use]),
        'artifact',
      ).state,
    ).toBe('converging');
  });
});

describe('behavior and identity', () => {
  it('converge with time, an end of discovery and a saturated sample', () => {
    const observed = days(8, stable);
    expect(of(observed, 'behavior')).toEqual({ state: 'converged', spanDays: 8, sampleCoverage: 1 });
    // Eighty sessions without a single identity dimension.
    expect(of(observed, 'identity')).toEqual({ state: 'converged', spanDays: 8, sampleCoverage: 80 / 81 });
  });

  it('say when, where only time is missing', () => {
    expect(of(days(5, stable), 'behavior')).toMatchObject({
      state: 'converging',
      why: '5.0 days of at least 7 days observed',
      expected: '2026-01-12',
    });
  });

  it('do not converge while new dimensions keep coming, and do not say when', () => {
    const growing = (day: number) => Array.from({ length: 2 + day }, (_, i) => `tcp/1.1.1.${i}:443`);
    expect(of(days(9, growing), 'behavior')).toMatchObject({
      state: 'converging',
      why: expect.stringContaining('1.0 new dimensions a day over the last 3 days'),
      expected: null,
    });
  });

  it('see a burst of new dimensions in the unfinished day', () => {
    const observed = days(8, stable);
    const burst = {
      ...observed,
      coveredMs: 8.5 * DAY,
      newPerDay: { ...observed.newPerDay, behavior: [2, 0, 0, 0, 0, 0, 0, 0, 9] },
    };
    expect(of(burst, 'behavior').state).toBe('converging');
  });

  it('do not converge while much of the sample was seen once', () => {
    const observed = days(8, stable);
    const rare = {
      ...observed,
      singletons: { ...observed.singletons, behavior: 20 },
      sightings: { ...observed.sightings, behavior: 200 },
    };
    expect(of(rare, 'behavior')).toMatchObject({
      state: 'converging',
      why: 'sample coverage 0.90 of 0.95 (Good–Turing)',
      expected: null,
    });
  });

  it('measure time where somebody looked: two days a week apart are two days', () => {
    const observed = observe(
      { start: T0, end: T0 + DAY, sessions: [{ id: 'a', cells: [] }] },
      { start: T0 + 9 * DAY, end: T0 + 10 * DAY, sessions: [{ id: 'b', cells: [] }] },
    );
    expect(of(observed, 'behavior')).toMatchObject({ state: 'converging', spanDays: 2 });
  });

  it('are insufficient without sessions, with iterators only, and without a snapshot', () => {
    expect(of(observe({ rows: [{ kind: 'egress', subject: 'x' }] }), 'behavior')).toMatchObject({
      state: 'insufficient',
      why: expect.stringContaining('no session'),
    });
    expect(of(observe({ mode: 'now' }), 'behavior').state).toBe('insufficient');
    expect(of(null, 'identity').state).toBe('insufficient');
  });
});
