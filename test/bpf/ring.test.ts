/** What a program says by io_uring: on pipes it is read, on sockets how much of it there was is told. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { coverage, logging, python, watch } from './plain-kit.ts';
import { noProbes } from './sensor-process.ts';
import { streams } from './tls-kit.ts';

const PEERS = fileURLToPath(new URL('./peers', import.meta.url));
const RING = `import sys, socket, os; sys.path.insert(0, "${PEERS}"); from ring import *`;
const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi');

describe.skipIf(noProbes)('what io_uring moves', () => {
  it('through a socket that is heard is told by its number', async () => {
    const server = await logging(() => ANSWER);
    const run = await watch('plaintext');
    const { code } = await python(
      RING,
      `s = socket.create_connection(("127.0.0.1", ${server.port}))`,
      's.send(b"POST /a HTTP/1.1\\r\\ncontent-length: 5000\\r\\n\\r\\n"); s.recv(100)',
      'assert ring_io(SEND, s.fileno(), bytearray(b"x" * 5000)) == 5000',
      'assert ring_io(RECV, s.fileno(), bytearray(200)) > 0',
      's.send(b"GET /b HTTP/1.1\\r\\n\\r\\n"); s.recv(100); s.close()',
    );
    await run.stop();
    server.close();
    expect(code).toBe(0);
    const told = run.of('payload').map(({ dir, off, len, data }) => [dir, off, len, data !== '']);
    expect(told).toEqual([
      ['out', 0, 42, true],
      ['in', 0, 40, true],
      ['out', 42, 5000, false],
      ['in', 40, 40, false],
      ['out', 5042, 19, true],
      ['in', 80, 40, true],
    ]);
    expect(coverage(run, 'plaintext')).toMatchObject({ lost: 0, truncated: 2 });
  });

  it.each([
    ['a connection', 1, (port: number) => `s = socket.create_connection(("127.0.0.1", ${port})); other = s`],
    ['a socketpair', 2, () => 's, other = socket.socketpair()'],
  ])('through %s from its beginning counts as not understood', async (_, sockets, open) => {
    const server = await logging(() => ANSWER);
    const run = await watch('plaintext');
    const { code } = await python(
      RING,
      open(server.port),
      'for i in range(6):',
      '  ring_io(SEND, s.fileno(), bytearray(b"GET /b HTTP/1.1\\r\\n\\r\\n"))',
      '  ring_io(RECV, other.fileno(), bytearray(200))',
      '  if other is not s: ring_io(SEND, other.fileno(), bytearray(9)); ring_io(RECV, s.fileno(), bytearray(200))',
      's.close()',
    );
    await run.stop();
    server.close();
    expect(code).toBe(0);
    expect(run.of('payload')).toEqual([]);
    // Each direction of a socket that could not be known.
    expect(coverage(run, 'plaintext').collapsed).toBe(2 * sockets);
  });

  it('through a pipe is read like any write', async () => {
    const run = await watch('stdio');
    const { code } = await python(
      RING,
      'r, w = os.pipe()',
      'm = lambda i: bytearray(b\'{"jsonrpc":"2.0","id":%d,"method":"ping"}\\n\' % i)',
      'for i in range(3): assert ring_io(WRITE, w, m(i)) == 41',
      'os.write(w, m(3))',
      'assert ring_io(WRITE, w, m(4)) == 41',
      'assert ring_io(WRITE, os.open("/dev/null", 1), m(9)) == 41',
    );
    await run.stop();
    expect(code).toBe(0);
    const [stream, ...more] = streams(run);
    expect(more).toEqual([]);
    const ids = stream!.out.toString().split('\n').slice(0, -1);
    expect(ids.map((line) => JSON.parse(line).id)).toEqual([0, 1, 2, 3, 4]);
    expect(coverage(run, 'stdio')).toMatchObject({ attempted: 6, lost: 0, truncated: 0 });
  });
});
