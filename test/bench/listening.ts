/** User space alone: the whole program reads the sensor's lines of many open connections, and writes a snapshot. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSegments } from '../../src/sources/files/snapshot-reader.ts';
import { type Figure, figure } from './figures.ts';
import { EXCHANGES_EACH, MIX } from './listening-mix.ts';

/** 5,000 messages a second on one core. */
const BUDGET_US = 200;
const BUDGET_MIB = 200;

const CALLS = new Set(['llm-call', 'tool-call']);
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const CONNECTIONS = Object.values(MIX).reduce((sum, count) => sum + count);
const MESSAGES = 2 * EXCHANGES_EACH * CONNECTIONS;

type Used = { maxRssMiB: number; cpuSeconds: number };

export async function benchListening(rounds: number): Promise<Figure[]> {
  const runs: Record<'empty' | 'full' | 'waiting', Used[]> = { empty: [], full: [], waiting: [] };
  for (let round = 0; round < rounds; round++) {
    runs.empty.push(await listen(['--empty'], 0));
    runs.full.push(await listen([], CONNECTIONS * EXCHANGES_EACH));
    runs.waiting.push(await listen(['--waiting'], CONNECTIONS * (EXCHANGES_EACH + 1)));
  }
  const cpu = runs.full.map(({ cpuSeconds }) => (cpuSeconds / MESSAGES) * 1e6);
  const peaks = (used: readonly Used[]) => used.map(({ maxRssMiB }) => maxRssMiB);
  return [
    figure('an HTTP message of 1 KB read, CPU', 'µs', cpu, BUDGET_US),
    figure(`collect with ${CONNECTIONS} open connections, peak`, 'MiB', peaks(runs.full), BUDGET_MIB),
    figure('and each waits for one more answer, peak', 'MiB', peaks(runs.waiting), BUDGET_MIB),
    figure('collect with none, peak', 'MiB', peaks(runs.empty)),
  ];
}

/** From start to end, the snapshot included. @param calls that it has to have read. */
async function listen(load: readonly string[], calls: number): Promise<Used> {
  const folder = mkdtempSync(join(tmpdir(), 'ai-spm-listening-'));
  const output = join(folder, 'listening.jsonl.zst');
  const make = [at('./listening-load.ts'), ...load];
  const collect = [
    '--import',
    at('./usage.js'),
    at('../../bin/ai-spm.js'),
    'collect',
    '--replay',
    '/dev/stdin',
  ];
  const quoted = (args: readonly string[]) => [process.execPath, ...args].map((one) => `'${one}'`).join(' ');
  const command = `${quoted(make)} | ${quoted([...collect, '--no-live', '-q', '-o', output])}`;
  try {
    const child = spawnSync('sh', ['-c', command], {
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    if (child.status !== 0) throw new Error(`collect exited ${child.status}: ${child.stderr}`);
    const read = await callsIn(output);
    if (read !== calls) throw new Error(`${read} calls were read of ${calls}`);
    return JSON.parse(child.output[3]!) as Used;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function callsIn(output: string): Promise<number> {
  let calls = 0;
  for await (const { dict, observations } of readSegments(output))
    for (let row = 0; row < observations.kind.length; row++)
      if (CALLS.has(dict[observations.kind[row]!]!)) calls += observations.count[row]!;
  return calls;
}
