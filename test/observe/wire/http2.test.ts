/** Held against node's own client and server, which are nghttp2, and the vectors of RFC 7541. */
import { once } from 'node:events';
import { type ClientHttp2Session, connect, createServer, type ServerHttp2Stream } from 'node:http2';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHpack } from '../../../src/observe/wire/hpack.ts';
import { huffmanDecode } from '../../../src/observe/wire/hpack-huffman.ts';
import { createHttp2 } from '../../../src/observe/wire/http2.ts';
import { WIRE_LIMITS } from '../../../src/observe/wire/limits.ts';
import { runs } from '../../fuzz.ts';
import { feed, feedTorn, isClean, listener, type Passed, record, said, shown, sizeOf } from './traffic.ts';

const BIG = 'y'.repeat(300_000);
const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

describe('HPACK', () => {
  it('undoes the Huffman code (RFC 7541 C.4.1, C.6.1)', () => {
    expect(huffmanDecode(hex('f1e3c2e5f23a6ba0ab90f4ff'))).toBe('www.example.com');
    expect(huffmanDecode(hex('d07abe941054d444a8200595040b8166e082a62d1bff'))).toBe(
      'Mon, 21 Oct 2013 20:13:21 GMT',
    );
    expect(huffmanDecode(hex('ffffffff'))).toBeNull();
  });

  it('reads requests one after the other (C.4)', () => {
    const hpack = createHpack(4096);
    const lists = [
      '828684418cf1e3c2e5f23a6ba0ab90f4ff',
      '828684be5886a8eb10649cbf',
      '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
    ].map((block) => hpack.decode(hex(block)));
    expect(lists.map((list) => list?.fields.map((field) => field.join(' ')))).toEqual([
      [':method GET', ':scheme http', ':path /', ':authority www.example.com'],
      [':method GET', ':scheme http', ':path /', ':authority www.example.com', 'cache-control no-cache'],
      [
        ':method GET',
        ':scheme https',
        ':path /index.html',
        ':authority www.example.com',
        'custom-key custom-value',
      ],
    ]);
    expect(lists.some((list) => list?.incomplete)).toBe(false);
  });

  it('evicts what no longer fits (C.6, a table of 256 bytes)', () => {
    const hpack = createHpack(4096);
    const blocks = [
      '3fe101 488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
      '4883640effc1c0bf',
      '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
    ];
    const last = blocks.map((block) => hpack.decode(hex(block))).at(-1);
    expect(last?.fields).toEqual([
      [':status', '200'],
      ['cache-control', 'private'],
      ['date', 'Mon, 21 Oct 2013 20:13:22 GMT'],
      ['location', 'https://www.example.com'],
      ['content-encoding', 'gzip'],
      ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'],
    ]);
  });

  it('never guesses an entry that it has not seen', () => {
    expect(createHpack(4096).decode(hex('82be'))).toMatchObject({
      fields: [[':method', 'GET']],
      incomplete: true,
    });
  });

  it('never throws, and stays within its bounds', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 }), (blocks) => {
        const hpack = createHpack(4096);
        for (const block of blocks) {
          const list = hpack.decode(block);
          const size = list?.fields.reduce((sum, [name, value]) => sum + name.length + value.length, 0) ?? 0;
          expect(size).toBeLessThanOrEqual(4096);
        }
      }),
      runs(300),
    );
  });
});

function answer(stream: ServerHttp2Stream, path: string, body: string): void {
  if (path === '/sse') {
    stream.respond({ ':status': 200, 'content-type': 'text/event-stream' });
    for (let i = 0; i < 3; i++) stream.write(`data: ${i}\n\n`);
    stream.end();
  } else if (path === '/gzip') {
    stream.respond({ ':status': 200, 'content-encoding': 'gzip' });
    stream.end(gzipSync(BIG));
  } else if (path === '/grpc') {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '7' }));
    stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, 3]), Buffer.from('abc')]));
  } else {
    stream.respond({ ':status': path === '/denied' ? 403 : 200, 'x-long': 'z'.repeat(20_000) });
    stream.end(path === '/big' ? BIG : `you said ${body}`);
  }
}

const server = createServer({ maxSendHeaderBlockLength: 60_000 } as object);
server.on('stream', (stream, headers) => {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', () => {});
  stream.on('end', () => answer(stream, String(headers[':path']), Buffer.concat(chunks).toString()));
});

const PATHS = ['/a', '/sse', '/big', '/gzip', '/grpc', '/denied', '/b'];
let connections: Passed[][];

function ask(session: ClientHttp2Session, path: string, body: string): Promise<void> {
  const stream = session.request({ ':method': 'POST', ':path': path, 'x-key': `value of ${path}` });
  stream.end(body);
  stream.resume();
  return once(stream, 'close').then(() => {});
}

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  connections = await record((server.address() as { port: number }).port, async (port) => {
    const session = connect(`http://127.0.0.1:${port}`);
    await Promise.all(PATHS.map((path) => ask(session, path, path === '/a' ? BIG : path)));
    await Promise.all(PATHS.map((path) => ask(session, path, 'again')));
    session.close();
    await once(session, 'close');
  });
});
afterAll(() => server.close());

function decode(cuts?: readonly number[]) {
  const { open, reads } = listener();
  feed(createHttp2(open), connections[0]!, cuts);
  return reads;
}

