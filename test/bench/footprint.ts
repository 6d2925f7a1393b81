/**
 * What collect and its loader take while 200 workloads, each a process in a cgroup of its own, open files and
 * connect: the whole node, and scoped to the cgroup above them. Each has 300 files and 150 peers, half of them its own:
 * well below the 1,000 of a kind beyond which they fold, since memory goes with what all have together, 90,000 rows.
 * What else the machine does counts in the first. Measured is a checkout, which runs its sources, once they are
 * compiled: a run that compiles them takes some 25 MiB more.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readSegments } from '../../src/sources/files/snapshot-reader.ts';
import { type Figure, figure } from './figures.ts';
import { childOf, memoryMiB } from './proc.ts';
import { LOAD, WORKLOAD_FILES } from './rounds.ts';

const WORKLOADS = 200;
const SUBJECTS = 450;
/** Opens and connects of each, a second: all within the first half of the window. */
const RATE = 60;
const WINDOW_S = 15;
const PERIOD_MS = 100;
const BIN = fileURLToPath(new URL('../../bin/ai-spm.js', import.meta.url));
const MOUNT = /^cgroup2? (\S+) cgroup2 /m.exec(readFileSync('/proc/self/mounts', 'utf8'))?.[1];

export async function benchFootprint(): Promise<Figure[]> {
  if (!MOUNT) return [];
  const parent = join(MOUNT, 'ai-spm-bench.slice');
  const groups = Array.from({ length: WORKLOADS }, (_, n) => join(parent, `bench-${n}.service`));
  for (const group of groups) mkdirSync(group, { recursive: true });
  const loads = groups.map(startLoad);
  try {
    await footprints([]);
    const node = await footprints([]);
    const scoped = await footprints(['--cgroup', parent]);
    const all = { 'whole node': node, 'one cgroup': scoped };
    return Object.entries(all).flatMap(([scope, { collect, sensor }]) => [
      figure(`${WORKLOADS} workloads, ${scope}: collect, resident`, 'MiB', collect.resident),
      figure(`${WORKLOADS} workloads, ${scope}: collect, peak`, 'MiB', [collect.peak], 150),
      figure(`${WORKLOADS} workloads, ${scope}: sensor, resident`, 'MiB', sensor.resident),
      figure(`${WORKLOADS} workloads, ${scope}: sensor, peak`, 'MiB', [sensor.peak], 48),
    ]);
  } finally {
    await Promise.all(loads.map(stopLoad));
    for (const group of [...groups, parent]) rmdirSync(group);
    rmSync(WORKLOAD_FILES, { recursive: true, force: true });
  }
}

function startLoad(group: string): ChildProcess {
  const command = `echo $$ > '${group}/cgroup.procs'; exec '${LOAD}' workload ${RATE} 600`;
  return spawn('sh', ['-c', command], { stdio: ['ignore', 'ignore', 'inherit'] });
}

async function stopLoad(load: ChildProcess): Promise<void> {
  if (load.exitCode !== null) return;
  const closed = once(load, 'close');
  load.kill();
  await closed;
}

/** `resident`: a sample each period of the window. The peak has attaching and the writing of the snapshot in it. */
type Footprint = { resident: number[]; peak: number };

/** Looked at until it is over. */
async function footprints(scope: readonly string[]): Promise<{ collect: Footprint; sensor: Footprint }> {
  const folder = mkdtempSync(join(tmpdir(), 'ai-spm-footprint-'));
  const output = join(folder, 'footprint.jsonl.zst');
  const args = [BIN, 'collect', '--for', `${WINDOW_S}s`, '--no-live', '-q', '-o', output, ...scope];
  const collect = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const found: Record<'collect' | 'sensor', Footprint> = {
    collect: { resident: [], peak: 0 },
    sensor: { resident: [], peak: 0 },
  };
  try {
    await sleep(5000);
    const sensor = childOf(collect.pid!);
    while (collect.exitCode === null && collect.signalCode === null) {
      look(found.collect, collect.pid!);
      look(found.sensor, sensor);
      await sleep(PERIOD_MS);
    }
    await expectWorkloads(output);
    return found;
  } finally {
    collect.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

function look(found: Footprint, pid: number): void {
  const memory = memoryMiB(pid);
  if (!memory) return;
  found.resident.push(memory.resident);
  found.peak = Math.max(found.peak, memory.peak);
}

/** A small footprint of what was not watched would be no figure. */
async function expectWorkloads(path: string): Promise<void> {
  const rows = new Map<string, number>();
  for await (const { workloads, observations } of readSegments(path))
    for (const workload of Array.from(observations.workload)) {
      const { name } = workloads[workload]!;
      rows.set(name, (rows.get(name) ?? 0) + 1);
    }
  const found = [...rows].filter(([name, count]) => /(^|\/)bench-\d+/.test(name) && count >= SUBJECTS).length;
  if (found !== WORKLOADS) throw new Error(`${found} of ${WORKLOADS} workloads are whole in the snapshot`);
}
