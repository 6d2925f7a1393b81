/** Connections that are forgotten, or never understood: what that costs is bounded, and said. */
import { describe, expect, it } from 'vitest';
import type { WireOf, WireRecord } from '../../src/model/wire.ts';
import { createFold, type Fold } from '../../src/observe/fold.ts';
import { checkpoint, header, rowsOf, START, us } from './stream.ts';

const WHO = { cg: '10', pid: 500, start: '101000000000' };
const REQUEST = 'GET /models HTTP/1.1\r\nHost: api.test\r\n\r\n';
const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const MIDDLE = 'in the middle of something';

type Segment = ReturnType<Fold['closeSegment']>;

/** Records of sockets that this process opened. */
function sockets() {
  const next = new Map<string, number>();
  return {
    open: (id: number, at: number): WireOf<'stream'> => ({
      ...{ t: 'stream', ...WHO, at: us(at), stream: id.toString(16), via: 'socket', role: 'client' },
      ...{ proto: 'tcp', daddr: '10.0.0.9', dport: 80 },
    }),
    say(id: number, dir: 'in' | 'out', at: number, text: string): WireOf<'payload'> {
      const key = `${id} ${dir}`;
      const off = next.get(key) ?? 0;
      next.set(key, off + text.length);
      const data = Buffer.from(text).toString('base64');
      return { t: 'payload', ...WHO, at: us(at), stream: id.toString(16), dir, off, len: text.length, data };
    },
  };
}

function read(records: Iterable<WireRecord>): Segment {
  const fold = createFold({ fingerprintKey: null, fingerprintKeyId: null, resolve: () => null });
  for (const record of [header(), ...START.slice(1), ...records]) fold.push(record);
  return fold.closeSegment({ final: true });
}

function reasons({ coverage, dict }: Segment): string[] {
  const texts = Array.from(coverage.reason, (index) => dict[index] ?? '');
  return [...new Set(texts.flatMap((text) => text.split('; ')))].filter((text) => /connections/.test(text));
}

/** Those that were answered, as far as their rows tell. */
const answered = (segment: Segment) =>
  rowsOf(segment)
    .filter(({ kind, context }) => kind === 'http-endpoint' && context === '2xx')
    .reduce((sum, { count }) => sum + count, 0);

describe('a connection that is idle for long', () => {
  const hour = (id: number) => [checkpoint(3000), checkpoint(6000 + id)];

  it('is read on where it rested between two messages, and nothing is said of it', () => {
    const { open, say } = sockets();
    const segment = read([
      ...[open(1, 103), say(1, 'out', 103, REQUEST), say(1, 'in', 103, RESPONSE), ...hour(1)],
      ...[say(1, 'out', 6002, REQUEST), say(1, 'in', 6003, RESPONSE)],
    ]);
    expect(answered(segment)).toBe(2);
    expect(reasons(segment)).toEqual([]);
  });

  it('is given up in the middle of one, which is said once it goes on, and read from the next one on', () => {
    const { open, say } = sockets();
    const before = [open(1, 103), say(1, 'out', 103, REQUEST), ...hour(1)];
    expect(reasons(read(before))).toEqual([]);
    const again = sockets();
    const segment = read([
      ...[again.open(1, 103), again.say(1, 'out', 103, REQUEST), ...hour(1)],
      ...[again.say(1, 'in', 6002, RESPONSE)],
      ...[again.say(1, 'out', 6003, REQUEST), again.say(1, 'in', 6004, RESPONSE)],
    ]);
    expect(answered(segment)).toBe(1);
    expect(reasons(segment)).toEqual([expect.stringMatching(/^connections given up in the middle.*\(1\)$/)]);
  });
});

describe('connections', () => {
  it('that all wait for an answer are given up, oldest first, where they take too much together', () => {
    const { open, say } = sockets();
    const ids = Array.from({ length: 6000 }, (_, i) => i + 1);
    const asked = ids.flatMap((id) => [open(id, 103), say(id, 'out', 103, REQUEST)]);
    const newest = ids.slice(-1000).map((id) => say(id, 'in', 104, RESPONSE));
    const segment = read([...asked, ...newest, say(1, 'in', 104, RESPONSE)]);
    expect(answered(segment)).toBe(1000);
    expect(reasons(segment)).toEqual([expect.stringMatching(/^connections given up in the middle.*\(1\)$/)]);
  });

  it('of which there are too many are forgotten, and that is said', () => {
    const { open, say } = sockets();
    const ids = Array.from({ length: 20_007 }, (_, i) => i + 1);
    const asked = ids.flatMap((id) => [
      open(id, 103),
      say(id, 'out', 103, REQUEST),
      say(id, 'in', 103, RESPONSE),
    ]);
    const segment = read(asked);
    expect(answered(segment)).toBe(ids.length);
    expect(reasons(segment)).toEqual([expect.stringMatching(/^open connections forgotten.*\(7\)$/)]);
  });

  it('of which nothing can be made are said', () => {
    const { open, say } = sockets();
    const talk = Array.from({ length: 100 }, () => [say(1, 'out', 103, MIDDLE), say(1, 'in', 103, MIDDLE)]);
    const segment = read([open(1, 103), ...talk.flat()]);
    expect(reasons(segment)).toEqual([expect.stringMatching(/^connections of which nothing.*\(1\)$/)]);
  });
});
