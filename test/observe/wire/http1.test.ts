/** Held against node's own client and server. */
import { once } from 'node:events';
import { Agent, createServer, type RequestListener, type RequestOptions, request } from 'node:http';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttp1 } from '../../../src/observe/wire/http1.ts';
import { WIRE_LIMITS } from '../../../src/observe/wire/limits.ts';
import { runs } from '../../fuzz.ts';
import { feed, feedTorn, isClean, listener, type Passed, record, said, shown, sizeOf } from './traffic.ts';

const BIG = 'x'.repeat(200_000);

const CODED: Record<string, (text: string) => Buffer> = {
  gzip: gzipSync,
  deflate: deflateSync,
  'deflate-raw': deflateRawSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
};

const serve: RequestListener = (ask, answer) => {
  const url = new URL(ask.url!, 'http://x');
  const chunks: Buffer[] = [];
  ask
    .on('data', (chunk) => chunks.push(chunk))
    .on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const coding = url.searchParams.get('coding');
      if (coding) {
        answer.setHeader('content-encoding', coding.replace('-raw', ''));
        answer.end(CODED[coding]!(BIG));
      } else if (url.pathname === '/sse') {
        answer.setHeader('content-type', 'text/event-stream');
        for (let i = 0; i < 3; i++) answer.write(`event: e${i}\ndata: {"i":${i}}\ndata: more\n\n`);
        answer.end();
      } else if (url.pathname === '/ndjson') {
        answer.setHeader('content-type', 'application/x-ndjson');
        answer.write('{"a":1}\n{"a"');
        answer.end(':2}\n');
      } else if (url.pathname === '/none') answer.writeHead(204).end();
      else if (url.pathname === '/denied') answer.writeHead(403).end('no');
      else if (url.pathname === '/chunks') {
        answer.setHeader('trailer', 'x-after');
        answer.write('one ');
        answer.addTrailers({ 'x-after': '1' });
        answer.end('two');
      } else answer.end(`you said ${body}`);
    });
};

type Asked = RequestOptions & { body?: string };
const ASKED: Asked[] = [
  { path: '/plain', method: 'POST', body: 'hello' },
  { path: '/plain', method: 'HEAD' },
  { path: '/chunks' },
  { path: '/sse', method: 'POST', body: BIG },
  { path: '/ndjson' },
  { path: '/none', method: 'DELETE' },
  { path: '/expect', method: 'PUT', body: 'later', headers: { expect: '100-continue', 'content-length': 5 } },
  ...Object.keys(CODED).map((coding) => ({ path: `/x?coding=${coding}` })),
  { path: '/denied' },
];

const server = createServer(serve);
let connections: Passed[][];

function ask(port: number, agent: Agent, { body, ...options }: Asked): Promise<void> {
  return new Promise((resolve, reject) => {
    const req = request({ host: '127.0.0.1', port, agent, ...options }, (res) => {
      res.resume().on('end', () => resolve());
    }).on('error', reject);
    if (body !== undefined) req.end(body);
    else req.end();
  });
}

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  connections = await record(port, async (relay) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const asked of ASKED) await ask(relay, agent, asked);
    agent.destroy();
  });
});
afterAll(() => server.close());

function decode(cuts?: readonly number[]) {
  return connections.flatMap((passed) => {
    const { open, reads } = listener();
    feed(createHttp1(open), passed, cuts);
    return reads;
  });
}

