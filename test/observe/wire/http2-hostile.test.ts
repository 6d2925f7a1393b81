/** Connections that no library writes: what is joined in the middle, what has no end, what lies about its length. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHttp1 } from '../../../src/observe/wire/http1.ts';
import { createHttp2 } from '../../../src/observe/wire/http2.ts';
import { WIRE_LIMITS } from '../../../src/observe/wire/limits.ts';
import { runs } from '../../fuzz.ts';
import { listener, type Read, said } from './traffic.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const [DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, CONTINUATION] = [
  0, 1, 3, 4, 5, 6, 7, 9,
];
const [END_STREAM, END_HEADERS, PADDED] = [1, 4, 8];
const WHOLE = END_STREAM | END_HEADERS;

function frame(type: number, flags: number, stream: number, payload: Buffer | string = ''): Buffer {
  const body = Buffer.from(payload as string);
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

/** A literal that is not indexed. */
function literal(name: string, value: string): Buffer {
  const text = (one: string) => Buffer.concat([integer(one.length), Buffer.from(one)]);
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}
/** RFC 7541 §5.1, of a prefix of 7 bits. */
function integer(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}
/** GET https, and the path. */
const asked = (path: string) =>
  Buffer.concat([hex('8287'), literal(':path', path), literal(':authority', 'x')]);
const get = (stream: number, path: string) => frame(HEADERS, WHOLE, stream, asked(path));
const OK = hex('88');
const ok = (stream: number, body: string) => [
  frame(HEADERS, END_HEADERS, stream, OK),
  frame(DATA, END_STREAM, stream, body),
];

/** `>` what the client sends, `<` what the server does; a number is a hole. */
type Step = [from: '>' | '<', ...what: (Buffer | number)[]];

function play(
  steps: readonly Step[],
  create: typeof createHttp2 | typeof createHttp1 = createHttp2,
  room = 8 << 20,
): Read[] {
  const { open, reads } = listener();
  const pool = { left: room };
  const duplex = create(open, { ...WIRE_LIMITS, pool });
  for (const [from, ...all] of steps)
    for (const what of all) {
      const side = duplex[from === '>' ? 'client' : 'server'];
      if (typeof what === 'number') side.gap(what, 1);
      else side.push(what, 1);
    }
  duplex.client.end(9);
  duplex.server.end(9);
  expect(pool.left).toBe(room);
  return reads;
}

function told({ head, response, ending, ...read }: Read): string {
  const flaws = (['truncated', 'malformed', 'gap', 'cut'] as const).filter((flaw) => ending?.[flaw]);
  const body = said({ head, response, ending, ...read }, 'response').join('|');
  return [head.method, head.target, response?.status ?? '-', body, ...flaws].join(' ').trim();
}

