/** Bodies that are read while they come, held against the encoders and parsers of others. */
import { once } from 'node:events';
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createDeflateRaw,
  createGzip,
  createZstdCompress,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBody } from '../../../src/observe/wire/body.ts';
import { codingsOf, decode } from '../../../src/observe/wire/inflate.ts';
import { WIRE_LIMITS } from '../../../src/observe/wire/limits.ts';
import type { Item } from '../../../src/observe/wire/types.ts';
import { runs } from '../../fuzz.ts';

/** A number is a hole of so many bytes. */
type Piece = Uint8Array | string | number;
type Headers = Record<string, string>;

const POOL = 64 << 20;

function read(headers: Headers, pieces: readonly Piece[], body = WIRE_LIMITS.body, room = POOL) {
  const items: Item[] = [];
  const pool = { left: room };
  const reader = createBody(new Map(Object.entries(headers)), (item) => items.push(item), {
    ...WIRE_LIMITS,
    body,
    pool,
  });
  let most = 0;
  for (const piece of pieces) {
    if (typeof piece === 'number') reader.missing(piece, 1);
    else reader.push(typeof piece === 'string' ? Buffer.from(piece) : piece, 1);
    most = Math.max(most, room - pool.left);
  }
  const early = items.length;
  reader.end(2, true);
  expect(pool.left).toBe(room);
  return { items, early, most, flaws: flawsOf(reader) };
}

function flawsOf(body: { truncated(): boolean; malformed(): boolean; gap(): boolean }): string[] {
  return (['truncated', 'malformed', 'gap'] as const).filter((flaw) => body[flaw]());
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

const texts = (items: readonly Item[]): string[] =>
  items.map((item) => {
    if (item.t === 'sse') return item.data;
    if (item.t === 'line' || item.t === 'websocket') return item.text;
    return Buffer.from(item.t === 'frame' ? item.payload : item.bytes).toString();
  });

const SSE = { 'content-type': 'text/event-stream; charset=utf-8' };
const sse = (text: string) => read(SSE, [text]).items;
const event = (data: string, name: string | null = null, id: string | null = null) => ({
  t: 'sse',
  event: name,
  id,
  data,
});

describe('text/event-stream', () => {
  /** The examples of WHATWG HTML §9.2.6, and its rules. */
  const CASES: [string, string, unknown[]][] = [
    ['several lines', 'data: YHOO\ndata: +2\ndata: 10\n\n', [event('YHOO\n+2\n10')]],
    [
      'comments, ids and no space',
      ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n',
      [event('first event', null, '1'), event('second event', null, ''), event(' third event', null, '')],
    ],
    ['data that is empty', 'data\n\ndata\ndata\n\ndata:', [event(''), event('\n')]],
    ['a space or none', 'data:test\n\ndata: test\n\n', [event('test'), event('test')]],
    [
      'names, which last for one event',
      'event: add\ndata: 1\n\ndata: 2\n\nevent: x\n\ndata: 3\n\n',
      [event('1', 'add'), event('2'), event('3')],
    ],
    ['ends of all sorts', 'data: a\r\rdata: b\r\n\r\ndata: c\n\r\n', [event('a'), event('b'), event('c')]],
    ['a byte order mark', '\ufeffdata: a\n\n', [event('a')]],
    ['one that is not the first', '\n\ufeffdata: a\n\n', []],
    ['fields of others', 'retry: 1\nfoo: bar\ndata: a\n\n', [event('a')]],
    ['an id with NUL', 'id: a\0b\ndata: a\n\n', [event('a')]],
    ['an event that does not end', 'data: a\n\ndata: b\n', [event('a')]],
  ];
  it.each(CASES)('has %s', (_name, text, expected) => {
    expect(sse(text)).toEqual(expected);
    for (const size of [1, 2, 3]) expect(read(SSE, cut(Buffer.from(text), [size])).items).toEqual(expected);
  });

  it('says what the parser of the MCP SDK says', () => {
    const word = fc.constantFrom(
      'data',
      'event',
      'id',
      ':',
      ' ',
      'a',
      '\n',
      '\n\n',
      '\r\n',
      '\r',
      'ü',
      '{"x":1}',
      'data: y\n\n',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), (words, size) => {
        const text = words.join('');
        const heard: unknown[] = [];
        // The id of an event is the last one that was said; the parser leaves it to its user to keep that.
        let id: string | null = null;
        const parser = createParser({
          onEvent: (one) => {
            id = one.id ?? id;
            heard.push([one.event || null, one.data]);
          },
        });
        parser.feed(`${text}\n`);
        const { items } = read(SSE, cut(Buffer.from(`${text}\n`), [size]));
        expect(items.map((item) => item.t === 'sse' && [item.event, item.data])).toEqual(heard);
      }),
      runs(1000),
    );
  });

  it('loses to a hole the event that it is in', () => {
    const { items, flaws } = read(SSE, ['data: a\n\ndata: b', 5, 'b\n\ndata: c\n\ndata: d\n\n']);
    expect([texts(items), flaws]).toEqual([['a', 'c', 'd'], ['gap']]);
  });

  it('without end, gives the beginning of what is too long', () => {
    const { items, flaws, most } = read(
      SSE,
      ['data: ', ...Array(100).fill('x'.repeat(1000)), '\n\ndata: b\n\n'],
      2000,
    );
    expect(texts(items)).toEqual(['x'.repeat(1994), 'b']);
    expect(flaws).toEqual(['truncated']);
    expect(most).toBeLessThanOrEqual(2000);
    const many = read(SSE, [...Array(1000).fill('data: 0123456789\n'), '\n'], 2000);
    expect(texts(many.items)[0]!.length).toBeLessThanOrEqual(2000);
    expect(many.flaws).toEqual(['truncated']);
  });
});

