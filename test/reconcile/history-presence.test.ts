import { describe, expect, it } from 'vitest';
import type { ObservedWorkload } from '../../src/model/observed.ts';
import type { Peer } from '../../src/model/snapshot.ts';
import { mergePeers } from '../../src/reconcile/history/peers.ts';
import { createHistory } from '../../src/reconcile/history.ts';
import { HOUR, peer, type SegmentInput, segment, T0 } from './segments.ts';

/** One segment an hour. */
function observe(...inputs: SegmentInput[]): ObservedWorkload {
  const history = createHistory();
  for (const [sequence, input] of inputs.entries())
    history.add(segment({ sequence, start: T0 + sequence * HOUR, ...input }));
  return history.finish().workloads[0]!;
}

describe('epochs', () => {
  const state = (hash: string, members: string[] = []): SegmentInput => ({ epochs: [{ hash, members }] });

  it('join while nothing changes, and part where something did, also when it is changed back', () => {
    const { epochs } = observe(state('a', ['x']), state('a', ['x']), state('b'), state('a', ['x']));
    expect(
      epochs.map(({ hash, ordinal, start, end }) => [hash, ordinal, (start - T0) / HOUR, (end - T0) / HOUR]),
    ).toEqual([
      ['a', 0, 0, 2],
      ['b', 1, 2, 3],
      ['a', 2, 3, 4],
    ]);
    expect(epochs[2]).toMatchObject({ members: ['x'], subjectId: 'library-inventory /app' });
  });

  it('that lie within a longer one keep their place', () => {
    const long = { epochs: [{ hash: 'long', start: T0, end: T0 + 9 * HOUR }] };
    expect(observe(state('short'), long).epochs.map(({ hash }) => hash)).toEqual(['short', 'long']);
    expect(observe(long, state('later')).epochs.map(({ hash }) => hash)).toEqual(['long', 'later']);
  });

  it('of different things do not touch each other', () => {
    const { epochs } = observe({
      epochs: [
        { hash: 'a', subject: '/one' },
        { hash: 'b', subject: '/two' },
      ],
    });
    expect(epochs.map(({ subject, ordinal }) => [subject, ordinal])).toEqual([
      ['/one', 0],
      ['/two', 0],
    ]);
  });
});

describe('artifacts', () => {
  const model = (rest = {}): SegmentInput => ({
    artifacts: [{ kind: 'model', subject: 'm', path: '/m', ...rest }],
  });
  const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];

  it('know as much as any segment knew, and got as far as in any', () => {
    const { artifacts } = observe(
      model({ state: 'mapped' }),
      model({ state: 'installed', sha256: a, size: 7 }),
    );
    expect(artifacts).toHaveLength(1);
    expect(artifacts[0]).toMatchObject({ sha256: a, size: 7, state: 'mapped' });
  });

  it('of one name and two contents stay two: a model updated in place', () => {
    const { artifacts } = observe(model({ sha256: a }), model({ sha256: b }), model({}));
    expect(artifacts.map(({ sha256 }) => sha256)).toEqual([a, b]);
  });
});

describe('peers', () => {
  const pod = (name: string, labels: Record<string, string>): Peer =>
    peer('tcp/10.0.0.1:80', { resolution: 'pod', namespace: 'ns', name, labels });

  it('behind one controller are one, however often its pods are replaced', () => {
    const merged = mergePeers([
      pod('web-1', { app: 'web', 'pod-template-hash': 'x' }),
      pod('web-2', { app: 'web', 'pod-template-hash': 'y' }),
    ]);
    expect(merged).toMatchObject({ resolution: 'pod', name: null, labels: { app: 'web' } });
  });

  it('are unresolved when an address was given to somebody else', () => {
    const merged = mergePeers([pod('web', { app: 'web' }), pod('db', { app: 'db' })]);
    expect(merged).toMatchObject({ resolution: 'unresolved', namespace: null, labels: {} });
  });

  it('that were a pod once and unknown at another time are unresolved: pod addresses are reused', () => {
    const unknown = peer('tcp/10.0.0.1:80', { resolution: 'unresolved' });
    expect(mergePeers([pod('web', {}), unknown]).resolution).toBe('unresolved');
    const external = peer('tcp/10.0.0.1:80');
    expect(mergePeers([unknown, external]).resolution).toBe('external');
  });

  it('of a Service keep all backends that any segment saw', () => {
    const service = (...backends: string[]) =>
      peer('tcp/10.96.0.5:80', { resolution: 'service', namespace: 'ns', name: 'web', backends });
    expect(mergePeers([service('10.1.1.2:80', '10.1.1.1:80'), service('10.1.1.3:80')]).backends).toEqual([
      '10.1.1.1:80',
      '10.1.1.2:80',
      '10.1.1.3:80',
    ]);
  });
});

describe('folds', () => {
  it('are as large as the largest of a segment', () => {
    const fold = (subjects: number, templates: number): SegmentInput => ({
      folded: [{ kind: 'file-access', subjects, templates }],
    });
    expect(observe(fold(2000, 3), fold(1500, 8)).folded).toEqual({
      'file-access': { subjects: 2000, templates: 8 },
    });
  });
});
