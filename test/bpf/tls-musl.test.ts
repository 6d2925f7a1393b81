/** OpenSSL 1.1 of a musllinux wheel under Debian's musl, as images of Alpine have it (peers/musl.sh fetches both). */
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
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
  settled,
  startServer,
  streams,
} from './tls-kit.ts';

const MUSL = process.env.AI_SPM_MUSL;
if (!MUSL)
  process.stderr.write('programs of musl are not tested: AI_SPM_MUSL names no folder of peers/musl.sh\n');

const SOURCE = fileURLToPath(new URL('./peers/musl-client.c', import.meta.url));

/** With nothing of glibc's in it. @returns its path. */
function build(musl: string, folder: string): string {
  const program = join(folder, 'musl-client');
  const lib = join(musl, 'usr/lib/x86_64-linux-musl');
  const own = join(musl, 'wheel/psycopg2_binary.libs');
  const loader = join(musl, 'lib/ld-musl-x86_64.so.1');
  execFileSync('gcc', [
    ...['-nostdinc', '-isystem', join(musl, 'usr/include/x86_64-linux-musl')],
    ...['-nostdlib', '-no-pie', '-fno-stack-protector', '-o', program],
    ...[join(lib, 'crt1.o'), join(lib, 'crti.o'), SOURCE],
    ...[join(own, 'libssl.so'), join(own, 'libcrypto.so'), loader, join(lib, 'crtn.o')],
    ...[`-Wl,-rpath,${own}`, `-Wl,--dynamic-linker=${loader}`, '-Wl,--allow-shlib-undefined'],
  ]);
  return program;
}

describe.skipIf(noProbes || !MUSL)('plaintext of a program of musl', () => {
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

  it('is what its server logged, by both forms of the calls', async () => {
    const program = build(MUSL!, folder);
    const libraries = join(MUSL!, 'wheel/psycopg2_binary.libs');
    const [libssl] = readdirSync(libraries).filter((name) => /^libssl-.*\.so/.test(name));
    expect(await image(run, join(libraries, libssl!))).toMatchObject({
      status: 'attached',
      library: 'openssl',
      tier: 'symbol',
    });
    const { pid, code } = await finished(program, [String(server.port)]);
    expect(code).toBe(0);
    await settled(run, server, 1);
    const [stream, ...more] = streams(run, pid);
    expect(more).toEqual([]);
    expect(stream!.out.toString()).toBe(server.talks[0]!.in.toString());
    expect(stream!.in.toString()).toBe(server.talks[0]!.out.toString());
    expect(stream!.record.via).toBe('openssl');
  });
});
