/** At an agent's rate: 50 HTTP requests, 50 messages on a pipe and 50 file reads a second; what `collect` and its sensor cost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Figure, figure } from './figures.ts';
import { cpuMs, rssMiB } from './proc.ts';

const WARM_UP_MS = 6_000;
const WINDOW_MS = 20_000;
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export async function benchAgentLoad(rounds: number): Promise<Figure[]> {
  const loads: number[] = [];
  const sensorRss: number[] = [];
  const collectRss: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { percent, rss } = await observeOnce();
    loads.push(percent);
    sensorRss.push(rss.sensor);
    collectRss.push(rss.collect);
  }
  return [
    figure('collect and sensor, of one core', '%', loads, 1),
    figure('resident: sensor', 'MiB', sensorRss, 48),
    figure('resident: collect', 'MiB', collectRss, 150),
  ];
}

async function observeOnce() {
  const folder = mkdtempSync(join(tmpdir(), 'ai-spm-load-'));
  const agent = spawn(process.execPath, [at('./agent-like.ts')], { stdio: ['ignore', 'ignore', 'inherit'] });
  const args = [
    'collect',
    '--for',
    `${(WARM_UP_MS + WINDOW_MS) / 1000 + 4}s`,
    '--no-live',
    '--pid',
    String(agent.pid),
  ];
  const collect = spawn(
    process.execPath,
    [at('../../bin/ai-spm.js'), ...args, '-o', join(folder, 'load.jsonl.zst')],
    {
      stdio: ['ignore', 'ignore', 'ignore'],
    },
  );
  const ended = once(collect, 'close');
  try {
    await sleep(WARM_UP_MS);
    const sensor = childOf(collect.pid!);
    const before = cpuMs(collect.pid!) + cpuMs(sensor);
    await sleep(WINDOW_MS);
    const used = cpuMs(collect.pid!) + cpuMs(sensor) - before;
    const rss = { sensor: rssMiB(sensor), collect: rssMiB(collect.pid!) };
    await ended;
    return { percent: (used / WINDOW_MS) * 100, rss };
  } finally {
    agent.kill();
    collect.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

function childOf(parent: number): number {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === parent);
  if (children.length !== 1) throw new Error(`collect has ${children.length} children, expected its sensor`);
  return Number(children[0]);
}

function stat(pid: number | string): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
}

function parentOf(pid: string): number | null {
  try {
    return Number(stat(pid)[1]);
  } catch {
    return null;
  }
}
