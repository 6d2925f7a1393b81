/** Conversations that no library writes: what parsers differ about, what has no end, what is joined in the middle. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHttp1 } from '../../../src/observe/wire/http1.ts';
import { WIRE_LIMITS } from '../../../src/observe/wire/limits.ts';
import type { Duplex, Ending } from '../../../src/observe/wire/types.ts';
import { runs } from '../../fuzz.ts';
import { listener, type Read, said } from './traffic.ts';

/** `>` what the client sends, `<` what the server does; a number is a hole of so many bytes, 0 of nobody knows how many. */
type Step = [from: '>' | '<', what: string | Buffer | number];

function play(steps: readonly Step[], limits = WIRE_LIMITS, room = 8 << 20): Read[] {
  const { open, reads } = listener();
  const pool = { left: room };
  const duplex = createHttp1(open, { ...limits, pool });
  for (const [from, what] of steps) step(duplex[from === '>' ? 'client' : 'server'], what);
  duplex.client.end(9);
  duplex.server.end(9);
  expect(pool.left).toBe(room);
  return reads;
}

function step(side: Duplex['client'], what: string | Buffer | number): void {
  if (typeof what === 'number') side.gap(what, 1);
  else side.push(typeof what === 'string' ? Buffer.from(what, 'latin1') : what, 1);
}

