/** Names that hide: a Secret opened by a link, a program called like a runtime, a new file under an old inode. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { noProbes, output, startSensor } from './sensor-process.ts';

describe.skipIf(noProbes)('a name', () => {
  const undo: (() => void)[] = [];
  afterEach(() => {
    for (const step of undo.splice(0).reverse()) step();
  });
  const scratch = (): string => {
    const dir = mkdtempSync(join(tmpdir(), 'ai-spm-alias-'));
    undo.push(() => rmSync(dir, { recursive: true }));
    return dir;
  };

  it('that is a link onto a volume is told with the path that it led to', async () => {
    const dir = scratch();
    const volume = join(dir, 'volume');
    mkdirSync(volume);
    execFileSync('mount', ['-t', 'tmpfs', 'none', volume]);
    undo.push(() => execFileSync('umount', [volume]));
    writeFileSync(join(volume, 'key'), 'x');
    writeFileSync(join(dir, 'plain'), 'x');
    symlinkSync(join(volume, 'key'), join(dir, 'link'));
    symlinkSync(volume, join(dir, 'way'));
    const run = await startSensor('--families', 'file');
    const names = ['link', 'way/key', 'volume/key', 'plain'].map((name) => join(dir, name));
    const { pid } = await output('cat', ...names);
    await run.stop();
    expect(run.invalid).toEqual([]);
    const opened = run.of('file').filter((f) => f.pid === pid && f.path.startsWith(dir));
    expect(opened.map(({ path, real }) => [path, real])).toEqual([
      [names[0], join(volume, 'key')],
      [names[1], join(volume, 'key')],
      [names[2], undefined],
      [names[3], undefined],
    ]);
  });

  it("that only begins like a runtime's makes no runtime", async () => {
    const dir = scratch();
    const agent = join(dir, 'runcode');
    copyFileSync('/bin/cat', agent);
    const run = await startSensor('--families', 'process,syscall');
    const { pid } = await output(agent, '/etc/hosts');
    await run.stop();
    const execs = run.of('process').filter((p) => p.pid === pid && p.exe === agent);
    expect(execs.map(({ ev, init }) => [ev, init])).toEqual([['exec', undefined]]);
    expect(run.of('syscalls').filter((s) => s.pid === pid && s.phase === 'init')).toEqual([]);
  });

  it('mapped anew is another file where the inode number was used again', async () => {
    const dir = scratch();
    // Until the number comes back; a file system that never does that needs no telling apart.
    const program = `
import mmap, os
def model(name):
  path = "${dir}/" + name
  with open(path, "wb") as f: f.write(b"x" * 4096)
  f = open(path, "rb"); m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
  ino = os.fstat(f.fileno()).st_ino
  m.close(); f.close(); os.unlink(path)
  return ino
seen = {}
for i in range(200):
  ino = model("%d.safetensors" % i)
  if ino in seen: print(seen[ino], i); break
  seen[ino] = i`;
    const run = await startSensor('--families', 'mapping');
    const { pid, stdout } = await output('python3', '-c', program);
    await run.stop();
    const mapped = run.of('mapping').filter((m) => m.pid === pid && m.path.startsWith(dir));
    const reused = stdout.trim().split(' ').filter(Boolean);
    for (const one of reused) expect(mapped.map(({ path }) => path)).toContain(`${dir}/${one}.safetensors`);
    expect(mapped.length).toBeGreaterThan(0);
  });
});
