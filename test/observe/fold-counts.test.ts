import { describe, expect, it } from 'vitest';
import {
  BOOT,
  cgroup,
  checkpoint,
  connect,
  count,
  file,
  fold,
  header,
  NODE,
  POD_PATH,
  proc,
  pushAll,
  resolve,
  rowsOf,
  START,
  segmentOf,
  syscalls,
  TOKEN,
  trailer,
} from './stream.ts';

describe('counts', () => {
  it('are per segment, of cumulative ones, and what was seen first stays known', () => {
    const into = pushAll(fold({ resolve }), [...START, file(103, 'b1', TOKEN), checkpoint(110)]);
    expect(rowsOf(into.closeSegment(), 'file-access')).toMatchObject([{ subject: `r:${TOKEN}`, count: 1 }]);
    pushAll(into, [count(115, 'b1', 5), checkpoint(120)]);
    expect(rowsOf(into.closeSegment(), 'file-access')).toMatchObject([{ subject: `r:${TOKEN}`, count: 4 }]);
    pushAll(into, [count(115, 'b1', 5), checkpoint(130)]);
    expect(rowsOf(into.closeSegment())).toEqual([]);
  });

  it('keep attempts apart from use', () => {
    const records = [file(103, 'b1', '/root/key', { errno: 13 }), count(105, 'b1', 3, { errors: 3 })];
    const missing = [file(103, 'b2', '/none', { errno: 2 }), count(105, 'b2', 2, { errors: 1 })];
    expect(rowsOf(segmentOf([...START, ...records, ...missing]), 'file-access')).toMatchObject([
      { subject: 'r:/none', count: 2, errors: 1, denied: 0 },
      { subject: 'r:/root/key', count: 3, errors: 3, denied: 3 },
    ]);
  });

  it('carry bytes, and take a non-blocking connect for a success', () => {
    const records = [
      connect(103, 'c1', '10.0.0.9', 443, { errno: 115 }),
      count(110, 'c1', 1, { tx: 100, rx: 23 }),
    ];
    expect(rowsOf(segmentOf([...START, ...records]), 'egress')).toMatchObject([
      { subject: 'tcp/10.0.0.9:443', count: 1, bytes: 123, errors: 0 },
    ]);
  });

  it('say that a connect failed also where that is known after the attempt was counted', () => {
    const dialled = pushAll(fold(), [...START, connect(103, 'c1', '203.0.113.40', 443)]);
    pushAll(dialled, [count(104, 'c1', 1, { errors: 1 }), checkpoint(110)]);
    expect(rowsOf(dialled.closeSegment(), 'egress')).toMatchObject([{ count: 1, errors: 1 }]);

    const late = pushAll(fold(), [...START, connect(103, 'c1', '203.0.113.40', 443), count(104, 'c1', 2)]);
    expect(rowsOf(late.closeSegment(), 'egress')).toMatchObject([{ count: 2, errors: 0 }]);
    pushAll(late, [count(230, 'c1', 2, { errors: 1 }), checkpoint(240)]);
    expect(rowsOf(late.closeSegment(), 'egress')).toMatchObject([{ count: 0, errors: 1 }]);
  });

  it('come in milliseconds since the start of the segment', () => {
    const segment = segmentOf([...START, file(103, 'b1', '/x'), count(150, 'b1', 2), checkpoint(160)]);
    expect(segment.start).toBe(BOOT + 100_000);
    expect(segment.end).toBe(BOOT + 160_000);
    expect(rowsOf(segment, 'file-access')).toMatchObject([{ subject: 'r:/x', first: 3000, last: 50_000 }]);
  });
});