describe('lines', () => {
  const types = [
    'application/x-ndjson',
    'application/jsonl; charset=utf-8',
    'application/json-seq',
    'APPLICATION/NDJSON',
  ];
  it.each(types)('of %s', (type) => {
    const text = '{"a":1}\r\n\n\x1e{"b":2}\n  {"c":"ü"}';
    for (const size of [1, 2, 5, 100])
      expect(texts(read({ 'content-type': type }, cut(Buffer.from(text), [size])).items)).toEqual([
        '{"a":1}',
        '{"b":2}',
        '{"c":"ü"}',
      ]);
  });

  it('come before the end, and go on behind a hole', () => {
    const headers = { 'content-type': types[0]! };
    const { items, early, flaws } = read(headers, ['{"a":1}\n{"b"', 3, ':2}\n{"c":3}\n']);
    expect([texts(items), early, flaws]).toEqual([['{"a":1}', '{"c":3}'], 2, ['gap']]);
  });
});

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

describe('AWS event streams', () => {
  const TYPE = { 'content-type': 'application/vnd.amazon.eventstream' };
  /** Test vectors of the AWS SDKs; each carries its own check sums. */
  const EMPTY = hex('00000010 00000000 05c248eb 7d98c8ff');
  const PAYLOAD = hex('0000001d 00000000 fd528c5a 7b27666f6f273a27626172277d c3653936');
  const HEADER = hex(
    '0000003d 00000020 07fd8396 0c636f6e74656e742d74797065 07 0010 6170706c69636174696f6e2f6a736f6e 7b27666f6f273a27626172277d 8d9c08b1',
  );
  const ALL = Buffer.concat([EMPTY, PAYLOAD, HEADER]);
  const frames = [
    { t: 'frame', headers: new Map(), payload: new Uint8Array() },
    { t: 'frame', headers: new Map(), payload: Uint8Array.from(Buffer.from("{'foo':'bar'}")) },
    {
      t: 'frame',
      headers: new Map([['content-type', 'application/json']]),
      payload: Uint8Array.from(Buffer.from("{'foo':'bar'}")),
    },
  ];
  it('are read, however they are cut', () => {
    for (let size = 1; size < ALL.length; size++)
      expect(read(TYPE, cut(ALL, [size]))).toMatchObject({ items: frames, early: 3, flaws: [] });
  });

  it('are malformed where a sum is wrong', () => {
    for (let at = 0; at < HEADER.length; at++) {
      const damaged = Buffer.from(HEADER);
      damaged[at]! ^= 1;
      expect(read(TYPE, [damaged])).toMatchObject({ items: [], flaws: ['malformed'] });
    }
  });

  it('go on behind a hole in one frame, and behind no other', () => {
    expect(read(TYPE, [PAYLOAD.subarray(0, 15), 8, PAYLOAD.subarray(23), HEADER])).toMatchObject({
      items: [frames[2]],
      flaws: ['gap'],
    });
    expect(read(TYPE, [PAYLOAD.subarray(0, 15), 100, HEADER])).toMatchObject({ items: [], flaws: ['gap'] });
  });

  it('have frames of any length, of which the beginning is read', () => {
    const { items, flaws, most } = read(TYPE, [HEADER, HEADER], 50);
    expect(items.map((item) => item.t === 'frame' && item.headers.get('content-type'))).toEqual(
      Array(2).fill('application/json'),
    );
    expect(flaws).toEqual(['truncated']);
    expect(most).toBeLessThanOrEqual(50);
  });
});

