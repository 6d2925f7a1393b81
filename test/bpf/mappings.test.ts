import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { WireOf } from '../../src/model/wire.ts';
import { noProbes, startSensor, waiting } from './sensor-process.ts';

const MAPS = /^[0-9a-f]+-[0-9a-f]+ (\S{4}) \S+ (\S+) (\d+) +(\/.*)$/;

type Mapped = { path: string; exec: boolean; ino: string };

/** File mappings by /proc/PID/maps; devices and deleted files aside. */
function truth(pid: number): Mapped[] {
  const rows = readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .map((line) => MAPS.exec(line))
    .filter((m) => m !== null)
    .map((m) => ({ path: m[4]!, exec: m[1]![2] === 'x', ino: m[3]! }));
  return unique(rows);
}

function unique(rows: Mapped[]): Mapped[] {
  return [...new Map(rows.map((r) => [JSON.stringify(r), r])).values()];
}

const plain = ({ path, exec, ino }: WireOf<'mapping'>): Mapped => ({ path, exec, ino: ino! });

const PROGRAM = `
import mmap, sys, ssl, sqlite3, tempfile
f = tempfile.NamedTemporaryFile(suffix=".safetensors"); f.write(b"x" * 65536); f.flush()
m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
print(f.name, flush=True)
sys.stdin.read()`;

describe.skipIf(noProbes)('mappings against /proc/PID/maps', () => {
  it('shows all that a process maps from exec on, and the size of it', async () => {
    const run = await startSensor('--families', 'process,mapping');
    const python = await waiting('python3', '-c', PROGRAM);
    const expected = truth(python.pid!);
    await run.stop();
    python.stdin!.end();
    const seen = run.of('mapping').filter((m) => m.pid === python.pid);
    for (const row of expected) {
      // A file mapped without PROT_EXEC and made executable later would differ; no loader does that.
      expect(seen.map(plain)).toContainEqual(row.exec ? row : expect.objectContaining({ path: row.path }));
    }
    expect(seen.find((m) => m.path === python.said.trim())).toMatchObject({ size: 65536, exec: false });
  });

  it('shows all that was mapped before', async () => {
    const python = await waiting('python3', '-c', PROGRAM);
    const expected = truth(python.pid!);
    const run = await startSensor('--now');
    await run.ended();
    python.stdin!.end();
    const seen = run.of('mapping').filter((m) => m.pid === python.pid);
    expect(seen.every((m) => m.existing)).toBe(true);
    expect(unique(seen.map(plain)).sort(byPath)).toEqual(expected.sort(byPath));
  });
});

function byPath(a: Mapped, b: Mapped): number {
  return `${a.path} ${a.exec}`.localeCompare(`${b.path} ${b.exec}`);
}
