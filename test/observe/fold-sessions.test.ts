import { describe, expect, it } from 'vitest';
import { segmentSchema } from '../../src/model/snapshot.ts';
import type { WireRecord } from '../../src/model/wire.ts';
import { withLists } from '../sources/files/read-whole.ts';
import {
  cgroup,
  checkpoint,
  clock,
  connect,
  count,
  file,
  fold,
  header,
  NODE,
  proc,
  pushAll,
  resolve,
  rowsOf,
  START,
  segmentOf,
  sessionsOf,
  syscalls,
  TOKEN,
} from './stream.ts';

describe('sessions', () => {
  const cells = (records: WireRecord[]) =>
    sessionsOf(segmentOf(records, { resolve })).map((session) => session.cells);

  it('are one for a short run, and quarter hours after that', () => {
    const uses = [103, 950, 1000, 1799, 1801, 5000].map((at, i) => connect(at, `c${i}`, `10.0.0.${i}`, 443));
    expect(
      cells([...START, ...uses])
        .map((cell) => Object.keys(cell).filter((key) => key.startsWith('egress')).length)
        .sort(),
    ).toEqual([1, 1, 1, 3]);
  });

  it('join across segments by their id, which the key changes', () => {
    const run = (fingerprintKey: Uint8Array | null) => {
      const into = pushAll(fold({ resolve, fingerprintKey }), [...START, file(103, 'b1', '/x')]);
      const first = sessionsOf(into.closeSegment());
      pushAll(into, [count(200, 'b1', 4)]);
      return [...first, ...sessionsOf(into.closeSegment())].map(({ id }) => id);
    };
    const [a, b] = run(null);
    expect(a).toBe(b);
    const keyed = run(new Uint8Array(32).fill(7));
    expect(new Set(keyed).size).toBe(1);
    expect(keyed[0]).not.toBe(a);
  });

  it('keep 512 of a workload and 256 cells each, and say so', () => {
    const pods = Array.from({ length: 600 }, (_, i) =>
      proc(110, 'exec', { pid: 1000 + i, start: `10${i}`, ...NODE }),
    );
    const wide = Array.from({ length: 300 }, (_, i) => connect(111, `d${i}`, `10.1.${i >> 8}.${i & 255}`, 1));
    const segment = segmentOf([...START, ...pods, ...wide], { resolve });
    expect(segment.sampling).toEqual([{ workload: 0, population: 601, kept: 512 }]);
    const sessions = sessionsOf(segment);
    expect(sessions.map(({ id }) => id)).toEqual(sessions.map(({ id }) => id).sort());
    for (const { cells: kept, overflow } of sessions)
      expect(Object.keys(kept).length).toBe(overflow ? 256 : Object.keys(kept).length);
  });

  it('hold destinations, programs and directories of files, but no system calls', () => {
    const records = [
      ...START,
      file(103, 'b1', '/usr/share/zoneinfo/Europe/Berlin'),
      file(103, 'b2', TOKEN),
      syscalls(104, [0]),
    ];
    expect(cells(records)).toEqual([
      {
        'file-access r:/usr/share/zoneinfo/**': 1,
        [`file-access r:${TOKEN}`]: 1,
        'process /usr/bin/node': 1,
      },
    ]);
  });
});

describe('a long run', () => {
  it('forgets what ended, and its segments stay valid', () => {
    const into = pushAll(fold({ resolve }), START);
    for (let i = 0; i < 50; i++) {
      const who = { pid: 1000 + i, start: `${200 + i}000000000`, ppid: 500, pstart: '101000000000' };
      pushAll(into, [
        proc(200 + i, 'fork', who),
        proc(200 + i, 'exec', { ...who, exe: `/bin/tool-${i}`, argv: ['x'] }),
        file(200 + i, `f${i}`, `/data/${i}`, who),
        proc(200.5 + i, 'exit', who),
        checkpoint(200.6 + i),
      ]);
      segmentSchema.parse(withLists(into.closeSegment({ end: clock(201 + i) })));
    }
    expect(into.stats()).toMatchObject({ workloads: 1, unresolved: 0 });
    expect(into.stats().processes).toBeLessThanOrEqual(3);
  });
});

describe('many short trees', () => {
  const probe = (i: number): WireRecord[] => {
    const who = { pid: 2000 + i, start: `${(200 + i) * 1e9}`, ppid: 9, pstart: '9' };
    return [
      proc(200 + i, 'fork', who),
      proc(200.1 + i, 'exec', { ...who, exe: '/bin/probe', argv: ['probe'] }),
      file(200.2 + i, (0x1000 + i).toString(16), `/data/${i % 3}`, who),
      proc(200.3 + i, 'exit', who),
    ];
  };
  const PROBES = Array.from({ length: 1300 }, (_, i) => probe(i));

  it.each([
    ['a container', START],
    ['a bare host', [header(), cgroup('10', '/user.slice/session-1.scope')]],
  ])('are summed up once they ended, and nothing changes by it: %s', (_name, start) => {
    const summed = PROBES.flatMap((records, i) => [...records, checkpoint(200.4 + i)]);
    const kept = [...PROBES.flat(), checkpoint(1499.4)];
    const [a, b] = [summed, kept].map((records) => segmentOf([...start, ...records], {}));
    const population = start === START ? 1301 : 1300;
    expect(a!.sampling).toEqual([{ workload: 0, population, kept: 512 }]);
    expect(rowsOf(a!, 'process').find(({ subject }) => subject === '/bin/probe')).toMatchObject({
      count: 1300,
      sessions: 1300,
    });
    expect(a).toEqual(b);
  });
});