const INFORMED = frame(HEADERS, END_HEADERS, 1, literal(':status', '103'));
const CONVERSATIONS: [string, Step[], string[]][] = [
  [
    'a question and its answer',
    [
      ['>', PREFACE, frame(SETTINGS, 0, 0), get(1, '/a')],
      ['<', frame(SETTINGS, 0, 0), ...ok(1, 'x')],
    ],
    ['GET /a 200 x'],
  ],
  [
    'answers in another order',
    [
      ['>', PREFACE, get(1, '/a'), get(3, '/b')],
      ['<', ...ok(3, 'b'), ...ok(1, 'a')],
    ],
    ['GET /b 200 b', 'GET /a 200 a'],
  ],
  [
    '103 before the answer',
    [
      ['>', PREFACE, get(1, '/a')],
      ['<', INFORMED, ...ok(1, 'x')],
    ],
    ['GET /a 200 x'],
  ],
  [
    'an answer before the question is over, and what is said after it',
    [
      ['>', PREFACE, frame(HEADERS, END_HEADERS, 1, asked('/a'))],
      ['<', ...ok(1, 'x')],
      ['>', frame(DATA, END_STREAM, 1, 'late')],
    ],
    ['GET /a 200 x'],
  ],
  [
    'trailers of a request',
    [
      [
        '>',
        PREFACE,
        frame(HEADERS, END_HEADERS, 1, asked('/a')),
        frame(HEADERS, WHOLE, 1, literal('x-sum', '1')),
      ],
      ['<', ...ok(1, 'x')],
    ],
    ['GET /a 200 x'],
  ],
  [
    'padding',
    [
      ['>', PREFACE, get(1, '/a')],
      [
        '<',
        frame(HEADERS, END_HEADERS | PADDED, 1, hex('02 88 0000')),
        frame(DATA, END_STREAM | PADDED, 1, Buffer.concat([hex('03'), Buffer.from('xyz'), hex('000000')])),
      ],
    ],
    ['GET /a 200 xyz'],
  ],
  [
    'padding that is all there is',
    [
      ['>', PREFACE, get(1, '/a')],
      [
        '<',
        frame(HEADERS, END_HEADERS, 1, OK),
        frame(DATA, PADDED, 1, hex('ff 0000')),
        frame(DATA, END_STREAM | PADDED, 1, hex('00')),
      ],
    ],
    ['GET /a 200'],
  ],
  [
    'a block in pieces',
    [
      [
        '>',
        PREFACE,
        frame(HEADERS, END_STREAM, 1, asked('/a').subarray(0, 1)),
        frame(CONTINUATION, 0, 1),
        frame(CONTINUATION, END_HEADERS, 1, asked('/a').subarray(1)),
      ],
      ['<', ...ok(1, 'x')],
    ],
    ['GET /a 200 x'],
  ],
  [
    'a stream that is reset',
    [
      ['>', PREFACE, get(1, '/a'), get(3, '/b')],
      ['<', frame(HEADERS, END_HEADERS, 1, OK), frame(RST_STREAM, 0, 1, hex('00000008')), ...ok(3, 'x')],
    ],
    ['GET /a 200  cut', 'GET /b 200 x'],
  ],
  [
    'streams that are not taken any more',
    [
      ['>', PREFACE, get(1, '/a'), get(3, '/b')],
      ['<', frame(GOAWAY, 0, 0, hex('00000001 00000000')), ...ok(1, 'x')],
    ],
    ['GET /b -  cut', 'GET /a 200 x'],
  ],
  [
    'a promise, which changes the table',
    [
      ['>', PREFACE, get(1, '/a'), get(3, '/b')],
      [
        '<',
        frame(PUSH_PROMISE, END_HEADERS, 1, hex('00000002 82 40 01 78 01 79')),
        frame(HEADERS, WHOLE, 1, hex('88 be')),
        frame(HEADERS, WHOLE, 3, hex('89')),
      ],
    ],
    ['GET /a 200', 'GET /b 204'],
  ],
  [
    'an answer to nobody',
    [
      ['>', PREFACE],
      ['<', ...ok(1, 'x')],
    ],
    [],
  ],
  [
    'a connection that is older than the sensor: streams in the middle',
    [
      ['>', frame(DATA, END_STREAM, 5, 'rest'), get(7, '/a')],
      ['<', frame(DATA, END_STREAM, 5, 'rest'), ...ok(7, 'x')],
    ],
    ['GET /a 200 x'],
  ],
  [
    'one of which a reader gets pieces that begin anywhere',
    [
      ['>', Buffer.concat([Buffer.from('rest of a body'), get(7, '/a'), frame(PING, 0, 0, Buffer.alloc(8))])],
      ['<', Buffer.concat([Buffer.from('"}'), ...ok(7, 'x')])],
    ],
    ['GET /a 200 x'],
  ],
  [
    'names that only the peers know',
    [
      ['>', frame(HEADERS, WHOLE, 7, hex('be bf 82')), frame(HEADERS, WHOLE, 9, hex('82 84 87 7e 01 61'))],
      ['<', ...ok(7, 'x'), ...ok(9, 'y')],
    ],
    ['GET  200 x malformed', 'GET / 200 y malformed'],
  ],
  [
    'a hole in a body',
    [
      ['>', PREFACE, get(1, '/a')],
      [
        '<',
        frame(HEADERS, END_HEADERS, 1, OK),
        frame(DATA, END_STREAM, 1, 'abcdef').subarray(0, 11),
        4,
        ...ok(1, 'x'),
      ],
      ['>', get(3, '/b')],
      ['<', ...ok(3, 'y')],
    ],
    ['GET /a 200 ab gap', 'GET /b 200 y'],
  ],
  [
    'a hole in a block: what it said is not known, and the next ones are',
    [
      ['>', PREFACE, get(1, '/a').subarray(0, 12), get(1, '/a').length - 12, get(3, '/b')],
      ['<', ...ok(1, 'x'), ...ok(3, 'y')],
    ],
    ['200 x malformed', 'GET /b 200 y'],
  ],
  [
    'a hole of nobody knows what',
    [
      ['>', PREFACE, get(1, '/a')],
      ['<', 0, Buffer.concat(ok(1, 'x'))],
      ['>', get(3, '/b')],
      ['<', ...ok(3, 'y')],
    ],
    ['GET /a 200 x gap', 'GET /b 200 y'],
  ],
  [
    'such a hole in a question: its number tells what answers it',
    [
      ['>', PREFACE, frame(HEADERS, END_HEADERS, 1, asked('/a')), frame(DATA, 0, 1, 'half'), 0, get(3, '/b')],
      ['<', ...ok(3, 'y'), ...ok(1, 'x')],
    ],
    ['GET /b 200 y', 'GET /a 200 x gap'],
  ],
  [
    'such a hole in an answer: its end may have been there',
    [
      ['>', PREFACE, get(1, '/a'), get(3, '/b')],
      ['<', frame(HEADERS, END_HEADERS, 1, OK), frame(DATA, 0, 1, 'half'), 0, Buffer.concat(ok(3, 'y'))],
    ],
    ['GET /a 200 half gap cut', 'GET /b 200 y gap'],
  ],
];

