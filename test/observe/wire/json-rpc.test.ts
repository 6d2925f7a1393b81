import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLines, type RpcMessage } from '../../../src/observe/wire/json-rpc.ts';
import { runs } from '../../fuzz.ts';

type Read = { messages: RpcMessage[]; malformed: number };
/** A number is a hole of so many bytes. */
type Piece = string | Uint8Array | number;

function read(pieces: readonly Piece[], max?: number): Read {
  const messages: RpcMessage[] = [];
  const result = { messages, malformed: 0 };
  const pool = { left: 32 << 20 };
  const malformed = () => {
    result.malformed++;
  };
  const lines = createLines((message) => messages.push(message), {
    pool,
    malformed,
    ...(max === undefined ? {} : { max }),
  });
  for (const piece of pieces)
    if (typeof piece === 'number') lines.gap(piece, 1);
    else lines.push(typeof piece === 'string' ? Buffer.from(piece) : piece, 1);
  lines.end(2);
  expect(pool.left).toBe(32 << 20);
  return result;
}

const values = ({ messages }: Read) => messages.map(({ value }) => value);
const framed = (text: string) => `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;

const REQUEST = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ä"}}';
const ANSWER = '{"jsonrpc":"2.0","id":"x","result":{}}';
const ERROR = '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}';
const BATCH = `[${REQUEST},${ANSWER}]`;

const STREAMS: [string, string, string[]][] = [
  ['a message a line', `${REQUEST}\n${ANSWER}\r\n\n${ERROR}\n`, [REQUEST, ANSWER, ERROR]],
  ['batches', `${BATCH}\n[]\n`, [BATCH, '[]']],
  ['logs in between', `starting {\n[INFO] ready\n ${REQUEST}\n42\n"text"\n`, [REQUEST]],
  ['a last line without end', `${REQUEST}\n${ANSWER}`, [REQUEST, ANSWER]],
  ['headers', framed(REQUEST) + framed('{\n"id":\n2}') + framed(ANSWER), [REQUEST, '{"id":2}', ANSWER]],
  [
    'headers of more kinds',
    `Content-Type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length:${ANSWER.length}\r\n\r\n${ANSWER}`,
    [ANSWER],
  ],
  ['an empty framed message', framed('') + framed(ANSWER), [ANSWER]],
  ['lines behind headers', `${framed(REQUEST)}\n${ANSWER}\n`, [REQUEST, ANSWER]],
  ['a header that no message follows', `Content-Length: 5\n${REQUEST}\n`, [REQUEST]],
];

describe('JSON-RPC', () => {
  it.each(STREAMS)('reads %s, however it is cut', (_name, text, expected) => {
    const bytes = Buffer.from(text);
    const wanted = expected.map((one) => JSON.parse(one));
    expect(values(read([text]))).toEqual(wanted);
    for (let size = 1; size < 12; size++) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
      expect(values(read(pieces))).toEqual(wanted);
    }
  });

  it('reads a message of more than a megabyte, and the beginning of one beyond the bound', () => {
    const long = JSON.stringify({ id: 1, method: 'm', params: { text: 'x'.repeat(1 << 20) } });
    expect(values(read([long, '\n']))).toEqual([JSON.parse(long)]);
    for (const text of [`${long}\n${ANSWER}\n`, framed(long) + framed(ANSWER)]) {
      const { messages } = read([text], 1000);
      expect(messages.map(({ cut }) => cut)).toEqual([true, false]);
      expect(messages[0]?.value).toEqual({ id: 1, method: 'm', params: {} });
    }
  });

  it('loses to a hole the message that it is in', () => {
    const half = REQUEST.slice(0, 30);
    expect(values(read([half, 10, `${REQUEST.slice(40)}\n${ANSWER}\n`]))).toEqual([JSON.parse(ANSWER)]);
    expect(values(read([half, 0, `"}\n${ANSWER}\n`]))).toEqual([JSON.parse(ANSWER)]);
    const whole = framed(REQUEST);
    const { messages } = read([whole.slice(0, 70), 10, Buffer.from(whole).subarray(80), framed(ANSWER)]);
    expect(messages.map(({ cut }) => cut)).toEqual([true, false]);
    expect(messages[0]?.value).toMatchObject({ jsonrpc: '2.0', id: 1, method: 'tools/call' });
    expect(values(read([whole.slice(0, 70), 5000, `\n${ANSWER}\n`]))).toEqual([JSON.parse(ANSWER)]);
  });

  it('says what it could not read', () => {
    expect(read(['{"id":1}}\n', `[{"id":]\n${ANSWER}\n`, '{"id":1,"id":2}\n'])).toMatchObject({
      malformed: 2,
      messages: [{ duplicates: false }, { duplicates: true, value: { id: 2 } }],
    });
  });

  it('never throws, and holds no more than its bound', () => {
    const word = fc.constantFrom(
      'Content-Length: ',
      '9',
      '\r\n',
      '\n',
      '{"id":1}',
      '[',
      '{',
      '"',
      'x'.repeat(300),
    );
    const piece = fc.oneof(word, fc.uint8Array({ maxLength: 50 }), fc.nat(600));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        read(pieces, 256);
      }),
      runs(500),
    );
    const pool = { left: 1 << 20 };
    const lines = createLines(() => {}, { pool });
    const block = Buffer.alloc(1 << 16, '{');
    for (let i = 0; i < 1024; i++) lines.push(block, 1);
    expect(pool.left).toBeGreaterThanOrEqual(0);
    lines.end(2);
    expect(pool.left).toBe(1 << 20);
  });
});
