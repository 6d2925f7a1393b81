import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandOp, WireOf } from '../../src/model/wire.ts';
import { type CommandArguments, encodeCommand } from '../../src/sources/sensor/commands.ts';
import { noProbes, type SensorRun, startSensor, waiting } from './sensor-process.ts';
import { image } from './tls-kit.ts';

const ENOENT = 2;
const ESRCH = 3;
const EINVAL = 22;
const EISDIR = 21;
const ENOTDIR = 20;
const ENOTSUP = 95;
const MIB = 1 << 20;

let request = 0;

async function ask(run: SensorRun, op: CommandOp, args: CommandArguments): Promise<WireOf<'reply'>> {
  const req = ++request;
  run.child.stdin!.write(encodeCommand(op, req, args));
  return run.until(() => run.of('reply').find((r) => r.req === req), `a reply to ${op}`);
}

const text = (reply: WireOf<'reply'>) => Buffer.from(reply.data ?? '', 'base64').toString();

describe.skipIf(noProbes)('bounded reads in another process', () => {
  const root = mkdtempSync(join(tmpdir(), 'ai-spm-root-'));
  let run: SensorRun;
  let jailed: Awaited<ReturnType<typeof waiting>>;
  let who: { pid: number; start: string };

  beforeAll(async () => {
    writeFileSync(join(root, 'small'), 'hello\n');
    writeFileSync(join(root, 'big'), Buffer.alloc(MIB + 1, 'x'));
    writeFileSync(join(root, 'full'), Buffer.alloc(MIB, 'y'));
    mkdirSync(join(root, 'dir/sub'), { recursive: true });
    writeFileSync(join(root, 'dir/a b'), '');
    symlinkSync('/small', join(root, 'absolute'));
    symlinkSync('../../../../../../etc/passwd', join(root, 'escape'));
    symlinkSync('/proc/self/root/etc/passwd', join(root, 'magic'));
    execFileSync('mkfifo', [join(root, 'fifo')]);
    execFileSync('mknod', [join(root, 'null'), 'c', '1', '3']);
    const program = `import os, sys\nos.chroot("${root}"); os.chdir("/"); print("up", flush=True); sys.stdin.read()`;
    jailed = await waiting('python3', '-c', program);
    run = await startSensor('--families', 'process');
    const task = await run.until(() => run.of('process').find((p) => p.pid === jailed.pid), 'the process');
    who = { pid: task.pid, start: task.start };
  });
  afterAll(async () => {
    await run.stop();
    jailed.stdin!.end();
    rmSync(root, { recursive: true });
  });

  it('reads a file as the process sees it, also through its own absolute links', async () => {
    expect(text(await ask(run, 'read', { ...who, path: '/small', max: 100 }))).toBe('hello\n');
    expect(text(await ask(run, 'read', { ...who, path: '/absolute' }))).toBe('hello\n');
  });

  it('reads at most 1 MiB, and says whether there is more', async () => {
    const part = await ask(run, 'read', { ...who, path: '/small', max: 2 });
    expect([text(part), part.more]).toEqual(['he', true]);
    const big = await ask(run, 'read', { ...who, path: '/big', max: 10 * MIB });
    expect([text(big).length, big.more]).toEqual([MIB, true]);
    const full = await ask(run, 'read', { ...who, path: '/full', max: 0 });
    expect([text(full).length, full.more]).toEqual([MIB, undefined]);
  });

  it.each([
    ['/escape', ENOENT],
    ['/../../../etc/passwd', ENOENT],
    ['/magic', ENOENT],
    ['/missing', ENOENT],
    ['/dir', EISDIR],
    ['/fifo', EINVAL],
    ['/null', EINVAL],
    ['small', EINVAL],
  ])('does not read %s', async (path, errno) => {
    const reply = await ask(run, 'read', { ...who, path });
    expect([reply.errno, reply.data]).toEqual([errno, undefined]);
  });

  it('lists names, bounded', async () => {
    const names = text(await ask(run, 'list', { ...who, path: '/dir' }));
    expect(names.split('\0').sort()).toEqual(['', 'a b', 'sub']);
    expect((await ask(run, 'list', { ...who, path: '/dir', max: 4 })).more).toBe(true);
    expect((await ask(run, 'list', { ...who, path: '/small' })).errno).toBe(ENOTDIR);
  });

  it('answers for the process that was meant, and no other with its pid', async () => {
    const later = String(BigInt(who.start) + 1_000_000_000n);
    expect((await ask(run, 'read', { ...who, start: later, path: '/small' })).errno).toBe(ESRCH);
    expect((await ask(run, 'list', { pid: 2 ** 22 - 1, start: '1', path: '/' })).errno).toBe(ENOENT);
  });

  it('refuses images where the family for them is off, and answers a checkpoint by one', async () => {
    expect(await image(run, '/small', who)).toMatchObject({ status: 'refused', errno: ENOTSUP, probes: 0 });
    const before = run.of('checkpoint').length;
    run.child.stdin!.write(encodeCommand('checkpoint', 0));
    await run.until(() => run.of('checkpoint').length > before, 'a checkpoint');
  });
});

describe.skipIf(noProbes)('anything that is not a command ends the run', () => {
  const unterminated = Buffer.alloc(4096, 'a');
  unterminated.writeUInt32LE(5, 0);
  it.each([
    ['stop', encodeCommand('stop', 1), 'stop'],
    ['an unknown operation', Buffer.alloc(4096, 0), 'error'],
    ['a path without its end', unterminated, 'error'],
    ['half a block', Buffer.alloc(100), 'error'],
    ['the end of input', Buffer.alloc(0), 'eof'],
  ])('%s', async (_, bytes, reason) => {
    const run = await startSensor('--families', 'process');
    run.child.stdin!.end(bytes);
    expect((await run.ended()).code).toBe(0);
    expect(run.of('trailer')[0]!.reason).toBe(reason);
  });
});