describe('HTTP/2 conversations', () => {
  it.each(CONVERSATIONS)('%s', (_name, steps, expected) => {
    expect(play(steps).map(told).sort()).toEqual([...expected].sort());
  });

  it('that begin as HTTP/1 (h2c) answer the first request there', () => {
    const upgrade =
      'GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n\r\n';
    const switched = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
    const steps: Step[] = [
      ['>', Buffer.from(upgrade)],
      ['<', Buffer.from(switched), frame(SETTINGS, 0, 0), ...ok(1, 'x')],
      ['>', PREFACE, frame(SETTINGS, 0, 0), get(3, '/b')],
      ['<', ...ok(3, 'y')],
    ];
    expect(play(steps, createHttp1).map(told)).toEqual(['GET /a 200 x', 'GET /b 200 y']);
  });

  it('keep no more streams than they may', () => {
    const many = Array.from({ length: 3000 }, (_, i) => frame(HEADERS, END_HEADERS, 2 * i + 1, asked('/a')));
    const reads = play([['>', PREFACE, ...many]]);
    expect(reads.filter(({ ending }) => ending?.truncated)).toHaveLength(2000);
  });
});

describe('HTTP/2 without end', () => {
  const block = Buffer.alloc(1 << 14, 0x61);
  const FLOODS: [string, Buffer, () => Buffer, string[]][] = [
    [
      'a header of a gigabyte',
      frame(HEADERS, END_STREAM, 1, asked('/a')),
      () => frame(CONTINUATION, 0, 1, block),
      ['malformed', 'cut'],
    ],
    [
      'a body of a gigabyte',
      frame(HEADERS, END_HEADERS, 1, asked('/a')),
      () => frame(DATA, 0, 1, block),
      ['truncated', 'cut'],
    ],
    [
      'settings',
      get(1, '/a'),
      () => Buffer.concat(Array(100).fill(frame(SETTINGS, 0, 0, hex('000100001000')))),
      ['cut'],
    ],
    ['frames of no kind', get(1, '/a'), () => frame(0xbb, 0, 0, block), ['cut']],
  ];
  it.each(FLOODS)('%s stays within its bound', (_name, first, next, flaws) => {
    const { open, reads } = listener();
    const pool = { left: 1 << 24 };
    const { client, server } = createHttp2(open, { ...WIRE_LIMITS, pool });
    client.push(Buffer.concat([PREFACE, first]), 1);
    let most = 0;
    for (let i = 0; i < 1 << 14; i++) {
      client.push(next(), 1);
      most = Math.max(most, (1 << 24) - pool.left);
    }
    client.end(2);
    server.end(2);
    expect(pool.left).toBe(1 << 24);
    expect(most).toBeLessThanOrEqual(2 << 20);
    const ending = reads[0]?.ending ?? {};
    expect(Object.entries(ending).flatMap(([key, value]) => (value === true ? [key] : []))).toEqual(flaws);
  });

  it('a bomb of HPACK gives no more than the bound', () => {
    const entry = Buffer.concat([hex('40'), literal('a', 'x'.repeat(4000)).subarray(1)]);
    const bomb = Buffer.concat([asked('/a'), entry, Buffer.alloc(15_000, 0xbe)]);
    const started = process.cpuUsage().user;
    const reads = play([
      ['>', PREFACE, ...Array.from({ length: 50 }, (_, i) => frame(HEADERS, WHOLE, 2 * i + 1, bomb))],
    ]);
    expect(process.cpuUsage().user - started).toBeLessThan(2_000_000);
    expect(reads).toHaveLength(50);
    for (const { head, ending } of reads) {
      expect([...head.headers].join().length).toBeLessThanOrEqual(WIRE_LIMITS.head);
      expect(ending?.truncated).toBe(true);
    }
  });

  it('is read in linear time, a byte at a time', () => {
    const started = process.cpuUsage().user;
    const long = Buffer.concat([asked('/a'), literal('x', 'y'.repeat(60_000))]);
    const bytes = Buffer.concat([
      PREFACE,
      frame(HEADERS, WHOLE, 1, long),
      frame(SETTINGS, 0, 0, Buffer.alloc(60_000)),
      Buffer.alloc(100_000),
    ]);
    const [read] = play([['>', ...Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))]]);
    expect(read?.head.headers.get('x')?.length).toBe(60_000);
    expect(process.cpuUsage().user - started).toBeLessThan(2_000_000);
  });
});

describe('any frames', () => {
  const some = fc.oneof(
    fc
      .tuple(fc.nat(10), fc.nat(63), fc.nat(9), fc.uint8Array({ maxLength: 30 }))
      .map(([type, flags, stream, payload]) => frame(type, flags, stream, Buffer.from(payload))),
    fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom('/a', '/b'))
      .map(([stream, path]) => get(stream, path)),
    fc.integer({ min: 1, max: 9 }).map((stream) => Buffer.concat(ok(stream, 'x'))),
    fc.nat(40),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc.constant(PREFACE),
  );
  it('end each exchange once, throw nothing and leave nothing behind', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('>' as const, '<' as const), some), { maxLength: 40 }),
        // Others may have taken nearly all that all may hold together.
        fc.constantFrom(8 << 20, 0, 20, 100),
        (steps, room) => {
          for (const { ending } of play(steps, createHttp2, room)) expect(ending).not.toBeNull();
        },
      ),
      runs(1000),
    );
  });
});
