/** Images and streams over time: let go, asked for twice, out of scope, under a small ring. */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noProbes, type SensorRun, startSensor, waiting } from './sensor-process.ts';
import {
  certificate,
  finished,
  image,
  LIBSSL,
  NODE_24,
  type Server,
  script,
  settled,
  startServer,
  streams,
} from './tls-kit.ts';

const ENOENT = 2;

/** A proxy that is itself asked by TLS: what passes it is TLS inside TLS. */
const PROXY = `
const { readFileSync } = require('node:fs');
const { connect } = require('node:net');
const read = (name) => readFileSync(process.argv[1] + '/' + name + '.pem');
require('node:https').createServer({ key: read('key'), cert: read('cert') }).on('connect', (request, socket) => {
  const port = Number(request.url.split(':')[1]);
  const onward = connect(port, '127.0.0.1', () => { socket.write('HTTP/1.1 200 OK\\r\\n\\r\\n'); onward.pipe(socket); socket.pipe(onward); });
  onward.on('error', () => {}); socket.on('error', () => {});
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;

/** Asks once it is told to, long after it has loaded the library. */
const TOLD = `
import http.client, ssl, sys
print("loaded", flush=True); sys.stdin.readline()
c = http.client.HTTPSConnection("localhost", int(sys.argv[1]), context=ssl._create_unverified_context())
c.request("GET", "/77"); assert len(c.getresponse().read()) == 77`;

const IN_TURN = `
import http.client, ssl, sys
context = ssl._create_unverified_context()
for n in range(1, 6):
  c = http.client.HTTPSConnection("localhost", int(sys.argv[1]), context=context)
  c.request("GET", "/%d" % n); assert len(c.getresponse().read()) == n
  c.close()`;

describe.skipIf(noProbes)('images and streams over time', () => {
  const folder = certificate();
  let server: Server;

  beforeAll(async () => {
    server = await startServer(NODE_24, folder);
  });
  afterAll(() => {
    server.stop();
    rmSync(folder, { recursive: true });
  });

  const url = (path: string) => `https://localhost:${server.port}${path}`;
  const curl = async (run: SensorRun, ...args: string[]) => {
    const before = server.talks.length;
    const { pid, code } = await finished('curl', ['-sk', ...args]);
    expect(code).toBe(0);
    await settled(run, server, before + 1);
    return streams(run, pid);
  };
  const started = (...more: string[]) => startSensor('--families', 'process,tls', ...more);

  it('lets an image go at once, and takes it again', async () => {
    const run = await started();
    const [first, second] = [await image(run, LIBSSL), await image(run, LIBSSL)];
    expect(first).toMatchObject({ status: 'attached', probes: 9 });
    expect([second.status, second.ino, second.dev]).toEqual([first.status, first.ino, first.dev]);
    expect(await curl(run, url('/10'))).toHaveLength(1);
    const began = performance.now();
    expect(await image(run, LIBSSL, undefined, 'image-detach')).toMatchObject({
      status: 'detached',
      probes: 0,
    });
    expect(performance.now() - began).toBeLessThan(500);
    expect(await curl(run, url('/11'))).toHaveLength(0);
    expect(await image(run, LIBSSL, undefined, 'image-detach')).toMatchObject({
      status: 'refused',
      errno: ENOENT,
    });
    expect((await image(run, LIBSSL)).status).toBe('attached');
    expect(await curl(run, url('/12'))).toHaveLength(1);
    await run.stop();
    expect(run.invalid).toEqual([]);
    expect(run.of('trailer')).toHaveLength(1);
  });

  it('does the same where one link takes one probe, as before Linux 6.6', async () => {
    const run = await started('--refuse', 'uprobe_multi');
    expect(await image(run, LIBSSL)).toMatchObject({ status: 'attached', probes: 9 });
    const body = 'y'.repeat(30_000);
    const [stream] = await curl(run, '-d', body, url('/40000'));
    expect(stream!.out.toString().endsWith(body)).toBe(true);
    expect(stream!.in.equals(server.talks.at(-1)!.out)).toBe(true);
    await run.stop();
  });

  it('takes a message of more than a mebibyte whole', async () => {
    const run = await started();
    await image(run, LIBSSL);
    const file = script(folder, 'body', 'z'.repeat(1_500_000));
    const [stream] = await curl(run, '--data-binary', `@${file}`, url('/10'));
    expect(stream!.out.equals(server.talks.at(-1)!.in)).toBe(true);
    await run.stop();
  });

  it('gives each connection its own stream though memory is used again', async () => {
    const run = await started();
    await image(run, LIBSSL);
    const before = server.talks.length;
    const { pid } = await finished('python3', ['-c', IN_TURN, String(server.port)]);
    await settled(run, server, before + 5);
    await run.until(() => streams(run, pid).every(({ ended }) => ended), 'the end of every connection');
    const seen = streams(run, pid);
    expect(seen.map((s) => s.in.toString())).toEqual(server.talks.slice(before).map((t) => t.out.toString()));
    expect(seen.every((s) => s.ended)).toBe(true);
    await run.stop();
  });

  it('tells the connection to a proxy from the one inside it', async () => {
    const proxy = spawn(NODE_24, ['-e', PROXY, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const port = String((await proxy.stdout.take(1).toArray())[0]).trim();
    const run = await started();
    await image(run, LIBSSL);
    const seen = await curl(run, '--proxy-insecure', '-x', `https://localhost:${port}`, url('/5000'));
    const inner = seen.find((s) => s.out.toString().startsWith('GET /5000'));
    const outer = seen.find((s) => s.out.toString().startsWith('CONNECT '));
    expect(seen).toHaveLength(2);
    expect(inner!.in.equals(server.talks.at(-1)!.out)).toBe(true);
    expect(outer!.in.length).toBeGreaterThan(inner!.in.length);
    await run.stop();
    proxy.kill();
  });

  it('captures nothing that is not in scope', async () => {
    const run = await started('--cgroup-only');
    expect((await image(run, LIBSSL)).status).toBe('attached');
    const before = server.talks.length;
    await finished('curl', ['-sk', url('/10')]);
    await settled(run, server, before + 1);
    expect(run.of('stream')).toEqual([]);
    expect(run.of('coverage').filter((c) => c.signal === 'tls')).toEqual([]);
    await run.stop();
  });

  it('hears of new code at once', async () => {
    const run = await startSensor('--families', 'process,mapping,tls');
    const took: number[] = [];
    for (const name of ['a', 'b', 'c']) {
      mkdirSync(join(folder, name));
      const copy = join(folder, name, 'libssl.so.3');
      copyFileSync(LIBSSL, copy); // a library that nobody has seen before
      const before = server.talks.length;
      const asked = run
        .until(() => run.of('mapping').find((m) => m.exec && m.path === copy), 'the mapping')
        .then(async (m) => ({ mapped: m, found: await image(run, copy, m) }));
      const library = ['env', `LD_LIBRARY_PATH=${join(folder, name)}`] as const;
      const client = await waiting(...library, 'python3', '-c', TOLD, String(server.port));
      const { mapped, found } = await asked;
      took.push((found.at - mapped.at) / 1000);
      client.stdin!.end('\n');
      await settled(run, server, before + 1);
      expect(found).toMatchObject({ status: 'attached', ino: mapped.ino, dev: mapped.dev });
      expect(streams(run, mapped.pid).map((s) => s.in.length)).toEqual([server.talks.at(-1)!.out.length]);
    }
    // 20 ms of them are this test's own polling; on a busy machine one may wait for its turn, but not all.
    process.stderr.write(`new code: attached ${took.join(', ')} ms after it was mapped\n`);
    expect(Math.min(...took)).toBeLessThan(300);
    await run.stop();
  });

  it('counts every record that a small ring has no room for', async () => {
    const run = await started('--payload-bytes', '32768', '--max-payload', '1048576');
    await image(run, LIBSSL);
    const many = Array.from({ length: 120 }, (_, i) => url(`/${20_000 + i}`));
    const { pid } = await finished('curl', ['-sk', ...many]);
    await run.stop();
    const last = new Map(run.of('coverage').map((c) => [`${c.cg} ${c.signal}`, c]));
    const tls = [...last.values()].filter((c) => c.signal === 'tls');
    const delivered = tls.reduce((sum, c) => sum + c.delivered, 0);
    const attempted = tls.reduce((sum, c) => sum + c.attempted, 0);
    const lost = tls.reduce((sum, c) => sum + c.lost, 0);
    const got = run.of('stream').length + run.of('payload').length + run.of('stream-end').length;
    expect(delivered).toBe(got);
    expect(attempted).toBe(delivered + lost);
    const mine = run.of('payload').filter((p) => p.pid === pid && p.dir === 'in');
    const captured = mine.reduce((sum, p) => sum + Buffer.from(p.data, 'base64').length, 0);
    // Offsets go on over what was lost; where nothing of it came through, its loss is in the counters alone.
    const reached = Math.max(0, ...mine.map((p) => p.off + p.len));
    if (mine.length > 0) expect(reached).toBeGreaterThan(captured);
    else expect(lost).toBeGreaterThan(0);
  });
});
