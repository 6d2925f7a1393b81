/** JSON-RPC between parent and child: whole, joined at its ends, and nothing of other pipes. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { coverage, python, records, watch } from './plain-kit.ts';
import { noProbes } from './sensor-process.ts';
import { finished, NODE_24, streams } from './tls-kit.ts';

/** Messages up to 1 MB, answered with themselves; the parent prints digests of what it wrote and read. */
const NODE = `
const { createHash } = require('node:crypto');
const { spawn } = require('node:child_process');
const echo = "let b = ''; process.stdin.setEncoding('utf8').on('data', (d) => { b += d; for (let i; (i = b.indexOf('\\\\n')) >= 0; b = b.slice(i + 1)) process.stdout.write(JSON.stringify({ result: b.slice(0, i), id: 1, jsonrpc: '2.0' }) + '\\\\n'); })";
const child = spawn(process.execPath, ['-e', echo], { stdio: ['pipe', 'pipe', 'inherit'] });
const digest = () => createHash('sha256');
const wrote = digest(), read = digest();
let left = 5, pending = '';
for (const n of [100, 2000, 13000, 300000, 1000000]) {
  const line = JSON.stringify({ method: 'tools/call', params: { text: 'x'.repeat(n) }, id: n, jsonrpc: '2.0' }) + '\\n';
  wrote.update(line); child.stdin.write(line);
}
child.stdout.on('data', (d) => { read.update(d); for (const c of d) if (c === 10 && --left === 0) child.stdin.end(); });
child.on('close', () => console.log(JSON.stringify({ child: child.pid, wrote: wrote.digest('hex'), read: read.digest('hex') })));`;

const PYTHON = `
import hashlib, json, subprocess, sys
echo = "import sys\\nfor l in sys.stdin: sys.stdout.write('{\\"jsonrpc\\": \\"2.0\\", \\"result\\": ' + l.strip() + '}\\\\n'); sys.stdout.flush()"
p = subprocess.Popen([sys.executable, "-S", "-c", echo], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
wrote, read = hashlib.sha256(), hashlib.sha256()
for n in (100, 2000, 13000, 300000, 1000000):
  line = (json.dumps({"jsonrpc": "2.0", "id": n, "method": "tools/call", "params": {"text": "x" * n}}) + "\\n").encode()
  wrote.update(line); p.stdin.write(line); p.stdin.flush(); read.update(p.stdout.readline())
p.stdin.close(); p.wait()
print(json.dumps({"child": p.pid, "wrote": wrote.hexdigest(), "read": read.hexdigest()}))`;

type Said = { child: number; wrote: string; read: string };
type Peer = { name: string; via: 'pipe' | 'unix'; command: string; args: string[] };
const PEERS: Peer[] = [
  { name: 'node, socketpairs', via: 'unix', command: NODE_24, args: ['-e', NODE] },
  { name: 'python, pipes', via: 'pipe', command: 'python3', args: ['-S', '-c', PYTHON] },
];
const HOOKS: [string, string[]][] = [
  ['by the socket hook', []],
  ['by the exits of calls', ['--refuse', 'stdio_sent']],
  ['with every program entered by itself', ['--refuse', 'dispatch_exit']],
];

const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');

describe.skipIf(noProbes).each(HOOKS)('messages of 150 B to 1 MB, %s', (_, options) => {
  it.each(PEERS)(
    'between $name arrive whole, and tell who is behind them',
    async ({ via, command, args }) => {
      const run = await watch('stdio', ...options);
      const { pid, stdout } = await finished(command, args);
      await run.stop();
      const said = JSON.parse(stdout) as Said;
      expect(run.invalid).toEqual([]);
      const seen = streams(run).filter(
        (s) => s.record.via === via && [pid, said.child].includes(s.record.pid),
      );
      const asks = seen.find((s) => s.record.pid === pid)!;
      const answers = seen.find((s) => s.record.pid === said.child)!;
      expect(seen).toHaveLength(2);
      expect(sha256(asks.out)).toBe(said.wrote);
      expect(sha256(answers.out)).toBe(said.read);
      // What the parent writes to is what the child has as its standard input.
      expect(answers.record.fd).toBe(1);
      expect(answers.record.stdin_ino).toBe(asks.record.peer_ino);
      if (via === 'pipe') expect(asks.record.ino).toBe(asks.record.peer_ino);
      const { attempted, delivered, lost } = coverage(run, 'stdio');
      expect([attempted, lost]).toEqual([delivered, 0]);
      expect(delivered).toBe(records(run));
    },
  );
});