describe('the container runtime', () => {
  it('does nothing in the name of the workload, but its system calls are kept apart', () => {
    const rows = rowsOf(segmentOf([...START, syscalls(103, [0, 1])], { resolve }));
    expect(rows.filter(({ kind }) => kind === 'file-access')).toEqual([]);
    expect(rows.filter(({ kind }) => kind === 'syscall')).toMatchObject([
      { process: '/usr/bin/node /app/agent.js', subject: 'read', context: null, source: 'sensor:syscall' },
      { process: '/usr/bin/node /app/agent.js', subject: 'write', context: null },
      { process: 'container-init', subject: 'mount', context: 'init', source: 'sensor:syscall:init' },
      { process: 'container-init', subject: 'read', context: 'init' },
    ]);
  });

  it('is nobody whom the workload starts, whatever its name', () => {
    const named = { pid: 600, start: '103000000000', ppid: 500, pstart: '101000000000', init: true };
    const child = [
      proc(103, 'fork', named),
      proc(103.1, 'exec', { ...named, exe: '/tmp/runc', argv: ['runc'] }),
    ];
    const read = file(104, 'a2', '/etc/shadow', { pid: 600, start: named.start });
    const rows = rowsOf(segmentOf([...START, ...child, read], { resolve }), 'file-access');
    expect(rows).toMatchObject([{ subject: 'r:/etc/shadow', process: '/tmp/runc' }]);
    const itself = [
      proc(103, 'exec', { exe: '/tmp/runc', argv: ['runc'], init: true }),
      file(104, 'a3', '/x'),
    ];
    const after = rowsOf(segmentOf([...START, ...itself], { resolve }), 'file-access');
    expect(after).toMatchObject([{ subject: 'r:/x', process: '/tmp/runc' }]);
  });

  it('hands over what the workload itself does again after its exec', () => {
    const rows = rowsOf(segmentOf([...START, count(104, 'a1', 3)], { resolve }), 'file-access');
    expect(rows).toMatchObject([
      { subject: 'r:/etc/passwd', count: 3, process: '/usr/bin/node /app/agent.js' },
    ]);
    const before = rowsOf(segmentOf([...START, count(101.5, 'a1', 3)], { resolve }), 'file-access');
    expect(before).toEqual([]);
  });

  it('takes nothing with it of who executed it', () => {
    const daemon = { cg: '20', pid: 700, start: '101000000000', exe: '/usr/bin/daemon' };
    const child = { cg: '20', pid: 701, start: '102000000000', ppid: 700, pstart: daemon.start };
    const records = [
      header(),
      cgroup('20', '/system.slice/daemon.service'),
      proc(101, 'exec', daemon),
      file(101.5, 'd1', '/etc/daemon.conf', daemon),
      proc(102, 'fork', child),
      file(102.1, 'd2', '/dev/null', child),
      proc(103, 'exec', { ...child, exe: '/usr/bin/runc', init: true }),
      proc(104, 'exec', { ...child, exe: '/usr/bin/hook' }),
      file(105, 'd3', '/hook', child),
    ];
    const rows = rowsOf(segmentOf(records), 'file-access');
    expect(rows.map(({ process, subject }) => [process, subject])).toEqual([
      ['/usr/bin/daemon', 'r:/dev/null'],
      ['/usr/bin/daemon', 'r:/etc/daemon.conf'],
      ['/usr/bin/hook', 'r:/hook'],
    ]);
  });
});

describe('late and lost records', () => {
  it('gives uses of a pid to its process once that is known', () => {
    const use = file(101, 'f1', '/x');
    const exists = proc(102, 'exists', NODE);
    const later = segmentOf([header(), cgroup('10', POD_PATH), use, exists, checkpoint(110)], { resolve });
    expect(rowsOf(later, 'file-access')).toMatchObject([
      { process: '/usr/bin/node /app/agent.js', count: 1 },
    ]);
  });

  it('leaves to a parent without a record what it did itself, when its child becomes known', () => {
    const parent = { pid: 600, start: '100000000000' };
    const child = { ppid: 600, pstart: parent.start };
    const records = [
      header(),
      cgroup('10', POD_PATH),
      file(101, 'f1', '/parent', parent),
      proc(102, 'fork', child),
      file(102.1, 'f2', '/before'),
      proc(103, 'exec', { ...child, ...NODE }),
      file(104, 'f3', '/after'),
      count(105, 'f1', 2),
    ];
    const rows = rowsOf(segmentOf(records, { resolve }), 'file-access');
    expect(rows.map(({ process, subject, count: n }) => [process, subject, n])).toEqual([
      ['/usr/bin/node /app/agent.js', 'r:/after', 1],
      ['unknown', 'r:/before', 1],
      ['unknown', 'r:/parent', 2],
    ]);
  });

  it('is partial without a trailer, and says why', () => {
    const into = pushAll(fold(), START);
    expect(into.closeSegment()).toMatchObject({ complete: true, partialReason: null });
    expect(into.closeSegment({ final: true })).toMatchObject({
      complete: false,
      partialReason: 'the stream of the sensor ended without a trailer',
    });
    const whole = pushAll(fold(), [...START, trailer(200)]).closeSegment({ final: true });
    expect(whole).toMatchObject({ complete: true, cost: { cpuMs: 1 } });
    expect(pushAll(fold(), START).closeSegment({ partialReason: 'interrupted' }).complete).toBe(false);
  });

  it('keeps order and offsets when the wall clock is set back, and records the jump', () => {
    const back = -3_600_000;
    const records = [...START, checkpoint(110), file(120, 'f1', '/x'), checkpoint(130, 1, back)];
    const into = pushAll(fold(), records);
    const segment = into.closeSegment();
    expect(segment).toMatchObject({ clockJumpMs: back, start: BOOT + 100_000, end: BOOT + 130_000 });
    expect(rowsOf(segment, 'file-access')).toMatchObject([{ first: 20_000 }]);
    const after = [file(135, 'f2', '/y'), checkpoint(140, 2, back)];
    const next = pushAll(into, after).closeSegment();
    expect(next).toMatchObject({ clockJumpMs: 0, start: BOOT + 130_000 + back, end: BOOT + 140_000 + back });
    expect(rowsOf(next, 'file-access')).toMatchObject([{ first: 5000 }]);
    expect(next.coverage.observedMs.every((ms) => ms >= 0 && ms <= 10_000)).toBe(true);
  });

  it('counts an evicted counter that began anew only from where it passes the old one', () => {
    const into = pushAll(fold(), [...START, file(103, 'b1', '/x'), count(110, 'b1', 10)]);
    into.closeSegment();
    pushAll(into, [count(120, 'b1', 4), count(130, 'b1', 12)]);
    expect(rowsOf(into.closeSegment(), 'file-access')).toMatchObject([{ count: 2 }]);
  });
});
