/** What a socket is taken for by its first bytes, in the kernel; and that anything else costs no record. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Logging, logging, python, records, watch } from './plain-kit.ts';
import { noProbes } from './sensor-process.ts';
import { finished, streams } from './tls-kit.ts';

type Case = {
  name: string;
  /** What client and server say in turn, the client first; as Python and JSON both read it. */
  said: string[];
  /** Bytes of the client that are seen; null: no stream at all. */
  seen: string | null;
  role?: 'client' | 'server';
};

const HELLO = '\u0016\u0003\u0001\u0000\u00c8\u0001\u0000\u0000\u00c4\u0003\u0003';
const GREETING = '\u004a\u0000\u0000\u0000\u000a8.0.36\u0000\u0008\u0000\u0000\u0000';
const STARTUP = '\u0000\u0000\u0000\u0010\u0000\u0003\u0000\u0000user\u0000a\u0000\u0000';
const SSL_REQUEST = '\u0000\u0000\u0000\u0008\u0004\u00d2\u0016\u002f';
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** OP_MSG: its length, number, what it answers, code, flags, and a document. */
const mongodb = (answers: number, document: string) =>
  `${String.fromCharCode(21 + document.length)}\0\0\0\u0001\0\0\0${String.fromCharCode(answers)}\0\0\0\u00dd\u0007\0\0\0\0\0\0\0${document}`;
const PING = mongodb(0, '\u000f\0\0\0\u0010ping\0\u0001\0\0\0\0');
const OK = mongodb(1, '\u000d\0\0\0\u0010ok\0\u0001\0\0\0\0');

const CASES: Case[] = [
  { name: 'HTTP/2 without TLS', said: [`${PREFACE}x`, 'y', 'z'], seen: `${PREFACE}xz`, role: 'client' },
  {
    name: 'Redis',
    said: ['*1\r\n$4\r\nPING\r\n', '+PONG\r\n'],
    seen: '*1\r\n$4\r\nPING\r\n',
    role: 'client',
  },
  {
    name: 'JSON-RPC',
    said: ['{"jsonrpc":"2.0"}\n', '{"id":1}\n'],
    seen: '{"jsonrpc":"2.0"}\n',
  },
  { name: 'PostgreSQL', said: [STARTUP, 'R', 'Q'], seen: `${STARTUP}Q`, role: 'client' },
  {
    name: 'PostgreSQL that refuses TLS',
    said: [SSL_REQUEST, 'N', STARTUP, 'R'],
    seen: STARTUP,
    role: 'client',
  },
  {
    name: 'MySQL, whose server speaks first',
    said: ['', GREETING, 'login', 'ok'],
    seen: 'login',
    role: 'client',
  },
  {
    name: 'TLS: its hello alone',
    said: [HELLO, '\u0016\u0003\u0003', '\u0017\u0003\u0003'],
    seen: HELLO,
    role: 'client',
  },
  {
    name: 'PostgreSQL that goes over to TLS',
    said: [SSL_REQUEST, 'S', HELLO, '\u0016\u0003\u0003', 'x'],
    seen: HELLO,
  },
  {
    name: 'MongoDB',
    said: [PING, OK],
    seen: PING,
    role: 'client',
  },
  {
    name: 'what begins like MongoDB, of another length',
    said: [`${PING}x`, 'ok'],
    seen: null,
  },
  {
    name: 'a proxy that tunnels TLS',
    said: [
      'CONNECT a:443 HTTP/1.1\r\n\r\n',
      'HTTP/1.1 200 OK\r\n\r\n',
      HELLO,
      '\u0016\u0003\u0003',
      'x',
      'y',
    ],
    seen: `CONNECT a:443 HTTP/1.1\r\n\r\n${HELLO}`,
    role: 'client',
  },
  {
    name: 'SSH',
    said: ['SSH-2.0-x\r\n', 'SSH-2.0-y\r\n', ...'abcdefgh', 'GET / HTTP/1.1\r\n'],
    seen: null,
  },
  {
    name: 'TLS joined late',
    said: ['\u0017\u0003\u0003\u0001', '\u0017\u0003\u0003', 'GET / HTTP/1.1\r\n'],
    seen: null,
  },
  { name: 'words like a method', said: ['GETTING on', 'ok', 'POSTAL', 'ok'], seen: null },
];

const latin = (text: string) => Buffer.from(text, 'latin1');

/** Says its part of a case, waiting for each answer. An empty turn says nothing. */
const CLIENT = `
import json, socket, sys
said = [s.encode("latin-1") for s in json.loads(sys.argv[2])]
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
for i in range(0, len(said), 2):
  if said[i]: s.sendall(said[i])
  want = said[i + 1] if i + 1 < len(said) else b""
  got = b""
  while len(got) < len(want): got += s.recv(len(want) - len(got))
s.close()`;

describe.skipIf(noProbes)('a socket', () => {
  it.each(CASES)('that carries $name', async ({ said, seen, role }) => {
    const answers = said.filter((_, i) => i % 2 === 1).map(latin);
    const server = await logging(() => answers.shift());
    if (said[0] === '') server.server.on('connection', (socket) => socket.write(answers.shift()!));
    const run = await watch('plaintext');
    const args = ['-S', '-c', CLIENT, String(server.port), JSON.stringify(said)];
    const { code } = await finished('python3', args);
    await run.stop();
    server.close();
    expect(code).toBe(0);
    expect(run.invalid).toEqual([]);
    const [stream, ...more] = streams(run);
    expect(more).toEqual([]);
    if (seen === null) return expect(records(run)).toBe(0);
    expect(stream!.out).toEqual(latin(seen));
    if (role) expect(stream!.record.role).toBe(role);
    expect(stream!.ended).toBe(true);
  });

  it('that hides a request among other bytes is left alone', async () => {
    const server = await logging(() => undefined);
    const run = await watch('plaintext');
    await python(
      'import socket',
      `s = socket.create_connection(("127.0.0.1", ${server.port}))`,
      'for i in range(200): s.sendall(b"\\0" * 5000)',
      's.sendall(b"GET / HTTP/1.1\\r\\n\\r\\n"); s.close()',
    );
    await run.stop();
    server.close();
    expect(records(run)).toBe(0);
  });
});

describe.skipIf(noProbes)('a Unix socket', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ai-spm-unix-'));
  let server: Logging;
  beforeAll(async () => {
    server = await logging(() => Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi'), {
      path: join(folder, 'socket'),
    });
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  it('that speaks HTTP is seen, with the inodes of its ends', async () => {
    const run = await watch('plaintext');
    const { stdout } = await finished('curl', [
      '-s',
      '--unix-socket',
      join(folder, 'socket'),
      'http://x/v1/info',
    ]);
    await run.stop();
    expect(stdout).toBe('hi');
    const [stream] = streams(run);
    expect(stream!.record).toMatchObject({ via: 'socket', role: 'client', ino: expect.any(String) });
    expect(stream!.record.peer_ino).not.toBe(stream!.record.ino);
    expect(stream!.record.daddr).toBeUndefined();
    expect(stream!.out.equals(server.talks[0]!.in)).toBe(true);
    expect(stream!.in.equals(server.talks[0]!.out)).toBe(true);
  });
});
