/** Ways around the system calls that a naive probe looks at. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { noProbes, output, startSensor } from './sensor-process.ts';

/** Node 20 opens by io_uring when told to; later ones do not. */
function node20(): string | undefined {
  try {
    const version = execFileSync('/usr/bin/node', ['--version']).toString();
    if (version.startsWith('v20.')) return '/usr/bin/node';
  } catch {}
  process.stderr.write('io_uring test skipped: /usr/bin/node is no Node 20\n');
  return undefined;
}

/** An ELF32 program for i386 that calls getpid, then exit(0), by `int $0x80`; byte by byte. */
function elf32(): Buffer {
  const getpid = [0x31, 0xc0, 0xb0, 20, 0xcd, 0x80]; // xor eax,eax; mov al,20; int 80
  const exit = [0x31, 0xdb, 0x31, 0xc0, 0x40, 0xcd, 0x80]; // xor ebx,ebx; xor eax,eax; inc eax; int 80
  const code = Buffer.from([...getpid, ...exit]);
  const base = 0x08048000;
  const head = Buffer.alloc(84);
  head.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  head.writeUInt16LE(2, 16); // ET_EXEC
  head.writeUInt16LE(3, 18); // EM_386
  head.writeUInt32LE(1, 20);
  head.writeUInt32LE(base + 84, 24); // entry
  head.writeUInt32LE(52, 28); // program headers
  head.writeUInt16LE(52, 40);
  head.writeUInt16LE(32, 42);
  head.writeUInt16LE(1, 44);
  const size = 84 + code.length;
  for (const [i, word] of [1, 0, base, base, size, size, 5, 0x1000].entries())
    head.writeUInt32LE(word, 52 + i * 4);
  return Buffer.concat([head, code]);
}

describe.skipIf(noProbes ?? (node20() ? undefined : 'no Node 20'))('io_uring', () => {
  it('opens files in sight', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ai-spm-uring-'));
    const file = join(dir, 'weights.safetensors');
    writeFileSync(file, 'x');
    const run = await startSensor('--families', 'process,file');
    const script = `require('fs').promises.readFile(${JSON.stringify(file)}).then(() => console.log('read'))`;
    const { pid, stdout } = await output('env', 'UV_USE_IO_URING=1', '/usr/bin/node', '-e', script);
    await run.stop();
    rmSync(dir, { recursive: true });
    expect(stdout).toBe('read\n');
    expect(run.of('file')).toContainEqual(expect.objectContaining({ pid, path: file }));
    expect(run.of('trailer')[0]!.cost.bpf.find((p) => p.program === 'file_uring')!.run_cnt).toBeGreaterThan(
      0,
    );
  });
});

describe.skipIf(noProbes ?? (process.arch === 'x64' ? undefined : 'not x86-64'))('a 32-bit program', () => {
  it('is seen, and what it does is counted as not understood', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ai-spm-elf32-'));
    const file = join(dir, 'program');
    writeFileSync(file, elf32());
    chmodSync(file, 0o755);
    const run = await startSensor();
    const { pid } = await output(file);
    await run.stop();
    rmSync(dir, { recursive: true });
    const exec = run.of('process').find((p) => p.pid === pid && p.ev === 'exec')!;
    expect(exec.exe).toBe(file);
    for (const signal of ['file', 'mapping', 'network', 'syscall'] as const) {
      const row = run.of('coverage').findLast((c) => c.cg === exec.cg && c.signal === signal);
      expect(row?.lost, signal).toBeGreaterThan(0);
    }
    expect(run.of('syscalls').find((s) => s.pid === pid)?.nrs).not.toContain(20); // writev, on x86-64
  });
});

/** Of one sendmmsg() with a peer of its own for each message, on a socket that is connected to none. */
const VECTOR = (n: number) => `
import ctypes, socket, struct
libc = ctypes.CDLL(None, use_errno=True)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
data = ctypes.create_string_buffer(b"x"); iov = ctypes.create_string_buffer(struct.pack("QQ", ctypes.addressof(data), 1))
names = [ctypes.create_string_buffer(struct.pack("=HH4s8x", 2, socket.htons(20000 + i), bytes([127, 0, 0, 9]))) for i in range(${n})]
vector = b"".join(struct.pack("QI4xQQQQI4xI4x", ctypes.addressof(m), 16, ctypes.addressof(iov), 1, 0, 0, 0, 0) for m in names)
print(libc.sendmmsg(s.fileno(), ctypes.create_string_buffer(vector), ${n}, 0))`;

describe.skipIf(noProbes)('a vector of datagrams', () => {
  it.each([
    [16, 16, 0],
    [40, 16, 1],
  ])('of %i peers shows %i, and counts the rest as not read', async (n, shown, unread) => {
    const run = await startSensor('--families', 'process,network', '--pid-tree', String(process.pid));
    const { pid, stdout } = await output('python3', '-c', VECTOR(n));
    await run.stop();
    expect(Number(stdout)).toBe(n);
    expect(run.of('connect').filter((c) => c.pid === pid && c.daddr === '127.0.0.9')).toHaveLength(shown);
    const lost = new Map(
      run.of('coverage').map((c) => [`${c.cg} ${c.signal}`, c.signal === 'network' ? c.lost : 0]),
    );
    expect([...lost.values()].reduce((sum, one) => sum + one, 0)).toBe(unread);
  });
});