function grpcMessage(payload: Buffer | string, flag = 0): Buffer {
  const body = Buffer.from(payload as string);
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(body.length, 1);
  return Buffer.concat([prefix, body]);
}

describe('gRPC', () => {
  const TYPE = { 'content-type': 'application/grpc+proto', 'grpc-encoding': 'gzip' };
  const ALL = Buffer.concat([
    grpcMessage('one'),
    grpcMessage(''),
    grpcMessage(gzipSync('two'), 1),
    grpcMessage('grpc-status: 0\r\n', 0x80),
  ]);
  it('messages are read, however they are cut', () => {
    for (const type of ['application/grpc', 'application/grpc-web+proto', 'application/grpc; x=y'])
      for (let size = 1; size < ALL.length; size++) {
        const { items, flaws } = read({ ...TYPE, 'content-type': type }, cut(ALL, [size]));
        expect([texts(items), flaws]).toEqual([['one', '', 'two'], []]);
      }
  });

  const FLAWED: [string, Piece[], string[], string[]][] = [
    ['one that is too long', [grpcMessage('x'.repeat(3000)), grpcMessage('b')], ['b'], ['truncated']],
    [
      'one that is a bomb',
      [grpcMessage(gzipSync(Buffer.alloc(1 << 20)), 1), grpcMessage('b')],
      ['b'],
      ['truncated'],
    ],
    ['one of no coding', [grpcMessage('not gzip', 1), grpcMessage('b')], ['b'], ['malformed']],
    ['no message', [hex('ff000000'), grpcMessage('b')], [], ['malformed']],
    [
      'one with a hole',
      [grpcMessage('abcdef').subarray(0, 6), 5, grpcMessage('b')],
      ['b'],
      ['truncated', 'gap'],
    ],
  ];
  it.each(FLAWED)('%s is said', (_name, pieces, expected, flaws) => {
    const result = read(TYPE, pieces, 2000);
    expect([texts(result.items), result.flaws]).toEqual([expected, flaws]);
  });
});

const STREAMS = {
  gzip: createGzip,
  deflate: createDeflate,
  'deflate-raw': createDeflateRaw,
  br: createBrotliCompress,
  zstd: createZstdCompress,
};
type Coding = keyof typeof STREAMS;

/** What a server writes that flushes behind each event. */
async function flushed(coding: Coding, events: readonly string[]): Promise<Buffer[]> {
  const encoder = STREAMS[coding]();
  const written: Buffer[] = [];
  encoder.on('data', (bytes: Buffer) => written.push(bytes));
  for (const one of events) {
    encoder.write(one);
    await new Promise<void>((resolve) => encoder.flush(resolve));
  }
  encoder.end();
  await once(encoder, 'end');
  return written;
}

