/** At an agent's rate: 50 HTTP requests, 50 MCP calls on a pipe and 50 file reads a second; what `collect` and its sensor cost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { APPLICATION_SIGNALS } from '../../src/model/kinds.ts';
import { differences, type Figure, figure } from './figures.ts';
import { childOf, cpuMs, rssMiB } from './proc.ts';
import { type Tracer, traceProcess } from './tracers.ts';

const ATTACH_MS = 2_000;
/** It runs for weeks: what V8 compiles in the first seconds is told apart. */
const WARM_UP_MS = 30_000;
const WINDOW_MS = 20_000;
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** bpftrace is given the hooks of these families alone. */
const DEAF = APPLICATION_SIGNALS.flatMap((family) => ['--without', family]);

type Cost = { warmUp: number; tracer: number; all: number; rss: number[] };

export async function benchAgentLoad(rounds: number): Promise<Figure[]> {
  const ours: Cost[] = [];
  const listening: Cost[] = [];
  const theirs: Cost[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await besideAgent((agent) => startCollect(agent, DEAF)));
    listening.push(await besideAgent((agent) => startCollect(agent, [])));
    theirs.push(await besideAgent(async (agent) => asTracer(await traceProcess(agent))));
  }
  const of = (costs: readonly Cost[], part: 'warmUp' | 'tracer' | 'all') => costs.map((cost) => cost[part]);
  const rss = (costs: readonly Cost[], n: number) => costs.map((cost) => cost.rss[n]!);
  return [
    figure('collect and sensor, of one core', '%', of(ours, 'tracer'), 1),
    figure('resident: sensor', 'MiB', rss(ours, 1), 48),
    figure('resident: collect', 'MiB', rss(ours, 0), 150),
    figure('listening too, of one core', '%', of(listening, 'tracer'), 1),
    figure('listening too, while it warms up', '%', of(listening, 'warmUp')),
    figure('listening too, resident: sensor', 'MiB', rss(listening, 1)),
    figure('bpftrace with the same hooks, of one core', '%', of(theirs, 'tracer')),
    figure('resident: bpftrace', 'MiB', rss(theirs, 0)),
    figure('with the agent: ours minus bpftrace', '%', differences(of(ours, 'all'), of(theirs, 'all')), 0),
  ];
}

type Beside = { pids: number[]; stop: () => Promise<void> };

function asTracer({ pid, stop }: Tracer): Beside {
  return { pids: pid === null ? [] : [pid], stop: async () => void (await stop()) };
}

async function startCollect(agent: number, without: readonly string[]): Promise<Beside> {
  const folder = mkdtempSync(join(tmpdir(), 'ai-spm-load-'));
  const output = join(folder, 'load.jsonl.zst');
  const args = ['collect', '--no-live', '--pid', String(agent), '-o', output, ...without];
  const collect = spawn(process.execPath, [at('../../bin/ai-spm.js'), ...args], { stdio: 'ignore' });
  const ended = once(collect, 'close');
  await sleep(ATTACH_MS);
  return {
    pids: [collect.pid!, childOf(collect.pid!)],
    stop: async () => {
      collect.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Percent of one core, by the tracer's processes, and by them and the agent: what is done in its system calls is its time. */
async function besideAgent(start: (agent: number) => Promise<Beside>): Promise<Cost> {
  const agent = spawn(process.execPath, [at('./agent-like.ts')], { stdio: ['ignore', 'ignore', 'inherit'] });
  let beside: Beside | null = null;
  try {
    beside = await start(agent.pid!);
    const pids = [...beside.pids, agent.pid!];
    const cold = pids.map(cpuMs);
    await sleep(WARM_UP_MS);
    const warm = pids.map(cpuMs);
    await sleep(WINDOW_MS);
    const end = pids.map(cpuMs);
    const tracer = beside.pids.length;
    return {
      warmUp: percent(cold.slice(0, tracer), warm.slice(0, tracer), WARM_UP_MS),
      tracer: percent(warm.slice(0, tracer), end.slice(0, tracer), WINDOW_MS),
      all: percent(warm, end, WINDOW_MS),
      rss: beside.pids.map(rssMiB),
    };
  } finally {
    agent.kill();
    await beside?.stop();
  }
}

function percent(before: readonly number[], after: readonly number[], ms: number): number {
  return after.reduce((sum, used, i) => sum + ((used - before[i]!) / ms) * 100, 0);
}
