/**
 * Budgets of the audit: 100 snapshots × 200 workloads × 200 observations in less than 10 s, × 1,000 in less than
 * 45 s, both within 1 GiB, parsing included. `node test/bench/audit.ts [observations …]`
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSnapshot } from '../../src/sources/files/snapshot-writer.ts';
import { fleetSegment } from './audit-segments.ts';

const SNAPSHOTS = 100;
const WORKLOADS = 200;
const MAX_RSS_MIB = 1024;
/** Observations per workload and snapshot → seconds. */
export const AUDIT_BUDGETS: ReadonlyMap<number, number> = new Map([
  [200, 10],
  [1000, 45],
]);

export type AuditFigure = {
  observations: number;
  rows: number;
  seconds: number;
  /** User and system time of the reader: what is left of `seconds` on a busy machine. */
  cpuSeconds: number;
  budgetSeconds: number;
  maxRssMiB: number;
  /** Milliseconds by phase: read, add, finish, ledger. */
  times: Record<string, number>;
  within: boolean;
};

export async function benchAudit(observations: number, rounds = 1): Promise<AuditFigure> {
  const folder = mkdtempSync(join(tmpdir(), 'ai-spm-bench-'));
  try {
    for (let sequence = 0; sequence < SNAPSHOTS; sequence++) {
      const segment = fleetSegment({ workloads: WORKLOADS, observations, seed: 7 }, sequence);
      await writeSnapshot(join(folder, `${String(sequence).padStart(3, '0')}.json`), [segment], 'bench');
    }
    const figures = Array.from({ length: rounds }, () => measure(folder, observations));
    return figures.sort((a, b) => a.seconds - b.seconds)[Math.floor(rounds / 2)]!;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(folder: string, observations: number): AuditFigure {
  const reader = fileURLToPath(new URL('./audit-read.ts', import.meta.url));
  const started = performance.now();
  const child = spawnSync(process.execPath, [reader, folder], { encoding: 'utf8', timeout: 300_000 });
  const seconds = (performance.now() - started) / 1000;
  if (child.status !== 0) throw new Error(`the reader failed: ${child.stderr}`);
  const { rows, times, maxRssMiB, cpuSeconds } = JSON.parse(child.stdout) as Pick<
    AuditFigure,
    'rows' | 'times' | 'maxRssMiB' | 'cpuSeconds'
  >;
  const budgetSeconds = AUDIT_BUDGETS.get(observations) ?? Number.POSITIVE_INFINITY;
  const within = seconds < budgetSeconds && maxRssMiB < MAX_RSS_MIB;
  return { observations, rows, seconds, cpuSeconds, budgetSeconds, maxRssMiB, times, within };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2).map(Number);
  for (const observations of asked.length > 0 ? asked : AUDIT_BUDGETS.keys()) {
    const figure = await benchAudit(observations);
    process.stdout.write(`${JSON.stringify(figure)}\n`);
    if (!figure.within) process.exitCode = 1;
  }
}