describe('content codings', () => {
  const words = Array.from(
    { length: 400 },
    (_, i) => `data: {"delta":"word ${(i * 7919) % 1000}","i":${i}}\n\n`,
  );
  const wanted = texts(sse(words.join('')));

  it.each(Object.keys(STREAMS) as Coding[])('of a stream that is flushed: %s', async (coding) => {
    const pieces = await flushed(coding, words);
    const headers = { ...SSE, 'content-encoding': coding.replace('-raw', '') };
    const { items, early, flaws } = read(headers, pieces);
    expect([texts(items), flaws]).toEqual([wanted, []]);
    expect(early).toBeGreaterThan(/br|zstd/.test(coding) ? 100 : 390);
    const all = Buffer.concat(pieces);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }), (sizes) => {
        expect(texts(read(headers, cut(all, sizes)).items)).toEqual(wanted);
      }),
      runs(5),
    );
  });

  it('of a stream longer than the bound: nothing of it is kept', async () => {
    const pieces = await flushed('gzip', words);
    const { items, flaws, most } = read({ ...SSE, 'content-encoding': 'gzip' }, pieces, 1000);
    expect([texts(items), flaws]).toEqual([wanted, []]);
    expect(most).toBeLessThanOrEqual(2000);
  });

  it('of a stream that ends in the middle', async () => {
    for (const coding of Object.keys(STREAMS) as Coding[]) {
      const all = Buffer.concat(await flushed(coding, words));
      const { items, flaws } = read({ ...SSE, 'content-encoding': coding.replace('-raw', '') }, [
        all.subarray(0, all.length / 2),
      ]);
      expect(items.length, coding).toBeGreaterThan(100);
      expect(texts(items)).toEqual(wanted.slice(0, items.length));
      expect(flaws).toEqual([]);
    }
  });

  it('one over the other, in any case', () => {
    const bytes = brotliCompressSync(gzipSync('{"a":1}'));
    const { items, flaws } = read({ 'content-encoding': 'GZIP, identity, br' }, [bytes]);
    expect([texts(items), flaws]).toEqual([['{"a":1}'], []]);
    expect(codingsOf('gzip, identity,br ')).toEqual(['gzip', 'br']);
  });

  const BOMBS: [string, Buffer][] = [
    ['gzip', gzipSync(Buffer.alloc(64 << 20))],
    ['deflate', deflateSync(Buffer.alloc(64 << 20))],
    ['br', brotliCompressSync(Buffer.alloc(64 << 20))],
    ['zstd', zstdCompressSync(Buffer.alloc(64 << 20))],
    ['gzip, gzip', gzipSync(gzipSync(Buffer.alloc(256 << 20)))],
  ];
  it.each(BOMBS)('that explode: %s', (coding, bomb) => {
    const started = process.cpuUsage().user;
    const { items, flaws } = read({ 'content-encoding': coding }, [bomb]);
    const [item] = items;
    expect(item?.t === 'body' && item.bytes.length).toBeLessThanOrEqual(WIRE_LIMITS.body);
    expect(item).toMatchObject({ t: 'body', truncated: true });
    expect(flaws).toEqual(['truncated']);
    const stream = read({ ...SSE, 'content-encoding': coding }, [bomb]);
    expect(stream.flaws).toContain('truncated');
    expect(process.cpuUsage().user - started).toBeLessThan(2_000_000);
  });

  it('of what is longer than the bound give its beginning', () => {
    const text = JSON.stringify({ model: 'm', text: Array.from({ length: 300_000 }, (_, i) => i * 7919) });
    // By default it takes twelve seconds for these few megabytes.
    const quickly = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };
    for (const [coding, encode] of [
      ['gzip', gzipSync],
      ['br', (one: string) => brotliCompressSync(one, quickly)],
      ['zstd', zstdCompressSync],
    ] as const) {
      const { bytes, truncated } = decode(encode(text), [coding], 1 << 20);
      expect(truncated).toBe(true);
      expect(bytes.length, coding).toBeGreaterThan(1 << 17);
      expect(text.startsWith(Buffer.from(bytes).toString())).toBe(true);
    }
  });

  it('of nobody, of too many, and of what is none, are malformed', () => {
    const many = 'gzip,gzip,gzip,gzip,gzip';
    for (const coding of ['gzip', 'br', 'zstd', 'deflate', 'snappy', many]) {
      const { items, flaws } = read({ 'content-encoding': coding }, ['this is no such coding']);
      expect([texts(items), flaws]).toEqual([[''], ['malformed']]);
      expect(read({ ...SSE, 'content-encoding': coding }, ['this is no such coding']).flaws).toEqual([
        'malformed',
      ]);
    }
  });

  it('of a window that nobody may ask for', () => {
    const bytes = zstdCompressSync(Buffer.alloc(1 << 20), { params: { [constants.ZSTD_c_windowLog]: 27 } });
    // A frame head without content size, that asks for 128 MiB.
    const head = Buffer.concat([hex('28b52ffd 00 88'), hex('010000')]);
    expect(decode(head, ['zstd'], 1 << 20).malformed).toBe(true);
    expect(decode(bytes, ['zstd'], 1 << 20).bytes.length).toBe(1 << 20);
  });
});

describe('any bytes as a body', () => {
  const type = fc.constantFrom(
    'text/event-stream',
    'application/x-ndjson',
    'application/vnd.amazon.eventstream',
    'application/grpc',
    'application/json',
  );
  const coding = fc.constantFrom('', 'gzip', 'deflate', 'br', 'zstd', 'gzip, br');
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.nat(100),
    fc.constantFrom('data: x\n\n', '{"a":1}\n', '\0\0\0\0\x05hello', '\0\0\xff\xff'),
  );
  // Others may have taken nearly all that all may hold together.
  const room = fc.constantFrom(POOL, 0, 100, 400);
  it('throw nothing, stay within the bound and leave nothing behind', () => {
    fc.assert(
      fc.property(type, coding, fc.array(piece, { maxLength: 20 }), room, (one, other, pieces, left) => {
        const { most } = read({ 'content-type': one, 'content-encoding': other }, pieces, 300, left);
        expect(most).toBeLessThanOrEqual(1000);
      }),
      runs(1000),
    );
  });

  it('say so where nothing may be held any more', () => {
    const pieces = ['{"a":', '1}'];
    for (const headers of [SSE, { 'content-encoding': 'gzip' }, { ...SSE, 'content-encoding': 'br' }, {}])
      expect(read(headers, pieces, 300, 0).flaws).toContain('truncated');
  });
});
