/** strace as external truth: what a command and its children did, process by process. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { output } from './sensor-process.ts';

export type Traced = {
  /** System call numbers by process; a thread's go to the process that made it. */
  syscalls: Map<number, Set<number>>;
  /** Absolute paths of opens, also failed ones, by process. */
  opens: Map<number, Set<string>>;
};

const CALL = /^(\d+) +\[\s*(\d+)\] (\w+)\(/;
const OPEN = /(?:openat2?\((?:AT_FDCWD|\d+)<([^>]*)>, |open\(|creat\()"((?:[^"\\]|\\.)*)"/;
const CLONE = /^(\d+) +\[.*(?:clone3?\(|<\.\.\. clone3? resumed)/;

/** Runs `command` in `cwd` under strace. */
export async function strace(cwd: string, ...command: string[]): Promise<Traced> {
  const dir = mkdtempSync(join(tmpdir(), 'ai-spm-strace-'));
  const log = join(dir, 'log');
  try {
    await output('env', '-C', cwd, 'strace', '-f', '-n', '-y', '-s', '4096', '-o', log, ...command);
    return readTrace(readFileSync(log, 'utf8').split('\n'), cwd);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function readTrace(lines: string[], cwd: string): Traced {
  const traced: Traced = { syscalls: new Map(), opens: new Map() };
  const leader = threadLeaders(lines);
  for (const line of lines) {
    const call = CALL.exec(line);
    if (!call) continue;
    const pid = leader.get(Number(call[1])) ?? Number(call[1]);
    addTo(traced.syscalls, pid, Number(call[2]));
    const open = OPEN.exec(line);
    if (open?.[2]) addTo(traced.opens, pid, resolve(open[1] ?? cwd, open[2]));
  }
  return traced;
}

/** Thread to process. A clone's flags and its result may stand on two lines, with others' between. */
function threadLeaders(lines: string[]): Map<number, number> {
  const leader = new Map<number, number>();
  const makesThread = new Map<number, boolean>();
  for (const line of lines) {
    const clone = CLONE.exec(line);
    if (!clone) continue;
    const caller = Number(clone[1]);
    if (!line.includes('resumed')) makesThread.set(caller, line.includes('CLONE_THREAD'));
    const result = / = (\d+)$/.exec(line);
    if (result && makesThread.get(caller)) leader.set(Number(result[1]), leader.get(caller) ?? caller);
  }
  return leader;
}

function addTo<V>(map: Map<number, Set<V>>, key: number, value: V): void {
  const set = map.get(key) ?? new Set();
  map.set(key, set.add(value));
}