describe('HTTP/1', () => {
  it('reads what node wrote on connections that were kept alive', () => {
    const reads = decode();
    expect(reads.map(({ head }) => `${head.method} ${head.target}`)).toEqual(
      ASKED.map(({ method = 'GET', path }) => `${method} ${path}`),
    );
    expect(reads.map(({ response }) => response?.status)).toEqual(
      ASKED.map(({ path }) => (path === '/none' ? 204 : path === '/denied' ? 403 : 200)),
    );
    const clean = { truncated: false, malformed: false, gap: false, cut: false };
    for (const { ending } of reads) expect(ending).toMatchObject(clean);
    expect(reads.map((read) => said(read, 'response').join('|'))).toEqual([
      'you said hello',
      '',
      'one two',
      '{"i":0}\nmore|{"i":1}\nmore|{"i":2}\nmore',
      '{"a":1}|{"a":2}',
      '',
      'you said later',
      ...Object.keys(CODED).map(() => BIG),
      'no',
    ]);
    expect(said(reads[3]!, 'request')).toEqual([BIG]);
  });

  it('reads the same however the bytes are cut', () => {
    const whole = decode();
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 8 }), (cuts) => {
        expect(decode(cuts)).toEqual(whole);
      }),
      runs(10),
    );
    expect(decode([1, 2, 3, 5])).toEqual(whole);
  });

  it('never throws, and ends each exchange once, whatever is changed on the way', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 40 }),
        fc.nat(3000),
        (changes, size) => {
          const total = connections.flat().reduce((sum, { bytes }) => sum + bytes.length, 0);
          const damaged = connections
            .flat()
            .map(({ from, bytes }) => ({ from, bytes: Uint8Array.from(bytes) }));
          for (const [where, byte] of changes) {
            let at = where % total;
            for (const { bytes } of damaged) {
              if (at < bytes.length) bytes[at] = byte;
              at -= bytes.length;
              if (at < 0) break;
            }
          }
          const { open, reads } = listener();
          feed(createHttp1(open), damaged, [size + 1]);
          for (const { ending } of reads) expect(ending).not.toBeNull();
        },
      ),
      runs(20),
    );
  });
});

describe('what was lost on the way', () => {
  it('never makes one exchange of two, nor another of one', () => {
    const passed = connections.reduce((most, one) => (sizeOf(one) > sizeOf(most) ? one : most));
    const truth = new Set(decode().map(shown));
    const total = sizeOf(passed);
    const hole = fc.record({
      from: fc.nat(total),
      size: fc.integer({ min: 1, max: 60_000 }),
      known: fc.boolean(),
    });
    let clean = 0;
    fc.assert(
      fc.property(fc.array(hole, { minLength: 1, maxLength: 4 }), fc.nat(5000), (holes, cut) => {
        const { open, reads } = listener();
        const pool = { left: 64 << 20 };
        feedTorn(createHttp1(open, { ...WIRE_LIMITS, pool }), passed, holes, cut + 1);
        expect(pool.left).toBe(64 << 20);
        for (const read of reads) expect(read.ending).not.toBeNull();
        for (const read of reads.filter(isClean)) expect(truth).toContain(shown(read));
        clean += reads.filter(isClean).length;
      }),
      runs(200),
    );
    expect(clean).toBeGreaterThan(200);
  });

  const exchange = (duplex: ReturnType<typeof createHttp1>, path: string, body: string) => {
    duplex.client.push(Buffer.from(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`), 1);
    duplex.server.push(Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`), 1);
  };

  it('inside a body of known length costs that body alone', () => {
    const { open, reads } = listener();
    const duplex = createHttp1(open);
    duplex.client.push(Buffer.from('GET /a HTTP/1.1\r\nHost: x\r\n\r\n'), 1);
    duplex.server.push(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789'), 1);
    duplex.server.gap(80, 1);
    duplex.server.push(Buffer.from('0123456789'), 1);
    exchange(duplex, '/b', 'fine');
    expect(reads.map(({ head, ending }) => [head.target, ending?.gap])).toEqual([
      ['/a', true],
      ['/b', false],
    ]);
    expect(said(reads[1]!, 'response')).toEqual(['fine']);
    expect(said(reads[0]!, 'response')).toEqual(['0123456789']);
  });

  it('between messages is never filled by an answer to another question', () => {
    const { open, reads } = listener();
    const duplex = createHttp1(open);
    duplex.client.push(Buffer.from('GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n'), 1);
    duplex.server.gap(500, 1);
    duplex.server.push(Buffer.from('of a body\r\nHTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n'), 1);
    exchange(duplex, '/c', 'found');
    expect(reads.map(({ head, response, ending }) => [head.target, response?.status, ending?.gap])).toEqual([
      ['/a', undefined, true],
      ['/b', undefined, true],
      ['/c', 200, false],
    ]);
  });

  it('is the beginning, where the connection is older than the sensor', () => {
    const { open, reads } = listener();
    const duplex = createHttp1(open);
    duplex.server.push(Buffer.from('half a body"}HTTP/1.1 nonsense\r\n'), 1);
    exchange(duplex, '/a', 'yes');
    expect(reads.map((read) => [read.head.target, ...said(read, 'response')])).toEqual([['/a', 'yes']]);
  });
});
