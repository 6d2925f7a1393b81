import { describe, expect, it } from 'vitest';
import { onlyCaptured } from '../../src/commands/collect-gate.ts';
import type { StopSignal } from '../../src/commands/collect-io.ts';
import { untilTaken } from '../../src/commands/collect-scope.ts';
import { listenForSignals } from '../../src/commands/collect-signals.ts';
import { parseDuration } from '../../src/commands/duration.ts';
import { parseLabelSelector } from '../../src/commands/label-selector.ts';
import { createSegmentQueue } from '../../src/commands/segment-queue.ts';
import { selectorMatches } from '../../src/match/selector.ts';
import type { Segment } from '../../src/model/snapshot.ts';
import type { WireRecord } from '../../src/model/wire.ts';
import { sampleSegment } from '../sources/files/sample-segment.ts';

describe('durations', () => {
  it('are read as people write them', () => {
    const cases = {
      '90s': 90_000,
      '10m': 600_000,
      '1h30m': 5_400_000,
      '1.5h': 5_400_000,
      '14d': 1_209_600_000,
    };
    for (const [text, ms] of Object.entries(cases)) expect(parseDuration('--for', text)).toBe(ms);
  });

  it('and nothing else is', () => {
    for (const text of ['', '10', 'm', '10 m', '-5m', '5m x', '0s', '999d', '1e3s', '10mm'])
      expect(() => parseDuration('--for', text), text).toThrow(/--for/);
  });
});

describe('label selectors', () => {
  const matches = (text: string, labels: Record<string, string>) =>
    selectorMatches(parseLabelSelector(text)!, labels) === 'yes';

  it('mean what they mean to kubectl', () => {
    const labels = { app: 'agent', tier: 'web', 'k8s.io/role': 'x' };
    const holding = [
      'app=agent',
      'app==agent',
      'app!=db',
      'app in (agent, db)',
      'app notin (db)',
      'app',
      '!legacy',
    ];
    for (const text of [...holding, 'k8s.io/role=x,tier in (web),!y', 'absent!=x'])
      expect(matches(text, labels), text).toBe(true);
    for (const text of [
      'app=db',
      'app!=agent',
      'app in (db)',
      'app notin (agent,db)',
      '!app',
      'legacy',
      'app=agent,x',
    ])
      expect(matches(text, labels), text).toBe(false);
  });

  it('that kubectl would refuse are refused', () => {
    for (const text of ['', 'a=b,,c', 'a=b c', 'a in b', '=x', 'a in (b', '!a=b', 'a=$(x)'])
      expect(() => parseLabelSelector(text), text).toThrow(/no label requirement/);
  });
});

describe('segments that cannot be written', () => {
  const numbers = (segments: readonly Segment[]) => segments.map(({ sequence }) => sequence);

  it('wait for space, keep their order, and are written with the next one', async () => {
    const written: Segment[] = [];
    let full = true;
    const warnings: string[] = [];
    const save = async (segment: Segment) => {
      if (full) throw new Error('no space');
      written.push(segment);
    };
    const queue = createSegmentQueue({ save, finish: async () => null }, async () => {}, {
      name: 'x',
      warn: (text) => warnings.push(text),
    });
    queue.push(sampleSegment({ sequence: 0 }));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(warnings).toEqual(['no space; 1 segment(s) wait in memory']);
    full = false;
    queue.push(sampleSegment({ sequence: 1 }));
    expect(await queue.drain()).toEqual({ rescued: null });
    expect(numbers(written)).toEqual([0, 1]);
  });

  it('fail the run with the first reason when they can be saved nowhere', async () => {
    const save = () => Promise.reject(new Error('no space'));
    const rescue = () => Promise.reject(new Error('none there either'));
    const queue = createSegmentQueue({ save, finish: async () => null }, rescue, {
      name: 'x',
      warn: () => {},
    });
    queue.push(sampleSegment());
    await expect(queue.drain()).rejects.toThrow('no space');
  });

  it('are bounded: the oldest go, counted', async () => {
    const queue = createSegmentQueue(
      { save: () => Promise.reject(new Error('no space')), finish: async () => null },
      () => Promise.reject(new Error('none there either')),
      { name: 'x', warn: () => {} },
    );
    for (let sequence = 0; sequence < 30; sequence++) queue.push(sampleSegment({ sequence }));
    await expect(queue.drain()).rejects.toThrow('no space');
    expect(queue.dropped()).toBe(6);
  });

  it('only wait where they come faster than the disk takes them', async () => {
    const saved: number[] = [];
    const queue = createSegmentQueue(
      { save: async (segment) => void saved.push(segment.sequence), finish: async () => null },
      () => Promise.reject(new Error('not asked for')),
      { name: 'x', warn: () => {} },
    );
    for (let sequence = 0; sequence < 30; sequence++) queue.push(sampleSegment({ sequence }));
    await queue.drain();
    expect(queue.dropped()).toBe(0);
    expect(saved).toEqual(Array.from({ length: 30 }, (_, sequence) => sequence));
  });
});

