/** Go's crypto/tls: programs built here, with their symbols and without, by each Go toolchain that there is. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noProbes, type SensorRun, startSensor } from './sensor-process.ts';
import {
  certificate,
  finished,
  image,
  NODE_24,
  type Server,
  script,
  settled,
  startServer,
  streams,
  type Talk,
} from './tls-kit.ts';

const SOURCE = fileURLToPath(new URL('./peers/client.go', import.meta.url));
const TOOLCHAINS = ['/usr/local/go/bin/go', '/usr/lib/go-1.19/bin/go'].filter((go) => existsSync(go));
if (TOOLCHAINS.length === 0) process.stderr.write('Go programs are not tested: no Go toolchain here\n');

const BUILDS: [string, string[]][] = [
  ['with symbols', []],
  ['stripped', ['-ldflags', '-s -w']],
  ['stripped and position-independent', ['-buildmode=pie', '-ldflags', '-s -w']],
];
const CASES = TOOLCHAINS.flatMap((go) => BUILDS.map(([name, flags]) => ({ go, name, flags })));

const key = ({ in: from, out: to }: Talk) => `${to.toString('base64')} ${from.toString('base64')}`;
const mirrored = (talk: Talk): Talk => ({ in: talk.out, out: talk.in });

describe.skipIf(noProbes || CASES.length === 0)('plaintext of Go programs', () => {
  const folder = certificate();
  let server: Server;
  let run: SensorRun;

  beforeAll(async () => {
    copyFileSync(SOURCE, join(folder, 'main.go'));
    script(folder, 'go.mod', 'module client\ngo 1.19\n');
    server = await startServer(NODE_24, folder);
    run = await startSensor('--families', 'process,tls');
  });
  afterAll(async () => {
    server.stop();
    await run.stop();
    rmSync(folder, { recursive: true });
  });

  it.each(CASES)('$go, $name', { timeout: 120_000 }, async ({ go, name, flags }) => {
    const program = join(folder, `${go} ${name}`.replace(/\W/g, '-'));
    const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod', CGO_ENABLED: '0' };
    execFileSync(go, ['build', ...flags, '-o', program, '.'], { cwd: folder, env });
    expect(await image(run, program)).toMatchObject({ status: 'attached', library: 'go', tier: 'gopclntab' });
    const before = server.talks.length;
    const { pid, code } = await finished(program, [String(server.port)]);
    expect(code).toBe(0);
    await settled(run, server, before + 1);
    await run.until(() => streams(run, pid).every(({ ended }) => ended), 'the end of every connection');
    const seen = streams(run, pid);
    // Go may dial once more than it needs: such a connection says nothing, and is no stream.
    const talked = () => server.talks.slice(before).filter((talk) => talk.in.length > 0);
    await run.until(() => talked().length >= seen.length, 'all connections in the log');
    const truth = talked();
    expect(seen.map(key).sort()).toEqual(truth.map(mirrored).map(key).sort());
    expect(truth.reduce((sum, talk) => sum + talk.in.length, 0)).toBeGreaterThan(8 * 50_000);
    for (const stream of seen) expect(stream).toMatchObject({ ended: true, record: { via: 'go' } });
  });

  it('loses nothing that it does not count', () => {
    const last = run.of('coverage').filter((c) => c.signal === 'tls');
    expect(last.reduce((sum, c) => sum + c.lost, 0)).toBe(0);
  });
});
