// Everything that `npm run demo`, `npm test` and `npm run bench` need and a fresh machine lacks: node modules, the
// C toolchain, the sensor, the sample agent. Plain JavaScript without dependencies: it runs on Node 20, first.
//   node bin/setup.js [--sensor] [--agent] [--test] [--peers]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const wanted = new Set(process.argv.slice(2));
const root = process.getuid?.() === 0;

/** Debian package → a file that it brings. */
const SENSOR_PACKAGES = {
  clang: '/usr/bin/clang',
  llvm: '/usr/bin/llvm-strip',
  bpftool: '/usr/sbin/bpftool',
  gcc: '/usr/bin/gcc',
  'libc6-dev': '/usr/include/stdio.h',
  make: '/usr/bin/make',
  'libbpf-dev': '/usr/include/bpf/bpf.h',
  'libelf-dev': '/usr/include/libelf.h',
  'zlib1g-dev': '/usr/include/zlib.h',
};
const AGENT_PACKAGES = {
  iproute2: '/usr/sbin/ip',
  'util-linux': '/usr/bin/nsenter',
  openssl: '/usr/bin/openssl',
  gcc: '/usr/bin/gcc',
  'libc6-dev': '/usr/include/stdio.h',
};
/** Oracles and peers of the tests: without one, its tests are skipped and say so. */
const TEST_PACKAGES = {
  strace: '/usr/bin/strace',
  runc: '/usr/sbin/runc',
  'busybox-static': '/usr/bin/busybox',
  python3: '/usr/bin/pydoc3',
  curl: '/usr/bin/curl',
  wget: '/usr/bin/wget',
  binutils: '/usr/bin/objdump',
  'golang-1.19-go': '/usr/lib/go-1.19/bin/go',
};

/** What the network of test/peers is made of. */
const PEER_PACKAGES = {
  iproute2: '/usr/sbin/ip',
  'util-linux': '/usr/bin/nsenter',
  openssl: '/usr/bin/openssl',
  curl: '/usr/bin/curl',
  python3: '/usr/bin/pydoc3',
};

/** What only some tests need is done without where a registry is slow: ms. */
const PATIENCE = { timeout: 300_000, killSignal: 'SIGKILL' };

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2], ...options });
  return result.status === 0;
}

function say(line) {
  process.stderr.write(`setup: ${line}\n`);
}

function fail(line) {
  say(line);
  process.exit(1);
}

function hashOf(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function isStamped(stamp, hash) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
}

/** `npm ci` once per state of the lock file, in `folder`. @param optional only some tests need them */
function nodeModules(folder, { optional = false } = {}) {
  const hash = hashOf(join(folder, 'package-lock.json'));
  const stamp = join(folder, 'node_modules', '.ai-spm-lock');
  if (isStamped(stamp, hash)) return;
  say(`installing node modules in ${folder}`);
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder];
  const patience = optional ? PATIENCE : {};
  const ok = npm ? run(process.execPath, [npm, ...args], patience) : run('npm', args, patience);
  if (ok) return writeFileSync(stamp, hash);
  const line = `"npm ci" failed in ${folder}: see the lines above`;
  if (!optional) fail(line);
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
  say(`${line}; what needs it is skipped`);
}

/** A virtual environment with what requirements.txt pins, once per state of that file. */
function pythonPackages(folder) {
  const requirements = join(folder, 'requirements.txt');
  const hash = hashOf(requirements);
  const home = join(folder, '.venv');
  const stamp = join(home, '.ai-spm-lock');
  if (isStamped(stamp, hash)) return;
  say(`installing Python packages in ${home}`);
  rmSync(home, { recursive: true, force: true });
  const pip = ['-m', 'pip', 'install', '-q', '--disable-pip-version-check', '-r', requirements];
  if (run('python3', ['-m', 'venv', home]) && run(join(home, 'bin/python'), pip, PATIENCE)) {
    return writeFileSync(stamp, hash);
  }
  // Half an environment would look like a whole one.
  rmSync(home, { recursive: true, force: true });
  say('Python packages could not be installed: see the lines above; what needs them is skipped');
}

/** Runtimes and TLS libraries of other systems, once per state of the script that fetches them. */
function fetchedPeers(folder) {
  const script = join(folder, 'fetch.sh');
  const hash = hashOf(script);
  const home = join(folder, '.fetched');
  const stamp = join(home, '.ai-spm-lock');
  if (isStamped(stamp, hash) || process.arch !== 'x64') return;
  say(`fetching runtimes and libraries into ${home}`);
  rmSync(home, { recursive: true, force: true });
  if (run('sh', [script], PATIENCE)) return writeFileSync(stamp, hash);
  rmSync(home, { recursive: true, force: true });
  say('they could not be fetched: see the lines above; what needs them is skipped');
}

/**
 * The npm package `node` puts the pinned Node into node_modules/.bin by an install script, which an npm that
 * blocks scripts skips: then it is run here.
 */
function pinnedNode() {
  if (
    existsSync(join(ROOT, 'node_modules/.bin/node')) &&
    existsSync(join(ROOT, 'node_modules/node/bin/node'))
  )
    return;
  run(process.execPath, ['installArchSpecificPackage.js'], { cwd: join(ROOT, 'node_modules/node') });
  const npm = process.env.npm_execpath;
  if (npm) run(process.execPath, [npm, 'rebuild', 'node', '--loglevel=error']);
  if (!existsSync(join(ROOT, 'node_modules/.bin/node')))
    fail('the pinned Node (npm package "node") did not install');
}

/** @returns {boolean} whether all of them are there now */
function debianPackages(packages, purpose) {
  const missing = Object.keys(packages).filter((name) => !existsSync(packages[name]));
  if (missing.length === 0) return true;
  const line = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (!root || !existsSync('/usr/bin/apt-get')) {
    say(`${purpose} needs packages that are not here. As root, type:\n  ${line}`);
    return false;
  }
  say(`installing Debian packages for ${purpose}: ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = spawnSync('sh', ['-c', line], { encoding: 'utf8', env });
  if (apt.status === 0) return true;
  process.stderr.write(`${apt.stdout}${apt.stderr}`);
  say(`apt-get failed: see the lines above; ${purpose} is left out`);
  return false;
}

nodeModules(ROOT);
pinnedNode();

if (wanted.has('--sensor') && process.platform === 'linux' && debianPackages(SENSOR_PACKAGES, 'the sensor')) {
  if (!run('make', ['-s', '-C', 'bpf'])) fail('the sensor did not build: see the lines above');
}
if (wanted.has('--agent')) {
  // Its modules also where it cannot run: the type check reads them.
  nodeModules(join(ROOT, 'fixtures/agent'));
  if (process.platform === 'linux') debianPackages(AGENT_PACKAGES, 'the sample agent');
}
if (wanted.has('--test') && process.platform === 'linux') debianPackages(TEST_PACKAGES, 'some tests');
if (
  wanted.has('--peers') &&
  process.platform === 'linux' &&
  debianPackages(PEER_PACKAGES, 'peers of the tests')
) {
  nodeModules(join(ROOT, 'test/peers/node'), { optional: true });
  pythonPackages(join(ROOT, 'test/peers/python'));
  fetchedPeers(join(ROOT, 'test/bpf/peers'));
}
