import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WireOf } from '../../src/model/wire.ts';
import { counts, noProbes, output, type SensorRun, startSensor, waiting } from './sensor-process.ts';

type Peer = WireOf<'connect'> & { count: number; errors: number; tx: number; rx: number };

/** The peers of a process, joined with their last counts. */
function peers(run: SensorRun, pid: number): Peer[] {
  const last = counts(run);
  return run
    .of('connect')
    .filter((c) => c.pid === pid)
    .map((c) => {
      const { count, errors, tx = 0, rx = 0 } = last.get(c.id)!;
      return { ...c, count, errors, tx, rx };
    });
}

async function observed(...python: string[]): Promise<{ run: SensorRun; seen: Peer[] }> {
  const run = await startSensor('--families', 'process,network');
  const { pid } = await output('python3', '-c', python.join('\n'));
  await run.stop();
  expect(run.invalid).toEqual([]);
  return { run, seen: peers(run, pid) };
}

describe.skipIf(noProbes)('peers on loopback', () => {
  let echo: Server;
  let port: number;

  beforeAll(async () => {
    echo = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '::');
    await once(echo, 'listening');
    port = (echo.address() as { port: number }).port;
  });
  afterAll(() => {
    echo.close();
  });

  it('counts connects and their bytes exactly, each address by itself, IPv4-mapped as IPv4', async () => {
    const { run, seen } = await observed(
      'import socket',
      'def talk(family, host, times):',
      '  for i in range(times):',
      `    s = socket.socket(family); s.connect((host, ${port})); s.sendall(b"x" * 1000)`,
      '    got = 0',
      '    while got < 1000:',
      '      s.recv(10, socket.MSG_PEEK); got += len(s.recv(4096))',
      '    s.close()',
      'talk(socket.AF_INET, "127.0.0.1", 25)',
      'talk(socket.AF_INET, "127.0.0.2", 3)',
      'talk(socket.AF_INET6, "::1", 2)',
      'talk(socket.AF_INET6, "::ffff:127.0.0.3", 1)',
    );
    const expected = { '127.0.0.1': 25, '127.0.0.2': 3, '::1': 2, '127.0.0.3': 1 };
    expect(Object.fromEntries(seen.map((p) => [p.daddr, p.count]))).toEqual(expected);
    for (const p of seen) expect(p).toMatchObject({ proto: 'tcp', dport: port, errors: 0 });
    for (const p of seen) expect([p.tx, p.rx]).toEqual([p.count * 1000, p.count * 1000]);
    // The server's side of these connections came in: it is no peer of ours.
    expect(peers(run, process.pid)).toEqual([]);
  });

  it('counts refused connects, blocking and not, and those without a route', async () => {
    const { seen } = await observed(
      'import errno, select, socket',
      'for i in range(7):',
      '  s = socket.socket(); e = s.connect_ex(("127.0.0.1", 1)); assert e == errno.ECONNREFUSED; s.close()',
      's = socket.socket(); s.setblocking(False); s.connect_ex(("127.0.0.4", 1))',
      'select.select([], [s], [], 1); assert s.connect_ex(("127.0.0.4", 1)) != 0',
      // A broadcast address: the kernel refuses before it sends anything.
      's = socket.socket(); assert s.connect_ex(("127.255.255.255", 80)) == errno.ENETUNREACH',
    );
    const errors = Object.fromEntries(seen.map((p) => [p.daddr, [p.count, p.errors]]));
    expect(errors).toMatchObject({ '127.0.0.1': [7, 7], '127.0.0.4': [1, 1] });
    const unreachable = seen.find((p) => p.daddr === '127.255.255.255');
    expect(unreachable).toMatchObject({ count: 1, errors: 1, errno: 101 });
  });

  it('counts datagrams by every way to send them, and no connect that sends nothing', async () => {
    const { seen } = await observed(
      'import socket, ctypes, os',
      'u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)',
      'for i in range(5): u.sendto(b"x" * 10, ("127.0.0.1", 4001))',
      'for i in range(3): u.sendmsg([b"y" * 7], [], 0, ("127.0.0.1", 4002))',
      'r = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); r.bind(("127.0.0.5", 4003))',
      'c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); c.connect(("127.0.0.5", 4003))',
      'for i in range(4): os.write(c.fileno(), b"z")',
      'p = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); p.connect(("127.0.0.1", 4004))',
    );
    const table = seen.map((p) => [p.proto, p.daddr, p.dport, p.count]);
    expect(table).toContainEqual(['udp', '127.0.0.1', 4001, 5]);
    expect(table).toContainEqual(['udp', '127.0.0.1', 4002, 3]);
    expect(table).toContainEqual(['udp', '127.0.0.5', 4003, 4]);
    expect(seen.map((p) => p.dport)).not.toContain(4004);
    expect(seen.find((p) => p.dport === 4001)!.tx).toBe(50);
  });

  it('shows connections that were there before, outgoing ones only, and counts on', async () => {
    const program = [
      'import socket, sys',
      `s = socket.create_connection(("127.0.0.1", ${port}))`,
      'print("up", flush=True)',
      'sys.stdin.readline(); s.sendall(b"x" * 100); print(s.recv(100, socket.MSG_WAITALL)); sys.stdin.read()',
    ];
    const python = await waiting('python3', '-c', program.join('\n'));
    const run = await startSensor('--families', 'process,network', '--checkpoint-ms', '100');
    await run.until(() => run.of('checkpoint')[0], 'the iterators');
    python.stdin!.write('\n');
    await run.until(() => peers(run, python.pid!)[0]?.rx === 100, 'its bytes');
    await run.stop();
    python.stdin!.end();
    const [peer, ...others] = peers(run, python.pid!);
    expect(others).toEqual([]);
    expect(peer).toMatchObject({
      existing: true,
      daddr: '127.0.0.1',
      dport: port,
      count: 1,
      tx: 100,
      rx: 100,
    });
    expect(peers(run, process.pid)).toEqual([]);
  });
});
