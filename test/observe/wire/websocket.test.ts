/** Held against the examples of RFC 6455 and RFC 7692, and the client of node. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { constants, createDeflateRaw } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttp1 } from '../../../src/observe/wire/http1.ts';
import { createWebsocket } from '../../../src/observe/wire/websocket.ts';
import { runs } from '../../fuzz.ts';
import { feed, listener, type Passed, record, said } from './traffic.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
/** A number is a hole. */
type Piece = Buffer | number;

function read(pieces: readonly Piece[], extensions = '', max = 1 << 20) {
  const messages: string[] = [];
  const flaws: string[] = [];
  const pool = { left: 1 << 24 };
  const options = {
    extensions,
    side: 'server',
    max,
    pool,
    broken: (how: string) => flaws.push(how),
  } as const;
  const websocket = createWebsocket((text) => messages.push(text), options);
  for (const piece of pieces)
    if (typeof piece === 'number') websocket.skip(piece);
    else websocket.push(piece, 1);
  websocket.end();
  expect(pool.left).toBe(1 << 24);
  return { messages, flaws };
}

const DEFLATE = 'permessage-deflate';
const HELLO = hex('8105 48656c6c6f');
/** RFC 6455 §5.7 and RFC 7692 §7.2.3. */
const EXAMPLES: [string, string, string, string[]][] = [
  ['a text', '', '8105 48656c6c6f', ['Hello']],
  ['a masked text', '', '8185 37fa213d 7f9f4d5158', ['Hello']],
  ['two fragments', '', '0103 48656c 8002 6c6f', ['Hello']],
  ['a ping between fragments', '', '0103 48656c 8905 48656c6c6f 8002 6c6f', ['Hello']],
  ['bytes, which nobody reads', '', `827e0100 ${'00'.repeat(256)} 8105 48656c6c6f`, ['Hello']],
  ['a length of 64 bits', '', `817f0000000000000100 ${'61'.repeat(256)}`, ['a'.repeat(256)]],
  ['compressed', DEFLATE, 'c107 f248cdc9c90700', ['Hello']],
  ['compressed in fragments', DEFLATE, '4103 f248cd 8004 c9c90700', ['Hello']],
  ['compressed with what came before', DEFLATE, 'c107 f248cdc9c90700 c105 f200110000', ['Hello', 'Hello']],
  ['not compressed', DEFLATE, 'c10b 000500faff48656c6c6f00', ['Hello']],
  ['ending with a last block', DEFLATE, 'c108 f348cdc9c9070000', ['Hello']],
  ['of two blocks', DEFLATE, 'c10d f248050000 00ffff cac9c90700', ['Hello']],
];

describe('WebSocket frames', () => {
  it.each(EXAMPLES)('%s', (_name, extensions, text, expected) => {
    const bytes = hex(text);
    expect(read([bytes], extensions)).toEqual({ messages: expected, flaws: [] });
    for (const size of [1, 2, 3, 7]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      expect(read(pieces, extensions)).toEqual({ messages: expected, flaws: [] });
    }
  });

  const FLAWED: [string, Piece[], string, string[], string[]][] = [
    ['a message beyond the bound', [hex(`817e0100${'61'.repeat(256)}`), HELLO], '', ['Hello'], ['truncated']],
    [
      'fragments beyond the bound',
      [hex('0103 616161'), ...Array(30).fill(hex('0003 616161')), hex('8000'), HELLO],
      '',
      ['Hello'],
      ['truncated'],
    ],
    ['a frame of 2^63 bytes', [hex('817f7fffffffffffffff61'), HELLO], '', [], []],
    ['a text within another one', [hex('0103 616161'), HELLO], '', ['Hello'], ['malformed']],
    ['reserved bits', [hex('b105 48656c6c6f'), HELLO], '', [], ['malformed']],
    ['an unknown opcode', [hex('8305 48656c6c6f'), HELLO], '', [], ['malformed']],
    ['no deflate', [hex('c103 ffffff'), HELLO], DEFLATE, ['Hello'], ['malformed']],
    [
      'what refers to a message that was not read',
      [hex('c103 ffffff'), hex('c105 f200110000')],
      DEFLATE,
      [],
      ['malformed', 'malformed'],
    ],
    ['a hole in a frame', [hex('8105 4865'), 3, HELLO], '', ['Hello'], ['truncated']],
    ['a hole beyond a frame', [hex('8105 4865'), 30, HELLO], '', [], []],
  ];
  it.each(FLAWED)('%s', (_name, pieces, extensions, messages, flaws) => {
    expect(read(pieces, extensions, 64)).toEqual({ messages, flaws });
  });

  it('without context, a message stands alone', () => {
    const pieces = [hex('c103 ffffff'), hex('c107 f248cdc9c90700')];
    expect(read(pieces, `${DEFLATE}; server_no_context_takeover`).messages).toEqual(['Hello']);
  });

  it('never throw, and leave nothing behind', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc.nat(20),
      fc.constantFrom(...EXAMPLES.map(([, , text]) => hex(text))),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.constantFrom('', DEFLATE), (pieces, extensions) => {
        read(pieces, extensions, 100);
      }),
      runs(1000),
    );
  });
});