describe('under a filter', () => {
  it('a cgroup counts from the first record inside it', () => {
    const seen: string[] = [];
    const push = onlyCaptured((record) => seen.push('id' in record ? `${record.t} ${record.id}` : record.t));
    const records: WireRecord[] = [
      { t: 'cgroup', id: '1', path: '/a', at: 1 },
      { t: 'cgroup', id: '2', path: '/b', at: 1 },
      { t: 'cgroup-gone', id: '1', at: 2 },
      {
        t: 'connect',
        cg: '2',
        pid: 1,
        start: '1',
        at: 3,
        id: 'c',
        proto: 'tcp',
        daddr: '10.0.0.1',
        dport: 1,
      },
      { t: 'cgroup-gone', id: '2', at: 4 },
    ];
    for (const record of records) push(record);
    expect(seen).toEqual(['cgroup 2', 'connect c', 'cgroup-gone 2']);
  });

  const cgroup = (id: string): WireRecord => ({ t: 'cgroup', id, path: `/${id}`, at: 1 });
  const reply: WireRecord = { t: 'reply', req: 0, errno: 0 };

  it('nothing is said to be observed before the sensor has answered for each cgroup, and nothing is passed over', async () => {
    const all = [cgroup('1'), reply, cgroup('2'), reply, cgroup('3'), reply, cgroup('4')];
    const records = (async function* () {
      yield* all;
    })();
    const early = await untilTaken({ records, abort: () => {} }, 2, new AbortController().signal);
    expect(early).toEqual(all.slice(0, 4));
    expect(await Array.fromAsync(records)).toEqual(all.slice(4));
  });

  it('a sensor that never answers is waited for until it ends or the user gives up, and not for ever', async () => {
    const ended = Promise.withResolvers<void>();
    const records = (async function* () {
      yield cgroup('1');
      await ended.promise;
    })();
    const cancel = new AbortController();
    const waiting = untilTaken({ records, abort: ended.resolve }, 1, cancel.signal);
    cancel.abort();
    expect(await waiting).toEqual([cgroup('1')]);
    const endless = (async function* () {
      for (;;) yield cgroup('1');
    })();
    const { length } = await untilTaken({ records: endless, abort: () => {} }, 1, cancel.signal);
    expect(length).toBe(65_536);
  });
});

describe('signals', () => {
  it('that come before anybody listens are passed on, a second one too', () => {
    let raise: (signal: StopSignal) => void = () => {};
    const signals = listenForSignals({
      onSignal: (handler) => {
        raise = handler;
        return () => {};
      },
    });
    const heard: StopSignal[] = [];
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) raise(signal);
    signals.onSignal((signal) => heard.push(signal));
    raise('SIGINT');
    expect(heard).toEqual(['SIGINT', 'SIGTERM', 'SIGINT']);
  });
});
