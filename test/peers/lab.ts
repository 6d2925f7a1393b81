/**
 * A network of its own in which the hosts of clouds and models are servers of ours: clients are used as they are,
 * without another base URL. Servers run in it outside the cgroup that is observed.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { HOSTS } from './servers/hosts.ts';
import type { Served } from './servers/served.ts';

export const PEERS = import.meta.dirname;
export const PYTHON = join(PEERS, 'python/.venv/bin/python');

export type Lab = {
  folder: string;
  /** What it takes to trust the servers, and nobody else. */
  env: Record<string, string>;
  /** What the servers answered, in order. */
  served: Served[];
  /** The command line that runs another one in here. */
  enter: readonly string[];
  stop(): Promise<void>;
};

/** @param moto AWS's services, by the program of that name. */
export async function openLab({ moto = false } = {}): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), 'ai-spm-lab-'));
  certify(folder);
  writeHosts(folder);
  const keeper = await started(
    ['unshare', '--net', '--mount', '--propagation', 'private', 'sh', '-c', network(folder)],
    'ready',
  );
  const enter = ['nsenter', '-t', String(keeper.pid), '-n', '-m', '--'];
  const served: Served[] = [];
  const servers = [
    await started([...enter, process.execPath, join(PEERS, 'servers/main.ts'), folder], 'ready', served),
  ];
  if (moto) servers.push(await started([...enter, PYTHON, join(PEERS, 'servers/aws_server.py')], 'ready'));
  return {
    folder,
    served,
    enter,
    env: trust(join(folder, 'ca.pem')),
    async stop() {
      for (const server of [...servers, keeper]) await ended(server);
      rmSync(folder, { recursive: true });
    },
  };
}

function network(folder: string): string {
  const addresses = [...new Set(Object.values(HOSTS))].filter((one) => !one.startsWith('127.'));
  const lines = addresses.map((address) => `ip address add ${address}/32 dev lo`);
  return [
    'set -e',
    'ip link set lo up',
    ...lines,
    `mount --bind ${folder}/hosts /etc/hosts`,
    'echo ready',
    'cat',
  ].join('\n');
}

function writeHosts(folder: string): void {
  const lines = Object.entries(HOSTS).filter(([name]) => !name.startsWith('*'));
  const text = ['127.0.0.1 localhost', ...lines.map(([name, address]) => `${address} ${name}`)];
  writeFileSync(join(folder, 'hosts'), `${text.join('\n')}\n`);
}

/** One certificate for everybody. */
function certify(folder: string): void {
  const names = ['DNS:localhost', 'IP:127.0.0.1', ...Object.keys(HOSTS).map((name) => `DNS:${name}`)];
  const subject = ['-subj', '/CN=ai-spm-lab', '-addext', `subjectAltName=${names.join(',')}`, '-days', '2'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'ca.pem')];
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, ...files], { stdio: 'pipe' });
}

function trust(file: string): Record<string, string> {
  const names = [
    'NODE_EXTRA_CA_CERTS',
    'SSL_CERT_FILE',
    'REQUESTS_CA_BUNDLE',
    'AWS_CA_BUNDLE',
    'CURL_CA_BUNDLE',
  ];
  return Object.fromEntries(names.map((name) => [name, file]));
}

/** Resolves at the line that says so; the other lines are what was served. */
async function started(
  command: readonly string[],
  ready: string,
  into: Served[] = [],
): Promise<ChildProcess> {
  const child = spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${command.at(-2)} ended with ${code}`)));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line === ready) resolve();
      else if (line.startsWith('{')) into.push(JSON.parse(line) as Served);
    });
  });
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.stdin?.end();
  await exit;
}

/** Why the peers cannot run here, or undefined; said once for each file of tests. */
export function whyNoPeers(...needed: readonly string[]): string | undefined {
  const missing = [...needed, '/usr/sbin/ip', '/usr/bin/nsenter', '/usr/bin/openssl'].find(
    (path) => !existsSync(path),
  );
  if (missing) return `not installed: ${missing} (node bin/setup.js --peers)`;
  if (!/^cgroup2? \S+ cgroup2 /m.test(readFileSync('/proc/self/mounts', 'utf8'))) return 'no cgroup2';
  return undefined;
}
