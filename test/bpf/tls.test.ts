/** TLS plaintext of real clients and servers, byte for byte as the other side logged it. */
import { existsSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetched } from './peers/fetched.ts';
import { noProbes, type SensorRun, startSensor } from './sensor-process.ts';
import {
  ASK_TWICE,
  certificate,
  finished,
  image,
  LIBGNUTLS,
  LIBSSL,
  NODE_20,
  NODE_24,
  type Server,
  settled,
  startServer,
  streams,
} from './tls-kit.ts';

const PYTHON = `
import http.client, ssl, sys
c = http.client.HTTPSConnection("localhost", int(sys.argv[1]), context=ssl._create_unverified_context())
for n in (10, 70000):
  c.request("POST", "/%d" % n, b"p" * 50000); assert len(c.getresponse().read()) == n
c.close()`;

type Client = {
  name: string;
  image: string;
  via: string;
  /** The library itself uses the socket, so its other end is known. */
  socket: boolean;
  command: string;
  args: (port: number) => string[];
};

const NODE_22 = fetched('node-22/bin/node');
const NODES: [string, string | undefined][] = [
  ['20', NODE_20],
  ['22', NODE_22],
  ['24', NODE_24],
];

const CLIENTS: Client[] = [
  {
    name: 'curl, OpenSSL',
    image: LIBSSL,
    via: 'openssl',
    socket: true,
    command: 'curl',
    args: (port) => ['-sk', '-d', 'x'.repeat(30000), `https://localhost:${port}/50000`],
  },
  {
    name: 'python, by the _ex functions',
    image: LIBSSL,
    via: 'openssl',
    socket: true,
    command: 'python3',
    args: (port) => ['-c', PYTHON, String(port)],
  },
  {
    name: 'wget, GnuTLS',
    image: LIBGNUTLS,
    via: 'gnutls',
    socket: true,
    command: 'wget',
    args: (port) => ['-qO-', '--no-check-certificate', `https://localhost:${port}/50000`],
  },
  ...NODES.flatMap(([version, node]) =>
    node
      ? [
          {
            name: `node ${version}, static OpenSSL`,
            image: node,
            via: 'openssl',
            socket: false,
            command: node,
            args: (port: number) => ['-e', ASK_TWICE, String(port)],
          },
        ]
      : [],
  ),
];

describe.skipIf(noProbes)('TLS plaintext of clients and servers', () => {
  const folder = certificate();
  let server: Server;
  let run: SensorRun;

  beforeAll(async () => {
    server = await startServer(NODE_24, folder); // before the sensor: it must be seen all the same
    run = await startSensor('--families', 'process,tls');
  });
  afterAll(async () => {
    server.stop();
    await run.stop();
    rmSync(folder, { recursive: true });
  });

  it.each(CLIENTS)('$name', async ({ image: path, via, socket, command, args }) => {
    const before = server.talks.length;
    expect(await image(run, path)).toMatchObject({ status: 'attached', library: via, tier: 'symbol' });
    const { pid, code } = await finished(command, args(server.port));
    expect(code).toBe(0);
    await settled(run, server, before + 1);
    const seen = streams(run, pid);
    expect(seen.length).toBe(server.talks.length - before);
    const [client] = seen;
    const truth = server.talks[before]!;
    const { daddr, dport, proto } = client!.record;
    expect(client!.record.via).toBe(via);
    expect([daddr, dport, proto]).toEqual(
      socket ? ['127.0.0.1', server.port, 'tcp'] : [undefined, undefined, undefined],
    );
    expect(client!.out.equals(truth.in)).toBe(true);
    expect(client!.in.equals(truth.out)).toBe(true);
    expect(truth.in.length).toBeGreaterThan(100);
    expect(run.invalid).toEqual([]);
  });

  it('sees the server, which is older than the sensor, as it logs itself', async () => {
    await image(run, NODE_24);
    const before = server.talks.length;
    await finished('curl', [
      '-sk',
      `https://localhost:${server.port}/3000`,
      `https://localhost:${server.port}/10`,
    ]);
    await settled(run, server, before + 1);
    const truth = server.talks[before]!;
    const mine = streams(run, server.child.pid).at(-1)!;
    expect(mine.in.equals(truth.in)).toBe(true);
    expect(mine.out.equals(truth.out)).toBe(true);
    expect(mine.ended).toBe(true);
  });
});

it('has the peers that these tests need', () => {
  for (const path of [NODE_20, LIBSSL, LIBGNUTLS])
    if (!existsSync(path)) process.stderr.write(`no ${path}\n`);
});