describe.skipIf(noProbes)('a pipe', () => {
  it('with other data is left alone', async () => {
    const run = await watch('stdio');
    await finished('sh', [
      '-c',
      'seq 1 200000 | gzip -1 | cat | wc -c; echo "{}" | cat; echo "{\\"level\\":1}" | cat',
    ]);
    await run.stop();
    expect(records(run)).toBe(0);
  });

  it('belongs to its stream from its first message on, whoever writes, with what was truly written', async () => {
    const run = await watch('stdio');
    const { stdout } = await python(
      'import errno, os, fcntl',
      'r, w = os.pipe(); fcntl.fcntl(w, 1031, 4096)',
      'os.write(w, b"before"); os.write(w, b"{\\"id\\":1}"); os.write(w, b"after")',
      'if os.fork() == 0: os.writev(w, [b"child", b"\\n"]); os._exit(0)',
      'os.wait(); os.read(r, 100); os.set_blocking(w, False)',
      // More than there is room for: a part is written; then nothing at all.
      'n = os.write(w, b"x" * 9000)',
      'try: os.write(w, b"y" * 9000); raise SystemExit(1)',
      'except BlockingIOError: print(n)',
    );
    await run.stop();
    const n = Number(stdout);
    expect(n).toBeGreaterThan(0);
    const [stream, ...more] = streams(run);
    expect(more).toEqual([]);
    expect(stream!.out.toString()).toBe(`{"id":1}afterchild\n${'x'.repeat(n)}`);
    expect(new Set(run.of('payload').map((p) => p.pid)).size).toBe(2);
  });

  it('of much other data is looked at now and then, and what it carried before its first message is not passed over', async () => {
    const run = await watch('stdio');
    await python(
      'import os',
      'r, w = os.pipe()',
      'for i in range(1000): os.write(w, b"a line of a log\\n"); os.read(r, 100)',
      'for i in range(100): os.write(w, b\'{"id":%d}\' % i); os.read(r, 100)',
    );
    await run.stop();
    const [stream, ...more] = streams(run);
    expect(more).toEqual([]);
    const first = Number(/^\{"id":(\d+)\}/.exec(stream!.out.toString())?.[1]);
    expect(first).toBeLessThan(16);
    expect(run.of('payload')).toHaveLength(100 - first);
    const { attempted, delivered, lost } = coverage(run, 'stdio');
    expect([delivered, lost]).toEqual([attempted - 1, 1]);
  });

  it('tells the number of bytes that were spliced into it', async () => {
    const run = await watch('stdio');
    await python(
      'import ctypes, os',
      'libc = ctypes.CDLL(None, use_errno=True)',
      'r, w = os.pipe(); a, b = os.pipe(); os.write(w, b"{\\"id\\":1}\\n"); os.read(r, 100)',
      'os.write(b, b"s" * 5000); assert libc.splice(a, None, w, None, ctypes.c_size_t(5000), 0) == 5000; os.read(r, 5000)',
      'os.write(b, b"s" * 700); assert libc.tee(a, w, ctypes.c_size_t(700), 0) == 700; os.read(r, 5000)',
      'f = os.open("/proc/self/exe", 0); assert os.sendfile(w, f, 0, 3000) == 3000; os.read(r, 5000)',
      'os.write(w, b"end")',
    );
    await run.stop();
    const told = run.of('payload').map((p) => [p.off, p.len, p.data.length > 0]);
    expect(told).toEqual([
      [0, 9, true],
      [9, 5000, false],
      [5009, 700, false],
      [5709, 3000, false],
      [8709, 3, true],
    ]);
    expect(coverage(run, 'stdio').truncated).toBe(3);
  });
});