/** `GET /a 200 body, flaws`. */
function told({ head, response, ending, ...read }: Read): string {
  const flaws = (['truncated', 'malformed', 'gap', 'cut'] as const).filter((flaw) => ending?.[flaw]);
  const body = said({ head, response, ending, ...read }, 'response').join('|');
  return [head.method, head.target, response?.status ?? '-', body, ...flaws].join(' ').trim();
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const ok = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const post = (fields: string, body = '') => `POST /p HTTP/1.1\r\nHost: x\r\n${fields}\r\n\r\n${body}`;

/** RFC 9112 §11.2 and what has been found since: what comes behind could be read as another request. */
const AMBIGUOUS: [string, string][] = [
  ['two lengths', post('Content-Length: 1\r\nContent-Length: 2', 'x')],
  ['a list of two lengths', post('Content-Length: 1, 2', 'x')],
  ['a signed length', post('Content-Length: +1', 'x')],
  ['a length in hexadecimal', post('Content-Length: 0x1', 'x')],
  ['a length of nothing', post('Content-Length:', 'x')],
  ['a length too long', post(`Content-Length: ${'9'.repeat(30)}`, 'x')],
  ['length and chunks', post('Content-Length: 1\r\nTransfer-Encoding: chunked', '0\r\n\r\n')],
  ['chunks that are not last', post('Transfer-Encoding: chunked, gzip', 'x')],
  ['chunks twice', post('Transfer-Encoding: chunked, chunked', '0\r\n\r\n')],
  ['an unknown coding', post('Transfer-Encoding: xchunked', 'x')],
  ['a coding with something before it', post('Transfer-Encoding: \x0bchunked', '0\r\n\r\n')],
  ['a space before the colon', post('Content-Length : 1', 'x')],
  ['a folded coding', post('Transfer-Encoding:\r\n chunked', '0\r\n\r\n')],
  ['a first line that is folded', 'POST /p HTTP/1.1\r\n Host: x\r\n\r\n'],
  ['a lone CR in a value', post('X: a\rTransfer-Encoding: chunked')],
  ['a NUL in a value', post('X: a\0b')],
  ['a name that is none', post('X Y: a')],
  ['a line without colon', post('Content-Length')],
  ['two hosts', 'POST /p HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n'],
  ['a chunk of no size', post('Transfer-Encoding: chunked', 'zz\r\n')],
  ['a chunk in hexadecimal of C', post('Transfer-Encoding: chunked', '0x1\r\nx\r\n0\r\n\r\n')],
  ['a chunk of negative size', post('Transfer-Encoding: chunked', '-1\r\nx\r\n0\r\n\r\n')],
  ['a chunk of more than 2^48', post('Transfer-Encoding: chunked', '1000000000000000\r\n')],
  ['a chunk line with a lone LF', post('Transfer-Encoding: chunked', '1;\nx\r\n0\r\n\r\n')],
  ['a chunk that is longer than it says', post('Transfer-Encoding: chunked', '1\r\nxy\r\n0\r\n\r\n')],
  ['a chunk extension without end', post('Transfer-Encoding: chunked', `1;${'e'.repeat(5000)}`)],
  ['trailers without end', post('Transfer-Encoding: chunked', `0\r\n${'a: b\r\n'.repeat(500)}`)],
];

describe('ambiguous HTTP/1', () => {
  it.each(AMBIGUOUS)('%s is malformed', (_name, text) => {
    const [read] = play([['>', text]]);
    expect(read?.head.target).toBe('/p');
    expect(read?.ending?.malformed).toBe(true);
  });

  const TOLERATED: [string, string][] = [
    ['the same length twice', post('Content-Length: 1\r\nContent-Length: 1', 'x')],
    ['lone LFs', post('Content-Length: 1', 'x').replaceAll('\r', '')],
    ['a folded value', post('X: a\r\n\tb')],
    ['empty lines before', `\r\n\r\n${post('X: a')}`],
    ['chunk extensions', post('Transfer-Encoding: chunked', '1;a=b;c="d"\r\nx\r\n0;e\r\nTrailer: y\r\n\r\n')],
    ['bytes beyond ASCII', post('X: caf\xe9')],
    ['white space around', post('Content-Length: \t 1 \t', 'x')],
    ['a coding in capitals', post('Transfer-Encoding: CHUNKED', '0\r\n\r\n')],
  ];
  it.each(TOLERATED)('%s is not', (_name, text) => {
    const reads = play([
      ['>', text + get('/b')],
      ['<', ok('one') + ok('two')],
    ]);
    expect(reads.map(told)).toEqual(['POST /p 200 one', 'GET /b 200 two']);
  });
});

const CONVERSATIONS: [string, Step[], string[]][] = [
  [
    'requests in a pipeline',
    [
      ['>', get('/a') + get('/b') + get('/c')],
      ['<', ok('1') + ok('2')],
      ['<', ok('3')],
    ],
    ['GET /a 200 1', 'GET /b 200 2', 'GET /c 200 3'],
  ],
  [
    'a body until the connection closes',
    [
      ['>', get('/a')],
      ['<', 'HTTP/1.0 200 OK\r\n\r\nhalf'],
      ['<', ' and half'],
    ],
    ['GET /a 200 half and half'],
  ],
  [
    'HEAD, 204 and 304, whose lengths announce nothing',
    [
      ['>', 'HEAD /a HTTP/1.1\r\n\r\n'],
      ['<', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
      ['>', get('/b')],
      ['<', 'HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n'],
      ['>', get('/c')],
      ['<', 'HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n'],
      ['>', get('/d')],
      ['<', ok('x')],
    ],
    ['HEAD /a 200', 'GET /b 204', 'GET /c 304', 'GET /d 200 x'],
  ],
  [
    '100 and 103 before the answer',
    [
      ['>', post('Expect: 100-continue\r\nContent-Length: 1')],
      ['<', 'HTTP/1.1 100 Continue\r\n\r\n'],
      ['>', 'x'],
      ['<', `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok('y')}`],
    ],
    ['POST /p 200 y'],
  ],
  [
    'an answer before the question is over',
    [
      ['>', post('Content-Length: 4', 'ab')],
      ['<', 'HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n'],
      ['>', 'cd'],
      ['>', get('/b')],
      ['<', ok('x')],
    ],
    ['POST /p 413', 'GET /b 200 x'],
  ],
  [
    'a tunnel, in which everything is another protocol',
    [
      ['>', 'CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n'],
      ['<', 'HTTP/1.1 200 OK\r\n\r\n'],
      ['>', get('/x')],
      ['<', ok('x')],
    ],
    ['CONNECT h:443 200'],
  ],
  [
    'a tunnel that is refused',
    [
      ['>', 'CONNECT h:443 HTTP/1.1\r\n\r\n'],
      ['<', 'HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno'],
      ['>', get('/x')],
      ['<', ok('x')],
    ],
    ['CONNECT h:443 407 no', 'GET /x 200 x'],
  ],
  ['no answer', [['>', get('/a')]], ['GET /a -  cut']],
  [
    'half an answer',
    [
      ['>', get('/a')],
      ['<', ok('whole').slice(0, -2)],
    ],
    ['GET /a 200 who cut'],
  ],
  [
    'no question',
    [
      ['<', ok('x')],
      ['>', get('/a')],
      ['<', ok('y')],
    ],
    ['GET /a 200 y'],
  ],
  [
    'a connection that is older than the sensor: bodies without line end before the heads',
    [
      ['>', `{"a":1}${get('/a')}`],
      ['<', `"}${ok('x')}`],
    ],
    ['GET /a 200 x'],
  ],
  [
    'text in a body that is no head',
    [
      ['<', 'of a manual:\nHTTP/1.1 200 OK\nis a status line\n\n'],
      ['>', get('/a')],
      ['<', ok('x')],
    ],
    ['GET /a 200 x'],
  ],
  [
    'a hole behind a request: what comes next may answer what was lost',
    [
      ['>', get('/a')],
      ['>', 0],
      ['>', get('/b')],
      ['<', ok('1') + ok('2') + ok('3')],
      ['>', get('/c')],
      ['<', ok('4')],
    ],
    ['GET /a 200 1', 'GET /b -  gap cut', 'GET /c 200 4'],
  ],
  [
    'a hole in the body of a request',
    [
      ['>', post('Content-Length: 10', 'abc')],
      ['>', 7],
      ['<', ok('1')],
      ['>', get('/b')],
      ['<', ok('2')],
    ],
    ['POST /p 200 1 gap', 'GET /b 200 2'],
  ],
  [
    'a hole in a chunk',
    [
      ['>', get('/a')],
      ['<', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab'],
      ['<', 2],
      ['<', 'e\r\n0\r\n\r\n'],
      ['>', get('/b')],
      ['<', ok('2')],
    ],
    ['GET /a 200 ab gap', 'GET /b 200 2'],
  ],
  [
    'a hole up to the next chunk, and one up to the end',
    [
      ['>', get('/a')],
      ['<', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab'],
      ['<', 5],
      ['<', '2\r\nf'],
      ['<', 8],
      ['>', get('/b')],
      ['<', ok('2')],
    ],
    ['GET /a 200 ab gap', 'GET /b 200 2'],
  ],
  [
    'a hole beyond a chunk',
    [
      ['>', get('/a')],
      ['<', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab'],
      ['<', 20],
      ['<', 'xyz\r\n0\r\n\r\n'],
      ['>', get('/b')],
      ['<', ok('2')],
    ],
    ['GET /a 200 ab gap cut', 'GET /b 200 2'],
  ],
  [
    'nonsense instead of an answer',
    [
      ['>', get('/0') + get('/a') + get('/b')],
      ['<', `${ok('0')}nonsense\r\n\r\n${ok('x')}`],
      ['>', get('/c')],
      ['<', ok('y')],
    ],
    ['GET /0 200 0', 'GET /a -  malformed cut', 'GET /b -  malformed cut', 'GET /c 200 y'],
  ],
];

describe('HTTP/1 conversations', () => {
  it.each(CONVERSATIONS)('%s', (_name, steps, expected) => {
    expect(play(steps).map(told)).toEqual(expected);
    const bytewise = steps.flatMap(([from, what]): Step[] =>
      typeof what === 'number' ? [[from, what]] : [...what].map((one): Step => [from, String(one)]),
    );
    expect(play(bytewise).map(told)).toEqual(expected);
  });

  it('answers nobody once too many wait, and goes on when all are answered', () => {
    const limits = { ...WIRE_LIMITS, pending: 2 };
    const steps: Step[] = [
      ['>', get('/a') + get('/b') + get('/c')],
      ['<', ok('1')],
      ['>', get('/d')],
      ['<', ok('2') + ok('3') + ok('4')],
      ['>', get('/e')],
      ['<', ok('5')],
    ];
    expect(play(steps, limits).map(told)).toEqual([
      'GET /a 200 1',
      'GET /b 200 2',
      'GET /c -  truncated cut',
      'GET /d -  truncated cut',
      'GET /e 200 5',
    ]);
  });

  it('takes the authority from the target where it stands there', () => {
    const [read] = play([['>', 'GET http://api.example:8080/v1?x HTTP/1.1\r\nHost: proxy\r\n\r\n']]);
    expect(read?.head.authority).toBe('api.example:8080');
  });
});

describe('HTTP/1 without end', () => {
  const block = Buffer.alloc(1 << 20, 'a');
  function flood(start: string, rest: string): { read: Read | undefined; most: number } {
    const { open, reads } = listener();
    const pool = { left: 1 << 30 };
    const duplex = createHttp1(open, { ...WIRE_LIMITS, pool });
    let most = 0;
    duplex.client.push(Buffer.from(start), 1);
    for (let i = 0; i < 1024; i++) {
      duplex.client.push(block, 1);
      most = Math.max(most, (1 << 30) - pool.left);
    }
    duplex.client.push(Buffer.from(rest), 1);
    duplex.client.end(2);
    duplex.server.end(2);
    expect(pool.left).toBe(1 << 30);
    return { read: reads[0], most };
  }
  const FLOODS: [string, string, string, keyof Ending, number][] = [
    ['a header of a gigabyte', 'GET /a HTTP/1.1\r\nHost: x\r\nx: ', '\r\n\r\n', 'truncated', 1 << 16],
    [
      'a chunk of a gigabyte',
      post('Transfer-Encoding: chunked', 'fffffffffff\r\n'),
      '',
      'truncated',
      1 << 21,
    ],
    ['a body of a gigabyte', post('Content-Length: 999999999999'), '', 'truncated', 1 << 21],
    [
      'an event of a gigabyte',
      post('Content-Type: text/event-stream\r\nContent-Length: 999999999999', 'data:'),
      '',
      'truncated',
      1 << 21,
    ],
    [
      'a line of a gigabyte',
      post('Content-Type: application/x-ndjson\r\nContent-Length: 999999999999', '{"a":"'),
      '',
      'truncated',
      1 << 21,
    ],
  ];
  it.each(FLOODS)('%s stays within its bound', (_name, start, rest, flaw, bound) => {
    const { read, most } = flood(start, rest);
    expect(read?.ending?.[flaw]).toBe(true);
    expect(most).toBeLessThanOrEqual(bound);
  });

  it('a first line without end is passed over', () => {
    expect(flood('', `\r\n${get('/a')}`).read?.head.target).toBe('/a');
  });

  it('a hundred thousand header fields', () => {
    const fields = Array.from({ length: 100_000 }, (_, i) => `x-${i}: y\r\n`).join('');
    const [read] = play([['>', `GET /a HTTP/1.1\r\n${fields}\r\n`]]);
    expect(read?.ending?.truncated).toBe(true);
    expect(read?.head.headers.size).toBeLessThanOrEqual(WIRE_LIMITS.fields);
  });

  it('a bomb gives its beginning', () => {
    const bomb = gzipSync(Buffer.alloc(256 << 20, ' '));
    const [read] = play([
      ['>', `${post(`Content-Encoding: gzip\r\nContent-Length: ${bomb.length}`)}`],
      ['>', bomb],
    ]);
    expect(read?.ending?.truncated).toBe(true);
    const [item] = read!.items;
    expect(item?.item).toMatchObject({ t: 'body', truncated: true });
    expect(said(read!, 'request')[0]!.length).toBeGreaterThan(1 << 18);
  });

  it('is read in linear time, whatever it is', () => {
    const started = process.cpuUsage().user;
    const nasty = [
      `GET /a HTTP/1.1\r\nx:${' '.repeat(60_000)}y\r\n\r\n`,
      'GET / HTTP/1.1\r\n'.repeat(60_000),
      'a '.repeat(500_000),
      `${'GET '.repeat(250_000)}\r\n`,
      `${'HTTP/1.1 2'.repeat(100_000)}\n`,
      `x\n${'POST / HTTP/1.1\n'.repeat(4_000)}\n`.repeat(20),
    ];
    for (const text of nasty)
      play([
        ['>', text],
        ['<', text],
      ]);
    for (const text of nasty) play([...text.slice(0, 50_000)].map((one): Step => ['>', one]));
    expect(process.cpuUsage().user - started).toBeLessThan(5_000_000);
  });
});

describe('any bytes as HTTP/1', () => {
  const word = fc.constantFrom(
    get('/a'),
    post('Content-Length: 7'),
    post('Transfer-Encoding: chunked'),
    '5\r\nabcde\r\n',
    '0\r\n\r\n',
    ok('x'),
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 101 S\r\nUpgrade: websocket\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n',
    'data: x\n\n',
    'CONNECT x:1 HTTP/1.1\r\n\r\n',
    '\r\n',
    'GET ',
    'HTTP/1.1 ',
    'HTTP/1.1 101 S\r\nUpgrade: h2c\r\n\r\n',
  );
  const what = fc.oneof(
    word,
    fc.nat(30),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  );
  it('end each exchange once, throw nothing and leave nothing behind', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('>' as const, '<' as const), what), { maxLength: 40 }),
        // Others may have taken nearly all that all may hold together.
        fc.constantFrom(8 << 20, 0, 60, 300),
        (steps, room) => {
          for (const { ending } of play(steps, WIRE_LIMITS, room)) expect(ending).not.toBeNull();
        },
      ),
      runs(1000),
    );
  });
});
