/**
 * Budgets of the audit, the whole command as a user runs it: 100 snapshots × 200 workloads × 200 observations in less
 * than 10 s, × 1,000 in less than 45 s, both within 1 GiB. `node test/bench/audit.ts [observations …]`
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSnapshot } from '../../src/sources/files/snapshot-writer.ts';
import { fleetSegment } from './audit-segments.ts';
import { type Figure, figure, printFigure } from './figures.ts';

const SNAPSHOTS = 100;
const WORKLOADS = 200;
const MAX_RSS_MIB = 1024;
/** Observations per workload and snapshot → seconds. */
const BUDGETS: ReadonlyMap<number, number> = new Map([
  [200, 10],
  [1000, 45],
]);
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

type Used = { seconds: number; cpuSeconds: number; maxRssMiB: number };

export async function benchAudit(sizes: Iterable<number> = BUDGETS.keys()): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const observations of sizes) figures.push(...(await benchSize(observations)));
  return figures;
}

async function benchSize(observations: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ai-spm-bench-'));
  try {
    for (let sequence = 0; sequence < SNAPSHOTS; sequence++) {
      const segment = fleetSegment({ workloads: WORKLOADS, observations, seed: 7 }, sequence);
      const name = `${String(sequence).padStart(3, '0')}.snapshot.jsonl.zst`;
      await writeSnapshot(join(folder, name), [segment], 'bench');
    }
    const { seconds, cpuSeconds, maxRssMiB } = auditOnce(folder);
    const name = `${SNAPSHOTS} × ${WORKLOADS} × ${observations} observations`;
    const budget = BUDGETS.get(observations) ?? null;
    return [
      figure(name, 's', [seconds], budget),
      // On a busy machine the elapsed time says little: what the command itself used has to fit as well.
      figure(`${name}, processor time`, 's', [cpuSeconds], budget),
      figure(`${name}, peak`, 'MiB', [maxRssMiB], MAX_RSS_MIB),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function auditOnce(folder: string): Used {
  const command = ['--import', at('./usage.js'), at('../../bin/ai-spm.js'), 'audit', folder];
  const started = performance.now();
  const child = spawnSync(process.execPath, [...command, '--no-live', '--all-workloads'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    timeout: 300_000,
  });
  const seconds = (performance.now() - started) / 1000;
  if (child.status !== 0) throw new Error(`the audit exited ${child.status}: ${child.stderr}`);
  const agents = child.stdout.split('\n').filter((line) => line.startsWith('research/agent-')).length;
  if (agents !== WORKLOADS) throw new Error(`the report has ${agents} of ${WORKLOADS} workloads`);
  return { seconds, ...(JSON.parse(child.output[3]!) as Omit<Used, 'seconds'>) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2).map(Number);
  for (const one of await benchAudit(asked.length > 0 ? asked : BUDGETS.keys())) {
    printFigure(one);
    if (!one.ok) process.exitCode = 1;
  }
}
