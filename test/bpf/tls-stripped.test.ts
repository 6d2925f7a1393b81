/** Runtimes whose symbols are gone, exported ones too: known by their code, or said to be opaque. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetched } from './peers/fetched.ts';
import { noProbes, type SensorRun, startSensor } from './sensor-process.ts';
import {
  certificate,
  finished,
  image,
  NODE_20,
  NODE_24,
  type Server,
  settled,
  startServer,
  streams,
} from './tls-kit.ts';

const NAMES = ['SSL_read', 'SSL_write', 'SSL_read_ex', 'SSL_write_ex', 'SSL_write_ex2', 'SSL_free'];
const ASK = `
require('node:https').get({ port: process.argv[1], host: 'localhost', path: '/60000', rejectUnauthorized: false },
  (answer) => answer.resume());`;

/** A copy without symbol table; what node exports to its addons is renamed, since strip must leave it. */
function anonymous(node: string, to: string): void {
  execFileSync('strip', ['-o', to, node]);
  const bytes = readFileSync(to);
  for (const name of NAMES) {
    const whole = Buffer.from(`\0${name}\0`);
    for (let at = bytes.indexOf(whole); at >= 0; at = bytes.indexOf(whole, at + 1)) bytes.write('X', at + 1);
  }
  writeFileSync(to, bytes);
  chmodSync(to, 0o755);
}

describe.skipIf(noProbes ?? (process.arch === 'x64' ? undefined : 'signatures are of x86-64'))(
  'stripped runtimes',
  () => {
    const folder = certificate();
    let server: Server;
    let run: SensorRun;

    beforeAll(async () => {
      server = await startServer(NODE_24, folder);
      run = await startSensor('--families', 'process,tls');
    });
    afterAll(async () => {
      server.stop();
      await run.stop();
      rmSync(folder, { recursive: true });
    });

    it.each(
      [NODE_20, fetched('node-22/bin/node'), NODE_24].flatMap((node) =>
        node && existsSync(node) ? [node] : [],
      ),
    )('%s by its code', { timeout: 60_000 }, async (node) => {
      const copy = join(folder, 'runtime');
      anonymous(node, copy);
      expect(await image(run, copy)).toMatchObject({
        status: 'attached',
        library: 'openssl',
        tier: 'pattern',
        probes: 9,
      });
      const before = server.talks.length;
      const { pid, code } = await finished(copy, ['-e', ASK, String(server.port)]);
      expect(code).toBe(0);
      await settled(run, server, before + 1);
      const [stream] = streams(run, pid);
      expect(stream!.out.equals(server.talks[before]!.in)).toBe(true);
      expect(stream!.in.equals(server.talks[before]!.out)).toBe(true);
    });

    it('says which library is inside where the code is not known', async () => {
      const copy = join(folder, 'unknown');
      anonymous(NODE_24, copy);
      const bytes = readFileSync(copy);
      // The same runtime as another compiler might have made it: every function begins otherwise.
      const prologue = Buffer.from('554889e5', 'hex');
      for (let at = bytes.indexOf(prologue); at >= 0; at = bytes.indexOf(prologue, at + 4)) bytes[at] = 0x90;
      writeFileSync(copy, bytes);
      const found = await image(run, copy);
      expect(found).toMatchObject({ status: 'opaque', library: 'openssl', probes: 0 });
      expect(found.build_id).toMatch(/^[0-9a-f]{40}$/);
      expect(await image(run, '/usr/bin/true')).toMatchObject({ status: 'none', library: 'none', probes: 0 });
    });

    it('refuses what is damaged, and goes on', async () => {
      const damaged = join(folder, 'damaged');
      writeFileSync(
        damaged,
        Buffer.concat([readFileSync(NODE_24).subarray(0, 64), Buffer.alloc(4096, 0xff)]),
      );
      const twice = await Promise.all([image(run, damaged), image(run, damaged)]);
      for (const answer of twice) expect(answer).toMatchObject({ status: 'refused', errno: 8 });
      expect(await image(run, join(folder, 'missing'))).toMatchObject({ status: 'refused', errno: 2 });
      expect(await image(run, folder)).toMatchObject({ status: 'refused' });
      expect(await image(run, NODE_24)).toMatchObject({ status: 'attached' });
    });
  },
);
