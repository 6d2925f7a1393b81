/**
 * A write is told when its call has returned: by then another thread may have read the answer. What began when is known;
 * so exchanges read the same however late their questions are told.
 */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { WireOf } from '../../../src/model/wire.ts';
import { createCgroup } from '../../../src/observe/state/cgroups.ts';
import { createInstance } from '../../../src/observe/state/processes.ts';
import { createConnection, resumeConnection } from '../../../src/observe/streams/connection.ts';
import type { Listener } from '../../../src/observe/streams/speaker.ts';
import {
  endStream,
  feed,
  inOrder,
  openStream,
  type Stream,
  settle,
} from '../../../src/observe/streams/stream.ts';
import { charge, drop, put, type StreamTable } from '../../../src/observe/streams/table.ts';
import { createHttp2 } from '../../../src/observe/wire/http2.ts';
import { WIRE_LIMITS } from '../../../src/observe/wire/limits.ts';
import { type Exchange, http1Calls, http2Calls, mcpCalls } from '../../bench/listening-traffic.ts';
import { runs } from '../../fuzz.ts';
import { isClean, listener, type Passed, shown } from '../wire/traffic.ts';

const EXCHANGES = 5;
const KINDS = ['http1', 'http2', 'mcp'] as const;
const traffic = {} as Record<(typeof KINDS)[number], Exchange[]>;
beforeAll(async () => {
  traffic.http1 = await http1Calls(EXCHANGES);
  traffic.http2 = await http2Calls(EXCHANGES);
  traffic.mcp = await mcpCalls(EXCHANGES);
});

type Payload = WireOf<'payload'>;
const WHO = { cg: '1', pid: 1, start: '1', stream: '1' };
const instance = createInstance(1, '1', createCgroup('1', '', 0), 0);
const opened = (): Stream => openStream({ t: 'stream', ...WHO, at: 0, via: 'go' }, instance, 'new');

/** Each piece is moved a millisecond behind the one before. */
function payloads(passed: readonly Passed[]): Payload[] {
  const next = { in: 0, out: 0 };
  return passed.map(({ from, bytes }, i) => {
    const dir = from === 'client' ? 'out' : 'in';
    const off = next[dir];
    next[dir] += bytes.length;
    const data = Buffer.from(bytes).toString('base64');
    return { t: 'payload', ...WHO, at: 1000 * i, dir, off, len: bytes.length, data };
  });
}

/** Tells each write behind so many of the reads that follow it: never behind the next write. */
function late(all: readonly Payload[], by: readonly number[]): Payload[] {
  const told: Payload[] = [];
  let write: Payload[] = [];
  let reads = 0;
  let turn = 0;
  for (const one of all) {
    if (one.dir === 'out' || reads === 0) told.push(...write.splice(0));
    if (one.dir === 'in') {
      told.push(one);
      reads--;
    } else {
      write = [one];
      reads = by[turn++ % by.length]!;
    }
  }
  return [...told, ...write];
}

function heard(told: readonly Payload[]) {
  const { open, reads } = listener();
  const quiet = { statement: () => {}, hello: () => {}, unwanted: () => {}, strange: () => {} };
  const own: Listener = { ...quiet, limits: WIRE_LIMITS, open };
  const stream = opened();
  const wake = () =>
    typeof stream.resting === 'string' ? createConnection(own, null) : resumeConnection(own, stream.resting);
  for (const one of told)
    for (const payload of inOrder(stream, one)) {
      stream.reader ??= wake();
      feed(stream, payload);
      settle(stream);
    }
  endStream(stream, 1e9);
  return reads;
}

describe.each(KINDS)('answers over %s that are told before their questions', (kind) => {
  it('find them, each its own', () => {
    const all = payloads(traffic[kind].flat());
    const reads = heard(late(all, [100]));
    expect(late(all, [100])).not.toEqual(all);
    expect(reads.filter(isClean)).toHaveLength(EXCHANGES);
    expect(reads.map(shown)).toEqual(heard(all).map(shown));
  });

  it('find them, however late these are', () => {
    const delays = fc.array(fc.nat(4), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(delays, (by) => {
        const all = payloads(traffic[kind].flat());
        expect(heard(late(all, by)).map(shown)).toEqual(heard(all).map(shown));
      }),
      runs(100),
    );
  });
});

describe('what comes in while nothing is asked', () => {
  const say = (dir: 'in' | 'out', at: number, text: string, off = 0): Payload => ({
    ...{ t: 'payload', ...WHO, at, dir, off, len: text.length },
    data: Buffer.from(text).toString('base64'),
  });
  const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
  const REQUEST = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n';

  it('before a write began, on a connection older than the sensor, does not answer it', () => {
    const [read] = heard([say('in', 10, RESPONSE), say('out', 20, REQUEST)]);
    expect(read!.response).toBeNull();
    const [other] = heard([say('in', 30, RESPONSE), say('out', 20, REQUEST)]);
    expect(other!.response?.status).toBe(200);
  });

  it('waits in bounds, taken from what all may take, and goes with its stream', () => {
    const pool = { left: 1e6 };
    const table: StreamTable = new Map();
    const stream = opened();
    put(table, pool, stream);
    const fed: Payload[] = [];
    for (let i = 0; i < 63; i++) {
      fed.push(...inOrder(stream, say('in', i, 'x'.repeat(900), 900 * i)));
      charge(stream, pool);
    }
    expect([fed.length, stream.early.length, pool.left]).toEqual([55, 8, 1e6 - 8 * 1200]);
    drop(table, pool, stream, 100);
    expect([stream.early, pool.left]).toEqual([[], 1e6]);
  });
});

describe('answers of several streams of HTTP/2', () => {
  it('are heard though one of them is told before its question', () => {
    const [first, second] = [traffic.http2[0]!, traffic.http2[1]!];
    const of = (from: Passed['from'], ...all: Exchange[]) =>
      Buffer.concat(all.flatMap((one) => one.flatMap((p) => (p.from === from ? [p.bytes] : []))));
    const { open, reads } = listener();
    const { client, server, rest } = createHttp2(open, WIRE_LIMITS);
    client.push(of('client', first), 1);
    server.push(of('server', first, second), 2);
    expect(rest()).toBeNull();
    client.push(of('client', second), 1);
    expect(reads.map(({ response }) => response?.status)).toEqual([200, 200]);
    expect(reads.filter(isClean)).toHaveLength(2);
  });

  it('that are too much to wait with leave their question unanswered, and torn', () => {
    const pool = { left: 100 };
    const [first, second] = [traffic.http2[0]!, traffic.http2[1]!];
    const { open, reads } = listener();
    const { client, server } = createHttp2(open, WIRE_LIMITS);
    const bounded = createHttp2(open, { ...WIRE_LIMITS, pool });
    const all = (from: Passed['from'], one: Exchange) =>
      Buffer.concat(one.flatMap((p) => (p.from === from ? [p.bytes] : [])));
    for (const http2 of [{ client, server }, bounded]) {
      http2.client.push(all('client', first), 1);
      http2.server.push(Buffer.concat([all('server', first), all('server', second)]), 2);
      http2.client.push(all('client', second), 1);
      http2.client.end(3);
      http2.server.end(3);
    }
    expect(reads.map(({ response, ending }) => [response?.status, ending?.gap])).toEqual([
      ...[[200, false] as const, [200, false] as const],
      ...[[200, false] as const, [undefined, true] as const],
    ]);
    expect(pool.left).toBe(100);
  });
});
