import { describe, expect, it } from 'vitest';
import type { ObservedPosture } from '../../src/model/observed.ts';
import type { Segment } from '../../src/model/snapshot.ts';
import { createHistory } from '../../src/reconcile/history.ts';
import { AGENT, covered, DAY, HOUR, peer, segment, T0 } from './segments.ts';

function merge(...segments: Segment[]): ObservedPosture {
  const history = createHistory();
  for (const one of segments) history.add(one);
  return history.finish();
}

const egress = { kind: 'egress', subject: 'tcp/10.0.0.1:443' };

describe('history', () => {
  it('sums counts over segments and keeps first and last sight', () => {
    const { workloads } = merge(
      segment({ sequence: 0, rows: [{ ...egress, count: 3, bytes: 10, first: 5, last: 9, sessions: 2 }] }),
      segment({
        sequence: 1,
        start: T0 + HOUR,
        rows: [{ ...egress, count: 4, errors: 1, denied: 1, first: 1, last: 2 }],
      }),
    );
    expect(workloads).toHaveLength(1);
    expect(workloads[0]!.observations).toEqual([
      {
        ...egress,
        container: 'main',
        processes: ['/usr/bin/python3 agent.py'],
        principal: null,
        context: null,
        sources: ['sensor:network'],
        count: 7,
        bytes: 10,
        records: 0,
        errors: 1,
        denied: 1,
        first: T0 + 5,
        last: T0 + HOUR + 2,
        sessions: 3,
      },
    ]);
  });

  it('adds up the processes of one observation, most frequent first', () => {
    const { workloads } = merge(
      segment({
        rows: [
          { ...egress, process: '/bin/a', count: 2 },
          { ...egress, process: '/bin/b', count: 5 },
        ],
      }),
    );
    expect(workloads[0]!.observations[0]).toMatchObject({ count: 7, processes: ['/bin/b', '/bin/a'] });
  });

  it('never counts one act twice because two sources saw it', () => {
    const { workloads } = merge(
      segment({
        rows: [
          { ...egress, source: 'sensor:network', count: 5, sessions: 2 },
          { ...egress, source: 'log:flow', count: 4, sessions: 3 },
        ],
      }),
    );
    expect(workloads[0]!.observations[0]).toMatchObject({
      count: 5,
      sessions: 3,
      sources: ['log:flow', 'sensor:network'],
    });
  });

  it('does not count a session twice because two of its processes use the same', () => {
    const rows = ['/usr/bin/node agent.js', '/usr/bin/node tools.js'].map((process) => ({
      ...egress,
      process,
      count: 2,
      sessions: 1,
    }));
    const [agent] = merge(segment({ rows })).workloads;
    expect(agent!.observations[0]).toMatchObject({ count: 4, sessions: 1 });
  });

  it('drops a repetition, and says so', () => {
    const one = () => segment({ rows: [{ ...egress, count: 3 }] });
    const posture = merge(one(), one());
    expect(posture.segments).toBe(1);
    expect(posture.workloads[0]!.observations[0]!.count).toBe(3);
    expect(posture.notes.join()).toMatch(/given more than once/);
  });

  it.each([
    ['a count', { rows: [{ ...egress, count: 4 }] }],
    ['a subject', { rows: [{ ...egress, subject: 'tcp/10.0.0.2:443', count: 3 }] }],
    ['the coverage', { rows: [{ ...egress, count: 3 }], coverage: covered(AGENT, 1) }],
    ['a session', { rows: [{ ...egress, count: 3 }], sessions: [{ id: 'a', cells: [] }] }],
  ])('refuses a second content that differs in %s under one id, naming both files', (_, other) => {
    const history = createHistory();
    history.add(segment({ rows: [{ ...egress, count: 3 }] }), 'monday.json');
    expect(() => history.add(segment(other as Parameters<typeof segment>[0]), 'copy.json')).toThrow(
      /boot-1\/run-1\/0 has two contents: monday\.json .* and copy\.json/,
    );
  });

  it('counts the better covered of two runs that overlap, and keeps what only the other saw as present', () => {
    const posture = merge(
      segment({ run: 'whole', rows: [{ ...egress, count: 10 }], coverage: covered(AGENT, HOUR) }),
      segment({
        run: 'short',
        start: T0 + HOUR / 2,
        end: T0 + HOUR,
        rows: [
          { ...egress, count: 9 },
          { kind: 'egress', subject: 'tcp/10.9.9.9:1', count: 7 },
        ],
        coverage: covered(AGENT, HOUR / 2),
      }),
    );
    const [agent] = posture.workloads;
    expect(agent!.observations.map(({ subject, count }) => [subject, count])).toEqual([
      ['tcp/10.0.0.1:443', 10],
      ['tcp/10.9.9.9:1', 1],
    ]);
    expect(agent!.coverage.network).toMatchObject({ segments: 1, observedMs: HOUR, existedMs: HOUR });
    expect(posture.notes.join()).toMatch(
      /runs short and whole watched the same workloads at the same time; whole was better covered for 1 of them/,
    );
  });

  it('adds up runs that follow each other, or are of different nodes or workloads', () => {
    const rows = [{ ...egress, count: 1 }];
    const other = { workload: 'k8s:c1/research/Deployment/other', ...egress, count: 1 };
    const posture = merge(
      segment({ run: 'a', rows }),
      segment({ run: 'b', start: T0 + HOUR, rows }),
      segment({ run: 'c', bootId: 'boot-2', node: 'node-2', rows }),
      segment({ run: 'd', rows: [other], coverage: covered(other.workload) }),
    );
    expect(posture.workloads.map(({ observations }) => observations[0]!.count)).toEqual([3, 1]);
    expect(posture.notes).toEqual([]);
  });

  it('reads presence and nothing more from iterators', () => {
    const now = segment({
      run: 'now',
      mode: 'now',
      start: T0 - DAY,
      end: T0 - DAY + 1,
      rows: [{ ...egress, count: 5 }],
    });
    const [alone] = merge(now).workloads;
    expect(alone).toMatchObject({ nowOnly: true, coveredMs: 0 });
    expect(alone!.observations[0]!.count).toBe(1);
    expect(alone!.coverage.network).toMatchObject({ segments: 0, attachedSince: null, existedMs: 0 });
    const [both] = merge(now, segment({ rows: [{ ...egress, count: 2 }] })).workloads;
    expect(both).toMatchObject({ nowOnly: false, start: T0, coveredMs: HOUR, segments: 2 });
    expect(both!.observations[0]).toMatchObject({ count: 2, first: T0 - DAY });
  });

  it('joins a session that crosses a segment border', () => {
    const rows = [{ ...egress, sessions: 2 }];
    const cells: [string, string, number][] = [['egress', egress.subject, 2]];
    const [agent] = merge(
      segment({
        rows,
        sessions: [
          { id: 'aa', start: 10, end: HOUR, cells },
          { id: 'ab', start: 1, end: 2, cells },
        ],
      }),
      segment({
        sequence: 1,
        start: T0 + HOUR,
        rows,
        sessions: [
          { id: 'aa', revision: 'r2', start: 0, end: 50, cells },
          { id: 'ac', start: 1, end: 2, cells },
        ],
      }),
    ).workloads;
    expect(agent!.sessionPopulation).toBe(3);
    expect(agent!.sessions[1]).toEqual({
      id: 'aa',
      start: T0 + 10,
      end: T0 + HOUR + 50,
      revision: 'r1',
      cells: [{ kind: 'egress', subject: egress.subject, count: 4 }],
      overflow: false,
    });
    expect(agent!.observations[0]!.sessions).toBe(3);
    expect(agent).toMatchObject({ sightings: { behavior: 3 }, singletons: { behavior: 0 } });
  });

  it('keeps of a thinned day only sessions that no segment can have dropped', () => {
    const cells: [string, string, number][] = [['egress', egress.subject, 1]];
    const named = (...ids: string[]) => ids.map((id) => ({ id, cells }));
    const [agent] = merge(
      // Kept 2 of 5: what is above the second smallest may have been dropped here.
      segment({ sessions: named('10', '30'), sampling: [{ population: 5, kept: 2 }] }),
      segment({ sequence: 1, start: T0 + HOUR, sessions: named('20', '30', '40') }),
    ).workloads;
    expect(agent!.sessions.map(({ id }) => id)).toEqual(['10', '20']);
    expect(agent!.sessionPopulation).toBe(7);
  });

  it('bins discovery by observed days, not by calendar days with holes', () => {
    const at = (sequence: number, start: number, subject: string, kind = 'egress') =>
      segment({
        sequence,
        start,
        end: start + DAY,
        rows: [{ kind, subject, first: 10 }],
        coverage: covered(AGENT, DAY),
      });
    const [agent] = merge(
      at(0, T0, 'tcp/1.1.1.1:1'),
      at(1, T0 + DAY, 'tcp/1.1.1.1:1'),
      at(2, T0 + 9 * DAY, 'tcp/2.2.2.2:2'),
      at(3, T0 + 10 * DAY, '/tmp/x', 'file-access'),
    ).workloads;
    expect(agent!.coveredMs).toBe(4 * DAY);
    expect(agent!.newPerDay.behavior).toEqual([1, 0, 1, 0]);
    expect(agent!.newPerDay.artifact).toEqual([0, 0, 0, 0]);
  });

  it('lets a missing coverage row lower the coverage instead of vanishing', () => {
    const rows = covered().filter(({ signal }) => signal !== 'file');
    const [agent] = merge(
      segment({ coverage: covered() }),
      segment({ sequence: 1, start: T0 + HOUR, coverage: rows }),
    ).workloads;
    expect(agent!.coverage.file).toMatchObject({
      segments: 2,
      attachedSegments: 1,
      observedMs: HOUR,
      existedMs: 2 * HOUR,
    });
  });

  it('joins workloads whose cluster was not known for a while', () => {
    const unknown = 'k8s:-/research/Deployment/agent';
    const posture = merge(
      segment({
        rows: [{ workload: unknown, ...egress, count: 2 }],
        sessions: [{ workload: unknown, id: 'aa', cells: [['egress', egress.subject, 2]] }],
        peers: [peer(egress.subject)],
        coverage: covered(unknown),
      }),
      segment({
        sequence: 1,
        start: T0 + HOUR,
        rows: [{ ...egress, count: 3 }],
        sessions: [{ id: 'aa', cells: [['egress', egress.subject, 3]] }],
      }),
    );
    expect(posture.workloads.map(({ id }) => id)).toEqual([AGENT]);
    const [agent] = posture.workloads;
    expect(agent!.observations).toHaveLength(1);
    expect(agent!.observations[0]).toMatchObject({ count: 5, sessions: 1 });
    expect(agent!.sessions[0]!.cells).toEqual([{ kind: 'egress', subject: egress.subject, count: 5 }]);
    expect(agent!.peers.get(egress.subject)!.resolution).toBe('external');
    expect(agent!.coverage.network.observedMs).toBe(2 * HOUR);
  });

  it('takes foreign names as names', () => {
    const hostile = ['__proto__', 'constructor', '\u001b[31mred'];
    const rows = hostile.map((subject) => ({ kind: 'egress', subject, container: '__proto__' }));
    const [agent] = merge(segment({ rows })).workloads;
    expect(agent!.observations.map(({ subject }) => subject)).toEqual([
      '\u001b[31mred',
      '__proto__',
      'constructor',
    ]);
  });

  it('passes over kinds of a later version', () => {
    const [agent] = merge(segment({ rows: [{ kind: 'telepathy', subject: 'x' }, egress] })).workloads;
    expect(agent!.observations.map(({ kind }) => kind)).toEqual(['egress']);
  });

  it('says what the reader of its times and fingerprints must know', () => {
    const { notes } = merge(
      segment({ clockJumpMs: -120_000, fingerprintKeyId: 'k1', complete: false }),
      segment({ sequence: 1, start: T0 + HOUR, fingerprintKeyId: 'k2' }),
    );
    expect(notes.join('\n')).toMatch(
      /jumped by -120000 ms[\s\S]*2 keys \(k1, k2\)[\s\S]*1 of 2 segment\(s\) are partial/,
    );
  });

  it('takes only announced segments, and notices a manifest that hid an overlap', () => {
    const [one, other] = [segment({ run: 'a' }), segment({ run: 'b', start: T0 + HOUR / 2 })];
    const entry = (of: Segment, rest = {}) => ({ ...of, origin: 'a.json', sha256: 'aa', ...rest });
    expect(() => createHistory([entry(one)]).add(other, 'x.json')).toThrow(
      /boot-1\/b\/0 of x\.json was not announced/,
    );
    const history = createHistory([entry(one), entry(other, { start: T0 + HOUR })]);
    history.add(one);
    history.add(other);
    expect(() => createHistory([entry(one), entry(one, { origin: 'b.json', sha256: 'bb' })])).toThrow(
      /boot-1\/a\/0 has two contents: a\.json .* and b\.json/,
    );
    expect(() => history.finish()).toThrow(/overlaps another run, which its manifest entry did not show/);
  });

  it('is finished once', () => {
    const history = createHistory();
    history.finish();
    expect(() => history.add(segment())).toThrow(/finished/);
  });

  it('is empty when nothing was added', () => {
    expect(merge()).toEqual({ workloads: [], start: 0, end: 0, segments: 0, cost: null, notes: [] });
  });
});

describe('what observing cost', () => {
  const costing = (sequence: number, runNs: number) => ({
    ...segment({ sequence, start: T0 + sequence * HOUR }),
    cost: {
      cpuMs: 10,
      rssBytes: 1,
      collectCpuMs: 20,
      bpf: [
        { program: 'tls_enter', runNs, runCount: 5 },
        { program: 'dispatch_exit', runNs: 600_000, runCount: 7 },
      ],
    },
  });

  it('is added up over segments, each once, with each probe under its family', () => {
    const history = createHistory();
    for (const one of [costing(1, 3_400_000), costing(0, 600_000), costing(1, 3_400_000)]) history.add(one);
    expect(history.finish().cost).toEqual({
      windowMs: 2 * HOUR,
      sensorMs: 20,
      collectMs: 40,
      probes: [
        { family: 'dispatch', program: 'dispatch_exit', runMs: 1, runs: 14 },
        { family: 'tls', program: 'tls_enter', runMs: 4, runs: 10 },
      ],
    });
  });
});