/** RFC 6455 §4.2.2. */
function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

function frameOf(first: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(payload.length < 126 ? 2 : payload.length < 65536 ? 4 : 10);
  head[0] = first;
  head[1] = payload.length < 126 ? payload.length : payload.length < 65536 ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(payload.length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}

/** Masked frames of these texts. */
function sizeOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + frameOf(0x81, Buffer.from(text)).length + 4, 0);
}

/** Each text compressed with those before it as its context, in two fragments. */
async function sayAll(socket: Duplex, texts: readonly string[]): Promise<void> {
  const deflate = createDeflateRaw();
  for (const text of texts) {
    const parts: Buffer[] = [];
    const take = (part: Buffer) => parts.push(part);
    deflate.on('data', take).write(text);
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    deflate.off('data', take);
    const bytes = Buffer.concat(parts).subarray(0, -4);
    socket.write(frameOf(0x41, bytes.subarray(0, 3)));
    socket.write(frameOf(0x89, Buffer.from('ping')));
    socket.write(frameOf(0x80, bytes.subarray(3)));
  }
}

describe('a WebSocket', () => {
  const LONG = JSON.stringify({
    jsonrpc: '2.0',
    method: 'a',
    params: Array.from({ length: 5000 }, (_, i) => i),
  });
  const SAID = ['{"jsonrpc":"2.0","id":1}', LONG, 'ü'.repeat(70_000), LONG, 'last'];
  const server = createServer();
  const heard: string[] = [];
  let connections: Passed[][];
  beforeAll(async () => {
    server.on('upgrade', ({ headers }, socket) => {
      const accept = acceptOf(String(headers['sec-websocket-key']));
      const fields = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n`;
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\n${fields}Sec-WebSocket-Extensions: ${DEFLATE}\r\n\r\n`,
      );
      let left = sizeOf(SAID);
      socket.on('data', (bytes: Buffer) => {
        left -= bytes.length;
        if (left === 0) void sayAll(socket, SAID);
        // Its pongs, and its masked wish to close, with a code.
        if (left === -SAID.length * 10 - 8) socket.end(frameOf(0x88, Buffer.from([3, 232])));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    connections = await record((server.address() as { port: number }).port, async (port) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`);
      socket.addEventListener('message', ({ data }) => {
        heard.push(data);
        if (data === SAID.at(-1)) socket.close(1000);
      });
      await once(socket, 'open');
      for (const text of SAID) socket.send(text);
      await once(socket, 'close');
    });
  });
  afterAll(() => void server.close());

  it('is read in both directions behind the upgrade', () => {
    expect(heard).toEqual(SAID);
    for (const cuts of [[1 << 20], [1, 2, 3, 1000], [4096]]) {
      const { open, reads } = listener();
      feed(createHttp1(open), connections[0]!, cuts);
      expect(reads).toHaveLength(1);
      expect(reads[0]).toMatchObject({ head: { target: '/chat' }, response: { status: 101 } });
      expect(said(reads[0]!, 'request')).toEqual(SAID);
      expect(said(reads[0]!, 'response')).toEqual(SAID);
      expect(reads[0]!.ending).toMatchObject({ truncated: false, malformed: false, gap: false, cut: false });
    }
  });
});
