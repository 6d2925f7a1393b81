/**
 * What collect and its loader take while 200 workloads, each a process in a cgroup of its own, open files and
 * connect: the whole node, and scoped to the cgroup above them.
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
import { LOAD } from './rounds.ts';

const WORKLOADS = 200;
/** Opens and connects of each, a second. */
const RATE = 20;
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
    const node = await footprints([]);
    const scoped = await footprints(['--cgroup', parent]);
    const all = { 'whole node': node, 'one cgroup': scoped };
    return Object.entries(all).flatMap(([scope, { collect, sensor }]) => [
      figure(`${WORKLOADS} workloads, ${scope}: collect, resident`, 'MiB', collect.resident, 150),
      figure(`${WORKLOADS} workloads, ${scope}: collect, peak`, 'MiB', [collect.peak]),
      figure(`${WORKLOADS} workloads, ${scope}: sensor, resident`, 'MiB', sensor.resident, 48),
      figure(`${WORKLOADS} workloads, ${scope}: sensor, peak`, 'MiB', [sensor.peak]),
    ]);
  } finally {
    await Promise.all(loads.map(stopLoad));
    for (const group of [...groups, parent]) rmdirSync(group);
  }
}

function startLoad(group: string): ChildProcess {
  const command = `echo $$ > '${group}/cgroup.procs'; exec '${LOAD}' both ${RATE} 600`;
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
  const seen = new Set<string>();
  for await (const { workloads } of readSegments(path)) for (const { name } of workloads) seen.add(name);
  const found = [...seen].filter((name) => /(^|\/)bench-\d+/.test(name)).length;
  if (found !== WORKLOADS) throw new Error(`${found} of ${WORKLOADS} workloads are in the snapshot`);
}
