/** The ring of payloads at its limits: rate, overflow, pressure, and what user space asks for. */
import type { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import type { WireOf } from '../../src/model/wire.ts';
import { encodeCommand } from '../../src/sources/sensor/commands.ts';
import { coverage, gaps, python, records, watch } from './plain-kit.ts';
import { noProbes, type SensorRun, waiting } from './sensor-process.ts';

const bytes = (p: WireOf<'payload'>): Buffer => globalThis.Buffer.from(p.data, 'base64');

/** Writes N messages of some size to a pipe that a thread drains, at a rate; prints how many bytes there were. */
const writer = (n: number, size: number, rate: number) => `
import os, threading, time
r, w = os.pipe()
def drain():
  while os.read(r, 1 << 20): pass
threading.Thread(target=drain, daemon=True).start()
total = 0; began = time.monotonic()
for i in range(${n}):
  m = b'{"jsonrpc":"2.0","id":%d,"method":"' % i; m += b"m" * (${size} - len(m) - 3) + b'"}\\n'
  total += os.write(w, m)
  if ${rate}:
    late = time.monotonic() - began - i / ${rate || 1}
    if late < -0.002: time.sleep(-late)
print(total, flush=True)`;

describe.skipIf(noProbes)('payloads', () => {
  it('of 20,000 messages/s come without loss', async () => {
    const run = await watch('stdio');
    const { stdout } = await python(writer(60_000, 150, 20_000));
    await run.stop();
    const payloads = run.of('payload');
    expect(gaps(payloads)).toEqual({ missing: 0, end: Number(stdout) });
    expect(payloads.every((p) => bytes(p).length === p.len)).toBe(true);
    const text = globalThis.Buffer.concat(payloads.map(bytes)).toString();
    const ids = text
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: number }).id);
    expect(ids.length).toBe(60_000);
    expect(ids.every((id, i) => id === i)).toBe(true);
    expect(coverage(run, 'stdio').lost).toBe(0);
  });

  it('that find the ring full leave gaps of just what was lost, and counts that fit', async () => {
    const run = await watch('stdio', '--payload-bytes', '65536');
    const program = `${writer(3000, 4000, 0)}\nimport sys; sys.stdin.readline(); os.write(w, b"{}"); total += 2; print(total)`;
    const told = waiting('python3', '-S', '-c', program);
    run.child.kill('SIGSTOP');
    const child = await told;
    run.child.kill('SIGCONT');
    await run.until(() => run.of('payload').length > 10, 'payloads');
    let last = '';
    child.stdout!.on('data', (c) => {
      last += c;
    });
    child.stdin!.end('\n');
    await new Promise((resolve) => child.on('close', resolve));
    await run.stop();
    expect(run.invalid).toEqual([]);
    const { attempted, delivered, lost } = coverage(run, 'stdio');
    expect(attempted).toBe(delivered + lost);
    expect(delivered).toBe(records(run));
    expect(lost).toBeGreaterThan(500);
    const { missing, end } = gaps(run.of('payload'));
    expect(end).toBe(Number(last));
    expect(end).toBe(3000 * 4000 + 2);
    // Every message is a record: what is missing are as many messages as were lost.
    expect(missing).toBe(lost * 4000);
  });

  it('are cut to their heads while the ring is more than half full', async () => {
    const run = await watch('stdio', '--payload-bytes', '1048576');
    run.child.kill('SIGSTOP');
    const { stdout } = await python(writer(400, 8000, 0));
    run.child.kill('SIGCONT');
    await run.stop();
    const sizes = run.of('payload').map((p) => [p.len, bytes(p).length]);
    expect(gaps(run.of('payload'))).toEqual({ missing: 0, end: Number(stdout) });
    const heads = [8000, 2048, 512].map((n) => sizes.filter(([, have]) => have === n).length);
    expect(heads.every((n) => n > 10)).toBe(true);
    expect(heads[0]! + heads[1]! + heads[2]!).toBe(400);
    expect(coverage(run, 'stdio')).toMatchObject({ lost: 0, truncated: heads[1]! + heads[2]! });
  });

  it('of a call longer than --max-payload are cut there', async () => {
    const run = await watch('stdio', '--max-payload', '20000');
    // What moves much at once does not begin a stream.
    const first = `import os\nwrite = os.write\ndef both(w, m):\n  os.write = write; write(w, b'{"id":0}\\n'); return write(w, m) + 9\nos.write = both\n`;
    await python(first + writer(3, 60_000, 0));
    await run.stop();
    const sizes = run.of('payload').map((p) => [p.off, p.len, bytes(p).length]);
    expect(sizes.slice(0, 3)).toEqual([
      [0, 9, 9],
      [9, 16_384, 16_384],
      [16_393, 43_616, 3616],
    ]);
    expect(sizes).toHaveLength(7);
    expect(coverage(run, 'stdio').truncated).toBe(3);
  });
});

let request = 0;
async function mode(run: SensorRun, id: string, max: number): Promise<number> {
  const req = ++request;
  run.child.stdin!.write(encodeCommand('stream-mode', req, { cgroup: BigInt(`0x${id}`).toString(), max }));
  return (await run.until(() => run.of('reply').find((r) => r.req === req), 'a reply')).errno;
}

describe.skipIf(noProbes)('stream-mode', () => {
  it('bounds what is captured of a stream, down to its length, and is undone', async () => {
    const run = await watch('stdio');
    const child = await waiting(
      'python3',
      '-S',
      '-c',
      `import os, sys
r, w = os.pipe(); m = b'{"id":1,"text":"%s"}\\n' % (b"t" * 1000)
def write(n):
  for i in range(n): os.write(w, m); os.read(r, 2000)
write(1); print(len(m), flush=True)
for n in sys.stdin: write(int(n)); print("done", flush=True)`,
    );
    const size = Number(child.said);
    const write = async (n: number) => {
      const done = new Promise((resolve) => child.stdout!.once('data', resolve));
      child.stdin!.write(`${n}\n`);
      await done;
    };
    const { stream } = await run.until(() => run.of('stream')[0], 'the stream');
    expect(await mode(run, stream, 100)).toBe(0);
    await write(2);
    expect(await mode(run, stream, 0)).toBe(0);
    await write(3000);
    expect(await mode(run, stream, 0xffffffff)).toBe(0);
    await write(1);
    expect(await mode(run, 'abcdef', 0)).toBe(2); // ENOENT
    child.stdin!.end();
    await run.stop();
    const payloads = run.of('payload');
    const [first, second, third] = payloads;
    expect([first, second, third].map((p) => [p!.len, bytes(p!).length])).toEqual([
      [size, size],
      [size, 100],
      [size, 100],
    ]);
    expect(payloads.at(-1)).toMatchObject({ off: 3003 * size, len: size });
    expect(bytes(payloads.at(-1)!)).toHaveLength(size);
    // 3 MB in between, told by a few lengths.
    const between = payloads.slice(3, -1);
    expect(between.every((p) => p.data === '')).toBe(true);
    expect(between.length).toBeLessThan(20);
    expect(gaps(payloads)).toEqual({ missing: 0, end: 3004 * size });
    expect(coverage(run, 'stdio')).toMatchObject({ lost: 0, truncated: 0 });
  });
});
