/**
 * Boots Debian's own kernel (6.1) under software emulation and runs the sensor there: every family must load and
 * observe on a distribution kernel, not only on the one that this machine happens to have.
 *
 *   node test/kernel/boot.ts      as root, on Debian; installs qemu, busybox and cpio where missing
 */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SIGNALS } from '../../src/model/kinds.ts';
import { type WireRecord, wireRecordSchema } from '../../src/model/wire.ts';
import { encodeCommand } from '../../src/sources/sensor/commands.ts';
import { certificate } from '../bpf/tls-kit.ts';

const SENSOR = fileURLToPath(new URL('../../bpf/.output/ai-spm-sensor', import.meta.url));
const BOOT_SECONDS = 240;

/** Hooks that 6.1 does not have; anything else that does not attach is a failure. */
const NOT_IN_6_1: Record<string, string> = {
  'tp_btf/sock_send_length': 'since 6.3',
  'tp_btf/sock_recv_length': 'since 6.3',
  'tp_btf/io_uring_submit_req': 'named io_uring_submit_sqe before 6.3',
};

const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t tmpfs tmpfs /tmp
mount -t tracefs tracefs /sys/kernel/tracing; mount -t bpf bpf /sys/fs/bpf
mkdir -p /tmp/cg; mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up 2>/dev/null || ifconfig lo up
echo MARK-KERNEL $(uname -r)
mkdir -p /sys/fs/cgroup/workload
(cat /attach; sleep 45) | /sensor --families ${SIGNALS} --checkpoint-ms 2000 > /tmp/out 2>/tmp/err &
sleep 15
sh -c 'echo $$ > /sys/fs/cgroup/workload/cgroup.procs; cat /etc/seen-file >/dev/null; nc -w 1 127.0.0.1 9 </dev/null; exec true'
httpd -p 127.0.0.1:80 -h /etc
wget -q -O /dev/null http://127.0.0.1/seen-file
echo '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' | cat >/dev/null
nslookup name.example 127.0.0.1
openssl s_server -accept 4433 -key /etc/key.pem -cert /etc/cert.pem -www -quiet &
sleep 3
(printf 'GET /over-tls HTTP/1.0\\r\\n\\r\\n'; sleep 3) | openssl s_client -quiet -connect 127.0.0.1:4433 >/dev/null 2>&1
killall openssl
killall httpd
wait
echo MARK-BEGIN; cat /tmp/out; echo MARK-END; echo MARK-STDERR; head -c 2000 /tmp/err; echo MARK-DONE
poweroff -f
`;

function apt(...packages: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Unpacks the kernel that linux-image-amd64 stands for, without installing it. Returns its vmlinuz. */
function debianKernel(folder: string): string {
  const depends = execFileSync('apt-cache', ['depends', 'linux-image-amd64'], { encoding: 'utf8' });
  const name = /linux-image-6\.1\.\S+/.exec(depends)?.[0];
  if (name === undefined) throw new Error(`linux-image-amd64 is no 6.1 kernel here:\n${depends}`);
  execFileSync('apt-get', ['download', '-qq', name], { cwd: folder, stdio: ['ignore', 'ignore', 'ignore'] });
  const deb = readdirSync(folder).find((file) => file.endsWith('.deb'))!;
  execFileSync('dpkg', ['-x', deb, 'kernel'], { cwd: folder });
  const boot = join(folder, 'kernel/boot');
  return join(boot, readdirSync(boot).find((file) => file.startsWith('vmlinuz'))!);
}

/** The openssl program with its libraries and a certificate, and the command to attach to libssl before it is used. */
function addTls(root: string): void {
  const libraries = execFileSync('ldd', ['/usr/bin/openssl'], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  for (const file of ['/usr/bin/openssl', ...libraries])
    cpSync(file, join(root, file), { dereference: true, recursive: true });
  cpSync('/usr/bin/openssl', join(root, 'bin/openssl'), { dereference: true });
  const made = certificate();
  for (const name of ['key.pem', 'cert.pem']) cpSync(join(made, name), join(root, 'etc', name));
  rmSync(made, { recursive: true });
  const path = libraries.find((library) => library.includes('libssl.so'))!;
  writeFileSync(join(root, 'attach'), encodeCommand('image-attach', 1, { path }));
}

function initramfs(folder: string): string {
  const root = join(folder, 'root');
  for (const dir of ['bin', 'etc', 'proc', 'sys', 'tmp', 'dev'])
    mkdirSync(join(root, dir), { recursive: true });
  cpSync('/usr/bin/busybox', join(root, 'bin/busybox'), { dereference: true });
  cpSync(SENSOR, join(root, 'sensor'));
  writeFileSync(join(root, 'etc/seen-file'), 'seen\n');
  addTls(root);
  writeFileSync(join(root, 'init'), INIT, { mode: 0o755 });
  const image = join(folder, 'initramfs.gz');
  execFileSync('sh', ['-c', `cd ${root} && find . | cpio -o -H newc --quiet | gzip -1 > ${image}`]);
  return image;
}

function boot(kernel: string, image: string): Promise<string> {
  const args = ['-accel', 'tcg', '-cpu', 'max', '-m', '1024', '-smp', '2', '-nographic', '-no-reboot'];
  args.push('-kernel', kernel, '-initrd', image, '-append', 'console=ttyS0 panic=-1 quiet', '-nic', 'none');
  const child = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), BOOT_SECONDS * 1000);
  let console = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    console += text;
  });
  return new Promise((resolve) => {
    child.on('close', () => {
      clearTimeout(timer);
      resolve(console.replaceAll('\r', ''));
    });
  });
}

function check(console: string): string[] {
  const kernel = /MARK-KERNEL (\S+)/.exec(console)?.[1];
  const output = /MARK-BEGIN\n([\s\S]*?)MARK-END/.exec(console)?.[1];
  if (kernel === undefined || output === undefined)
    return [`the guest did not finish:\n${console.slice(-3000)}`];
  const records = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => wireRecordSchema.parse(JSON.parse(line)));
  process.stdout.write(`kernel ${kernel}: ${records.length} records\n`);
  return [...checkFamilies(records), ...checkObserved(records)];
}

function checkFamilies(records: readonly WireRecord[]): string[] {
  const header = records.find((record) => record.t === 'header');
  if (header === undefined) return ['no header'];
  return header.families.flatMap(({ family, programs }) => {
    const refused = programs.filter((program) => !program.attached && program.stage !== 'skipped');
    for (const program of programs) {
      const state = program.attached ? 'attached' : `${program.stage} ${program.error ?? ''}`;
      process.stdout.write(`  ${family.padEnd(8)} ${program.hook.padEnd(40)} ${state}\n`);
    }
    const unexpected = refused.filter((program) => !(program.hook in NOT_IN_6_1));
    const none = programs.every((program) => !program.attached) ? [`${family}: nothing attached`] : [];
    return [...none, ...unexpected.map((program) => `${family}: ${program.hook} refused: ${program.error}`)];
  });
}

/** Did a stream of this kind carry the text? */
function said(records: readonly WireRecord[], via: string, text: string): boolean {
  const streams = new Set(records.flatMap((r) => (r.t === 'stream' && r.via === via ? [r.stream] : [])));
  return records.some(
    (r) => r.t === 'payload' && streams.has(r.stream) && Buffer.from(r.data, 'base64').includes(text),
  );
}

/** What the guest did, as the sensor must have seen it. */
function checkObserved(records: readonly WireRecord[]): string[] {
  const seen: Record<string, boolean> = {
    'exec of cat': records.some((r) => r.t === 'process' && r.ev === 'exec' && r.argv?.[0] === 'cat'),
    'open of /etc/seen-file': records.some((r) => r.t === 'file' && r.path === '/etc/seen-file'),
    'connect to 127.0.0.1:9': records.some((r) => r.t === 'connect' && r.dport === 9),
    'system calls of the workload': records.some((r) => r.t === 'syscalls' && r.nrs.length > 5),
    'a mapping': records.some((r) => r.t === 'mapping'),
    'a request and its answer in the clear':
      said(records, 'socket', 'GET /seen-file') && said(records, 'socket', '200 OK'),
    'a JSON-RPC message in a pipe': said(records, 'pipe', '"tools/list"'),
    'TLS, from within the library':
      said(records, 'openssl', 'GET /over-tls') && said(records, 'openssl', 'HTTP/1.0 200'),
    'a question for a name': said(records, 'dns', '\x04name\x07example'),
    'cgroup /workload': records.some((r) => r.t === 'cgroup' && r.path === '/workload'),
    'one program for the exits of all calls': records.some(
      (r) => r.t === 'trailer' && r.cost.bpf.some(({ program }) => program === 'dispatch_exit'),
    ),
  };
  return Object.entries(seen).flatMap(([what, ok]) => (ok ? [] : [`not seen: ${what}`]));
}

const skip = (why: string) => {
  process.stdout.write(`kernel boot test SKIPPED: ${why}\n`);
  process.exit(0);
};
if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) skip('needs root and apt-get');
if (process.arch !== 'x64') skip(`written for x86-64, this is ${process.arch}`);
if (!existsSync(SENSOR)) skip('the sensor is not built');
apt('qemu-system-x86', 'busybox-static', 'cpio');
const folder = mkdtempSync(join(tmpdir(), 'ai-spm-kernel-'));
try {
  const failures = check(await boot(debianKernel(folder), initramfs(folder)));
  for (const failure of failures) process.stdout.write(`FAIL ${failure}\n`);
  process.stdout.write(failures.length === 0 ? 'kernel boot test passed\n' : 'kernel boot test failed\n');
  process.exitCode = failures.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
