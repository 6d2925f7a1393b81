import { describe, expect, it } from 'vitest';
import { SIGNALS } from '../../src/model/kinds.ts';
import type { WireRecord } from '../../src/model/wire.ts';
import {
  AGENT,
  BOOT,
  checkpoint,
  file,
  fold,
  header,
  proc,
  pushAll,
  resolve,
  rowsOf,
  START,
  segmentOf,
  us,
} from './stream.ts';

describe('coverage', () => {
  const of = (segment: ReturnType<typeof segmentOf>, signal: string) => {
    const c = segment.coverage;
    const at = (c.signal as readonly string[]).indexOf(signal);
    return Object.fromEntries(
      Object.entries(c).map(([key, column]) => [
        key,
        key === 'reason' ? (segment.dict[column[at] as number] ?? null) : column[at],
      ]),
    );
  };
  const cover = (attempted: number, lost: number): WireRecord => ({
    t: 'coverage',
    cg: '10',
    signal: 'file',
    attempted,
    delivered: attempted - lost,
    lost,
    truncated: 1,
    collapsed: 0,
  });

  it('ends what is observed of TLS where it was given up', () => {
    const tls = { family: 'tls' as const, attached_us: us(100), programs: [] };
    const [, ...rest] = START;
    const into = pushAll(fold({ resolve }), [header(100, { families: [tls] }), ...rest]);
    expect(into.shed('tls', 'too dear', us(121))).toEqual([]);
    expect(into.shed('tls', 'again', us(130))).toBeNull();
    expect(into.shed('dns', 'was never there', us(130))).toBeNull();
    const segment = pushAll(into, [checkpoint(161)]).closeSegment();
    expect(of(segment, 'tls')).toMatchObject({ existedMs: 60_000, observedMs: 20_000, reason: 'too dear' });
  });

  it('has a row per workload and signal, with deltas of cumulative counters', () => {
    const into = pushAll(fold({ resolve }), [...START, cover(100, 10), checkpoint(160)]);
    const first = into.closeSegment();
    expect(first.coverage.signal).toEqual([...SIGNALS]);
    expect(of(first, 'file')).toMatchObject({
      attempted: 100,
      delivered: 90,
      lost: 10,
      truncated: 1,
      attachedSince: BOOT + 100_000,
      existedMs: 59_000,
      observedMs: 59_000,
      instances: 1,
      startsSeen: 1,
      reason: null,
    });
    pushAll(into, [cover(150, 10), checkpoint(200)]);
    expect(of(into.closeSegment(), 'file')).toMatchObject({
      attempted: 50,
      lost: 0,
      truncated: 0,
      existedMs: 40_000,
    });
  });

  it('charges every workload with losses that the sensor had no counters left to tell apart', () => {
    const shared = { ...cover(100, 10), cg: '0' } as WireRecord;
    const into = pushAll(fold({ resolve }), [...START, cover(50, 0), shared, checkpoint(160)]);
    expect(of(into.closeSegment(), 'file')).toMatchObject({
      attempted: 61,
      delivered: 51,
      lost: 10,
      truncated: 2,
    });
    pushAll(into, [shared, checkpoint(200)]);
    expect(of(into.closeSegment(), 'file')).toMatchObject({ attempted: 0, lost: 0 });
  });

  it('counts existence before attachment as unobserved, and starts only where they were seen', () => {
    const families = [{ family: 'file' as const, attached_us: us(130), programs: [] }];
    const records = [header(100, { families }), ...START.slice(1), checkpoint(160)];
    const segment = segmentOf(records, { resolve });
    expect(of(segment, 'file')).toMatchObject({
      existedMs: 59_000,
      observedMs: 30_000,
      instances: 1,
      startsSeen: 0,
    });
    expect(of(segment, 'network')).toMatchObject({
      attachedSince: -1,
      observedMs: 0,
      reason: 'not part of this sensor run',
    });
  });

  it('says which program was refused, and keeps what a better one replaced out of it', () => {
    const programs = [
      { name: 'network_connect', hook: 'tp_btf/inet_sock_set_state', attached: true },
      {
        name: 'network_bytes',
        hook: 'tp_btf/sock_send_length',
        attached: false,
        stage: 'attach' as const,
        errno: 22,
      },
      { name: 'network_kprobe', hook: 'kprobe/tcp_connect', attached: false, stage: 'skipped' as const },
    ];
    const families = [{ family: 'network' as const, attached_us: us(100), programs }];
    const segment = segmentOf([header(100, { families }), ...START.slice(1)], { resolve });
    expect(of(segment, 'network').reason).toBe(
      'partly attached, missing network_bytes (tp_btf/sock_send_length) refused at attach: errno 22',
    );
  });

  it('covers nothing while a program that silence rests on is refused, and all while a lesser one is', () => {
    const refused = (name: string, fields: object) => ({
      name,
      hook: 'tp_btf/x',
      attached: false,
      ...fields,
    });
    const sent = { name: 'network_sent', hook: 'tp_btf/sock_send_length', attached: true };
    const covered = (...programs: (typeof sent)[]) => {
      const families = [{ family: 'network' as const, attached_us: us(100), programs }];
      return of(
        segmentOf([header(100, { families }), ...START.slice(1), checkpoint(160)], { resolve }),
        'network',
      );
    };
    const connects = covered(sent, refused('network_state', { stage: 'load', errno: 22 }));
    expect(connects).toMatchObject({ attachedSince: -1, observedMs: 0, startsSeen: 0, existedMs: 59_000 });
    expect(connects.reason).toContain('partly attached, missing network_state');
    expect(covered(sent, refused('network_received', { stage: 'attach', errno: 22 })).observedMs).toBe(
      59_000,
    );
    const older = { stage: 'load', errno: 3 };
    expect(covered({ ...sent, name: 'network_state' }, refused('network_sent', older)).observedMs).toBe(
      59_000,
    );
    expect(covered(sent, refused('network_call', older)).observedMs).toBe(0);
    const alt = { ...sent, name: 'network_call__alt' };
    expect(covered(alt, refused('network_call', { stage: 'load', errno: 22 }))).toMatchObject({
      observedMs: 59_000,
      reason: null,
    });
  });

  it('believes the larger account of how long a workload existed', () => {
    const existedMs = new Map([[AGENT.id, 500_000]]);
    const segment = pushAll(fold({ resolve }), [...START, checkpoint(160)]).closeSegment({ existedMs });
    expect(of(segment, 'file')).toMatchObject({ existedMs: 500_000, observedMs: 59_000 });
  });

  it('keeps counting processes that ended', () => {
    const ended = [
      proc(110, 'fork', { pid: 600, start: '109000000000', ppid: 500, pstart: '101000000000' }),
      proc(111, 'exit', { pid: 600, start: '109000000000' }),
    ];
    const segment = segmentOf([...START, ...ended, checkpoint(120), checkpoint(130), checkpoint(140)], {
      resolve,
    });
    expect(of(segment, 'process')).toMatchObject({ instances: 2, startsSeen: 2 });
  });

  it('says what it could not tell apart itself', () => {
    const segment = segmentOf([...START, file(103, 'b1', '/a'), file(103, 'b2', '/b')], {
      resolve,
      limits: { entries: 1 },
    });
    expect(of(segment, 'file')).toMatchObject({ collapsed: 2 });
    expect(rowsOf(segment, 'file-access').map(({ subject }) => subject)).toEqual(['r:/a', 'r:/b']);
  });
});
