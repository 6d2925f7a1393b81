/** TLS in containers that have their own roots, two of them over one image layer. */
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noProbes, type SensorRun, startSensor } from './sensor-process.ts';
import {
  certificate,
  image,
  NODE_24,
  type Server,
  script,
  settled,
  startServer,
  streams,
} from './tls-kit.ts';

const missing = ['/usr/sbin/runc', '/usr/bin/busybox'].find((path) => !existsSync(path));
if (missing) process.stderr.write(`TLS in containers is not tested: no ${missing}\n`);

describe.skipIf(noProbes ?? missing)('containers', () => {
  const folder = certificate();
  let server: Server;

  beforeAll(async () => {
    server = await startServer(NODE_24, folder);
  });
  afterAll(() => {
    server.stop();
    rmSync(folder, { recursive: true });
  });

  it('are seen through their own roots, two of one image layer by one set of probes', async () => {
    const lower = layer(folder);
    const run = await startSensor('--families', 'process,tls');
    const before = server.talks.length;
    const one = await container(
      run,
      folder,
      lower,
      `ai-spm-tls-${process.pid}-1`,
      `https://localhost:${server.port}/3001`,
    );
    const two = await container(
      run,
      folder,
      lower,
      `ai-spm-tls-${process.pid}-2`,
      `https://localhost:${server.port}/3002`,
    );
    const path = '/lib/libssl.so.3';
    const [first, second] = [await image(run, path, one), await image(run, path, two)];
    expect(first).toMatchObject({ status: 'attached', library: 'openssl', path });
    expect([second.dev, second.ino]).toEqual([first.dev, first.ino]);
    await Promise.all([one.go(), two.go()]);
    await settled(run, server, before + 2);
    const answers = run.of('stream').map((s) => streams(run, s.pid)[0]!);
    expect(answers).toHaveLength(2);
    expect(answers.map((s) => s.in.toString()).sort()).toEqual(
      server.talks
        .slice(before)
        .map((t) => t.out.toString())
        .sort(),
    );
    expect(new Set(answers.map((s) => s.record.cg)).size).toBe(2);
    const mapped = run.of('stream').map((s) => s.image);
    expect(new Set(mapped)).toEqual(new Set([first.ino]));
    await run.stop();
  });
});

/** A root with busybox, curl and what curl is linked with: other inodes than the host's. */
function layer(folder: string): string {
  const root = join(folder, 'lower');
  for (const dir of ['bin', 'lib', 'lib64', 'etc', 'dev', 'proc', 'sys'])
    mkdirSync(join(root, dir), { recursive: true });
  copyFileSync('/usr/bin/busybox', join(root, 'bin/busybox'));
  copyFileSync('/usr/bin/curl', join(root, 'bin/curl'));
  const libraries = execFileSync('ldd', ['/usr/bin/curl'], { encoding: 'utf8' });
  for (const [, name, path] of libraries.matchAll(/(\S+) => (\/\S+)/g))
    copyFileSync(path!, join(root, 'lib', name!));
  copyFileSync('/lib64/ld-linux-x86-64.so.2', join(root, 'lib64/ld-linux-x86-64.so.2'));
  return root;
}

/** A container over that layer, in the host's network, whose shell waits before it becomes curl. */
async function container(run: SensorRun, folder: string, lower: string, name: string, url: string) {
  const bundle = join(folder, name);
  for (const dir of ['rootfs', 'upper', 'work']) mkdirSync(join(bundle, dir), { recursive: true });
  const layers = `lowerdir=${lower},upperdir=${bundle}/upper,workdir=${bundle}/work`;
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, join(bundle, 'rootfs')]);
  execFileSync('runc', ['spec'], { cwd: bundle });
  const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'));
  const host = url.replace('localhost', '127.0.0.1');
  config.process.args = ['/bin/busybox', 'sh', '-c', `read line; exec /bin/curl -sk ${host}`];
  config.process.env.push('LD_LIBRARY_PATH=/lib');
  config.process.terminal = false;
  config.linux.namespaces = config.linux.namespaces.filter((n: { type: string }) => n.type !== 'network');
  config.linux.cgroupsPath = `/${name}`;
  script(bundle, 'config.json', JSON.stringify(config));
  const child = spawn('runc', ['run', '-b', bundle, name], { stdio: ['pipe', 'ignore', 'inherit'] });
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const cgroupOf = () => run.of('cgroup').find((c) => c.path === `/${name}`)?.id;
  const shell = await run.until(
    () => run.of('process').find((p) => p.cg === cgroupOf() && p.ev === 'exec' && p.exe === '/bin/busybox'),
    `the shell of ${name}`,
  );
  return {
    pid: shell.pid,
    start: shell.start,
    go: async () => {
      child.stdin.end('\n');
      await closed;
      execFileSync('umount', [join(bundle, 'rootfs')]);
    },
  };
}
