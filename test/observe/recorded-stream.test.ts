/**
 * A real recording (runc container in a Kubernetes cgroup, Linux 6.18): a Python agent that reads its token once at
 * its start and five times after 3.5 s, maps a model, imports a library, dials 127.0.0.1:9 three times, runs ls.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { APPLICATION_SIGNALS, KERNEL_SIGNALS } from '../../src/model/kinds.ts';
import { type ReadSegment, segmentSchema } from '../../src/model/snapshot.ts';
import { type WireRecord, wireRecordSchema } from '../../src/model/wire.ts';
import { withLists } from '../sources/files/read-whole.ts';
import { AGENT, fold, rowsOf, sessionsOf, TOKEN } from './stream.ts';

const LINES = readFileSync(new URL('../../fixtures/sensor/container.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const RECORDS: WireRecord[] = LINES.map((line) => wireRecordSchema.parse(JSON.parse(line)));

function replay(cutAtCheckpoints: boolean): ReadSegment[] {
  const into = fold({ resolve: ({ parsed }) => (parsed.podUid === AGENT.instance ? AGENT : null) });
  const segments: ReadSegment[] = [];
  for (const record of RECORDS) {
    into.push(record);
    if (cutAtCheckpoints && record.t === 'checkpoint') segments.push(into.closeSegment());
  }
  return [...segments, into.closeSegment({ final: true })];
}

const WHOLE = replay(false)[0]!;
const of = (kind: string) => rowsOf(WHOLE, kind);

describe('a recorded container', () => {
  it('is one valid, complete segment of one workload', () => {
    segmentSchema.parse(withLists(WHOLE));
    expect(WHOLE).toMatchObject({ complete: true, mode: 'window', sequence: 0 });
    expect(WHOLE.workloads.map(({ id }) => id)).toEqual([AGENT.id]);
    expect(JSON.stringify(WHOLE)).not.toContain('s3cret');
  });

  it('did what the agent did, as often as it did it', () => {
    expect(of('process').map(({ process, subject, count }) => [process, subject, count])).toEqual([
      ['/bin/ls', '/bin/ls', 1],
      ['/usr/bin/python3.11 /app/agent.py', '/usr/bin/python3.11', 1],
    ]);
    expect(of('egress').map(({ subject, count }) => [subject, count])).toEqual([['tcp/127.0.0.1:9', 3]]);
    expect(WHOLE.peers).toMatchObject([{ subject: 'tcp/127.0.0.1:9', resolution: 'loopback' }]);
    expect(of('file-access').find(({ subject }) => subject === `r:${TOKEN}`)).toMatchObject({
      count: 6,
      errors: 0,
      principal: AGENT.principal,
      container: 'main',
    });
    expect(of('file-access').find(({ subject }) => subject === 'r:/app')).toMatchObject({
      process: '/bin/ls',
    });
  });

  it('loaded what it loaded, and nothing that the runtime touched before', () => {
    const loaded = WHOLE.artifacts.filter(({ kind }) => kind !== 'binary');
    expect(loaded.map(({ kind, subject, state, size }) => [kind, subject, state, size])).toEqual([
      // What Debian's distutils-precedence.pth imports into every Python.
      ['library', 'pkg:pypi/setuptools', 'imported', null],
      ['library', 'pkg:pypi/tinylib', 'imported', null],
      ['model', 'file:/models/tiny.safetensors', 'mapped', 65_536],
    ]);
    expect(new Set(rowsOf(WHOLE).map(({ process }) => process))).toEqual(
      new Set(['/bin/ls', '/usr/bin/python3.11 /app/agent.py', 'container-init']),
    );
    expect(of('file-access').filter(({ subject }) => subject?.includes('/proc/self/attr'))).toEqual([]);
  });

  it("keeps the runtime's system calls out of the workload's", () => {
    const names = (context: string | null) =>
      of('syscall')
        .filter((row) => row.context === context)
        .map(({ subject }) => subject);
    expect(names('init')).toContain('pivot_root');
    expect(names(null)).not.toContain('pivot_root');
    expect(names(null)).toEqual(expect.arrayContaining(['openat', 'connect', 'mmap', 'execve']));
  });

  it('has full coverage of a container that began and ended in the window', () => {
    const { coverage } = WHOLE;
    const recorded = KERNEL_SIGNALS.map((signal) => coverage.signal.indexOf(signal));
    for (const row of recorded) {
      expect(coverage.lost[row]).toBe(0);
      expect(coverage.observedMs[row]).toBe(coverage.existedMs[row]);
      expect(coverage.reason[row]).toBe(-1);
      expect(coverage.startsSeen[row]).toBe(coverage.instances[row]);
    }
    expect(coverage.attachedSince.filter((since) => since === -1)).toHaveLength(APPLICATION_SIGNALS.length);
    expect(coverage.instances[0]).toBe(2);
  });

  it('adds up to the same when it is cut at every checkpoint', () => {
    const parts = replay(true);
    expect(parts.length).toBeGreaterThan(3);
    const sum = (segments: ReadSegment[]) => {
      const sums = new Map<string, number>();
      for (const row of segments.flatMap((segment) => rowsOf(segment))) {
        const key = [row.process, row.kind, row.subject, row.context].join(' ');
        sums.set(key, (sums.get(key) ?? 0) + row.count);
      }
      return new Map([...sums].sort());
    };
    expect(sum(parts)).toEqual(sum([WHOLE]));
    expect(new Set(parts.flatMap(sessionsOf).map(({ id }) => id))).toEqual(
      new Set(sessionsOf(WHOLE).map(({ id }) => id)),
    );
  });
});
