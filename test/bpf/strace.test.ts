import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { noProbes, type SensorRun, startSensor } from './sensor-process.ts';
import { strace, type Traced } from './strace.ts';

const NODE_PROGRAM = 'require("node:fs").readFileSync("relative.txt");require("node:zlib").gzipSync("x")';

/** The workload under both: shell, children by fork and exec, threads, opens relative and absolute. */
async function both(cwd: string, script: string): Promise<{ run: SensorRun; truth: Traced }> {
  const run = await startSensor('--pid-tree', String(process.pid));
  const truth = await strace(cwd, 'sh', '-c', `${script}; :`);
  await run.stop();
  return { run, truth };
}

function seenOpens(run: SensorRun, pid: number): Set<string> {
  return new Set(
    run
      .of('file')
      .filter((f) => f.pid === pid)
      .map((f) => f.path),
  );
}

function seenSyscalls(run: SensorRun, pid: number): Set<number> {
  return new Set(run.of('syscalls').flatMap((s) => (s.pid === pid ? s.nrs : [])));
}

describe.skipIf(noProbes)('against strace', () => {
  const programs = {
    python3: `python3 -c 'import json, sqlite3, ssl, os; open("relative.txt"); os.open("sub/../relative.txt", 0)'`,
    node: `node -e '${NODE_PROGRAM}'`,
    'a relative directory descriptor': `python3 -c 'import os; d = os.open(".", 0); os.open("relative.txt", 0, dir_fd=d)'`,
    'many short processes': 'for i in 1 2 3 4 5 6 7 8; do cat relative.txt missing.$i; done 2>/dev/null',
  };

  it.each(Object.entries(programs))(
    '%s: every open and every system call, and no other',
    async (_, script) => {
      const cwd = mkdtempSync(join(tmpdir(), 'ai-spm-opens-'));
      writeFileSync(join(cwd, 'relative.txt'), 'x');
      mkdirSync(join(cwd, 'sub'));
      try {
        const { run, truth } = await both(cwd, script);
        expect(run.invalid).toEqual([]);
        // The first process was forked by strace, whose own calls before exec strace does not show.
        const [first, ...children] = [...truth.syscalls.keys()];
        expect(children.length).toBeGreaterThan(0);
        for (const pid of truth.opens.keys()) expect(seenOpens(run, pid)).toEqual(truth.opens.get(pid));
        for (const pid of children) expect(seenSyscalls(run, pid)).toEqual(truth.syscalls.get(pid));
        for (const nr of truth.syscalls.get(first!)!) expect(seenSyscalls(run, first!)).toContain(nr);
        expect(run.of('coverage').filter((c) => c.lost > 0)).toEqual([]);
      } finally {
        rmSync(cwd, { recursive: true });
      }
    },
  );
});
