import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Protocol, sideOf, sniff } from '../../../src/observe/wire/sniff.ts';
import { runs } from '../../fuzz.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const bytesOf = (what: string | Buffer) => (typeof what === 'string' ? Buffer.from(what, 'latin1') : what);
type Case = [name: string, bytes: string | Buffer, side: 'client' | 'server' | null];

const KNOWN: Record<Protocol, Case[]> = {
  http1: [
    ['a request', 'GET / HTTP/1.1\r\n', 'client'],
    ['OPTIONS of all', 'OPTIONS * HTTP/1.1\r\n', 'client'],
    ['a response', 'HTTP/1.1 200 OK\r\n', 'server'],
    ['an old response', 'HTTP/1.0 404 No\r\n', 'server'],
  ],
  http2: [
    ['the preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'client'],
    // SETTINGS, then HEADERS that begin with an indexed :method GET or :status 200.
    ['frames of a client', hex('000000 04 00 00000000  000003 01 05 00000003 828684'), 'client'],
    ['frames of a server', hex('000000 04 01 00000000  000001 01 05 00000003 88'), 'server'],
    ['a table that is resized first', hex('000004 01 05 00000001 3fe10f 88'), 'server'],
    ['padding and priority', hex('00000a 01 2d 00000001 01 0000000000 828684 00'), 'client'],
    ['a status that is written out', hex('000005 01 04 00000001 48 03 323032'), 'server'],
    ['a promise', hex('000005 05 04 00000001 00000002 82'), 'server'],
  ],
  tls: [
    ['a hello of a client', hex('1603010200 01 0001fc 0303'), 'client'],
    ['one of a server', hex('160303007a 02 000076 0303'), 'server'],
    ['data of a connection that is older', hex('1703030100 aabbcc'), null],
    ['an alert', hex('1503030002 0100'), null],
  ],
  postgres: [
    ['a start', hex('00000029 00030000 7573657200'), 'client'],
    ['protocol 3.2', hex('00000029 00030002 7573657200'), 'client'],
    ['a request of TLS', hex('00000008 04d2162f'), 'client'],
    ['a cancellation', hex('00000010 04d2162e 0000000100000002'), 'client'],
  ],
  mysql: [
    ['a greeting', Buffer.concat([hex('4a0000 00 0a'), Buffer.from('8.0.36\0')]), 'server'],
    [
      'a greeting of MariaDB',
      Buffer.concat([hex('590000 00 0a'), Buffer.from('5.5.5-10.11.6-MariaDB\0')]),
      'server',
    ],
  ],
  redis: [
    ['a command', '*1\r\n$4\r\nPING\r\n', null],
    ['an answer', '+OK\r\n', null],
    ['an error', '-ERR unknown\r\n', null],
  ],
  mongodb: [
    ['a message', hex('30000000 01000000 00000000 dd070000 00000000 00 1b000000 10 70696e6700'), 'client'],
    ['an answer', hex('30000000 01000000 01000000 dd070000 00000000 00 1b000000 10 6f6b00'), 'server'],
    [
      'the greeting of a driver',
      hex('3a000000 01000000 00000000 d4070000 00000000 61646d696e2e24636d6400'),
      'client',
    ],
  ],
  'json-rpc': [
    ['a request', '{"jsonrpc":"2.0","id":1', null],
    ['a batch', '[ {"method" : "a"', null],
    ['headers', 'Content-Length: 40\r\n\r\n{"jsonrpc"', null],
  ],
};

const CASES = Object.entries(KNOWN).flatMap(([protocol, cases]) =>
  cases.map(([name, bytes, side]) => ({ protocol: protocol as Protocol, name, bytes: bytesOf(bytes), side })),
);

const UNKNOWN = [
  'hello',
  'SSH-2.0-OpenSSH_9.2\r\n',
  '\0\0\0\0\0\0\0\0\0\0\0\0',
  '{"a":1}',
  '[INFO] ready',
  'GET',
  'get / http/1.1',
  'HTTP/2 200\r\n',
  '220 mail ESMTP\r\n',
  '+OK POP3 ready <1896.697170952@dbc.mtview.ca.us> and more than forty bytes',
  '\x16\x05',
  '- a list',
];

describe('the first bytes', () => {
  it.each(CASES)('of $protocol: $name', ({ protocol, bytes, side }) => {
    expect(sniff(bytes)).toBe(protocol);
    expect(sideOf(protocol, bytes)).toBe(side);
    // A length of one byte says nothing: the other side may.
    for (let size = protocol === 'mysql' ? 2 : 0; size < bytes.length; size++)
      expect([protocol, 'more'], `${size} bytes`).toContain(sniff(bytes.subarray(0, size)));
  });

  it.each(UNKNOWN)('%j are nobody’s, or say too little', (text) => {
    const bytes = bytesOf(text);
    expect(['unknown', 'more']).toContain(sniff(bytes));
    expect(sniff(Buffer.concat([bytes, Buffer.alloc(100, '\x80')]))).toBe('unknown');
  });

  it('of text are not waited for without end', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 64, maxLength: 100 }), (text) => {
        expect(sniff(Buffer.from(text))).not.toBe('more');
      }),
      runs(500),
    );
  });

  it('never make it throw', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CASES),
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(30),
        ({ bytes }, tail, size) => {
          const mixed = Buffer.concat([bytes.subarray(0, size), tail]);
          sniff(mixed);
          for (const protocol of Object.keys(KNOWN)) sideOf(protocol as Protocol, mixed);
        },
      ),
      runs(2000),
    );
  });

  it('of a program are no protocol', () => {
    expect(sniff(readFileSync(process.execPath).subarray(0, 4096))).toBe('unknown');
  });
});