describe('HTTP/2', () => {
  it('reads streams that ran at once', () => {
    const reads = decode();
    expect(reads.map(({ head }) => head.target)).toEqual([...PATHS, ...PATHS]);
    expect(reads.map(({ head }) => head.headers.get('x-key'))).toEqual(
      [...PATHS, ...PATHS].map((path) => `value of ${path}`),
    );
    const clean = { truncated: false, malformed: false, gap: false, cut: false };
    for (const { ending } of reads) expect(ending).toMatchObject(clean);
    const by = (path: string) => reads.filter(({ head }) => head.target === path);
    expect(by('/a').map((read) => said(read, 'request').join())).toEqual([BIG, 'again']);
    expect(by('/b').map((read) => said(read, 'response').join())).toEqual(['you said /b', 'you said again']);
    expect(by('/sse').map((read) => said(read, 'response').join())).toEqual(['0,1,2', '0,1,2']);
    expect(by('/gzip').map((read) => said(read, 'response').join())).toEqual([BIG, BIG]);
    expect(by('/grpc').map((read) => said(read, 'response').join())).toEqual(['abc', 'abc']);
    expect(by('/grpc').map(({ ending }) => ending?.trailers?.get('grpc-status'))).toEqual(['7', '7']);
    expect(by('/denied').map(({ response }) => response?.status)).toEqual([403, 403]);
  });

  it('reads the same however the bytes are cut', () => {
    const whole = decode();
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 8 }), (cuts) => {
        expect(decode(cuts)).toEqual(whole);
      }),
      runs(10),
    );
    expect(decode([1, 2, 3, 5, 8])).toEqual(whole);
  });

  it('joined in the middle names only what it knows', () => {
    const { open, reads } = listener();
    feed(createHttp2(open), connections[0]!.slice(6));
    const known = new Set(PATHS);
    expect(reads.length).toBeGreaterThan(0);
    for (const { head, ending } of reads) {
      if (head.target === '') expect(ending?.malformed).toBe(true);
      else expect(known).toContain(head.target);
    }
  });

  it('never throws, and ends each exchange once, whatever is changed or lost on the way', () => {
    const change = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), fc.nat(3000), fc.nat(30), (changes, size, hole) => {
        const total = connections[0]!.reduce((sum, { bytes }) => sum + bytes.length, 0);
        const damaged = connections[0]!.map(({ from, bytes }) => ({ from, bytes: Uint8Array.from(bytes) }));
        for (const [where, byte] of changes) {
          let at = where % total;
          for (const { bytes } of damaged) {
            if (at < bytes.length && at >= 0) bytes[at] = byte;
            at -= bytes.length;
          }
        }
        const { open, reads } = listener();
        const duplex = createHttp2(open);
        duplex.server.gap(hole, 1);
        feed(duplex, damaged, [size + 1]);
        for (const { ending } of reads) expect(ending).not.toBeNull();
      }),
      runs(20),
    );
  });

  it('never makes one exchange of two, nor another of one, with holes anywhere', () => {
    const passed = connections[0]!;
    const truth = new Set(decode().map(shown));
    const total = sizeOf(passed);
    const hole = fc.record({
      from: fc.nat(total),
      size: fc.integer({ min: 1, max: 30_000 }),
      known: fc.boolean(),
    });
    let clean = 0;
    fc.assert(
      fc.property(fc.array(hole, { minLength: 1, maxLength: 3 }), fc.nat(20_000), (holes, cut) => {
        const { open, reads } = listener();
        const pool = { left: 64 << 20 };
        feedTorn(createHttp2(open, { ...WIRE_LIMITS, pool }), passed, holes, cut + 1);
        expect(pool.left).toBe(64 << 20);
        for (const read of reads) expect(read.ending).not.toBeNull();
        for (const read of reads.filter(isClean)) expect(truth).toContain(shown(read));
        clean += reads.filter(isClean).length;
      }),
      runs(60),
    );
    expect(clean).toBeGreaterThan(60);
  });

  it('goes on after a hole in a body, and after one that nobody can measure', () => {
    const frame = (type: number, flags: number, stream: number, payload: Buffer) => {
      const head = Buffer.alloc(9);
      head.writeUIntBE(payload.length, 0, 3);
      head[3] = type;
      head[4] = flags;
      head.writeUInt32BE(stream, 5);
      return Buffer.concat([head, payload]);
    };
    const { open, reads } = listener();
    const duplex = createHttp2(open);
    const get = hex('828684418cf1e3c2e5f23a6ba0ab90f4ff');
    duplex.client.push(
      Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(1, 5, 1, get)]),
      1,
    );
    const data = frame(0, 1, 1, Buffer.alloc(100, 'd'));
    duplex.server.push(Buffer.concat([frame(1, 4, 1, hex('88')), data.subarray(0, 19)]), 1);
    duplex.server.gap(80, 1);
    duplex.server.push(data.subarray(99), 1);
    expect(reads[0]?.ending).toMatchObject({ gap: true, cut: false, responseBytes: 100 });
    duplex.client.gap(0, 1);
    duplex.client.push(frame(1, 5, 7, hex('82868404012f')), 2);
    duplex.server.push(frame(1, 5, 7, hex('8d')), 2);
    expect(reads[1]).toMatchObject({ response: { status: 404 }, ending: { cut: false } });
    // Bytes behind a loss looked like a frame, and the headers of this answer went with them (seed 68999192).
    duplex.server.gap(0, 3);
    duplex.client.push(frame(1, 5, 9, hex('82868404012f')), 3);
    duplex.server.push(
      Buffer.concat([frame(4, 1, 0, Buffer.alloc(0)), frame(0, 1, 9, Buffer.from('body'))]),
      3,
    );
    expect(reads[2]).toMatchObject({ response: null, ending: { gap: true } });
  });
});
