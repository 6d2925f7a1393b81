/** A node of 200 workloads × 1,000 observations: its segment written, compressed and synced; and validated. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSegment } from '../../src/sources/files/segment-parse.ts';
import { writeSnapshot } from '../../src/sources/files/snapshot-writer.ts';
import { fleetSegment } from './audit-segments.ts';
import { type Figure, figure } from './figures.ts';

export async function benchSnapshot(rounds: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ai-spm-snapshot-'));
  const written: number[] = [];
  const checked: number[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const segment = fleetSegment({ workloads: 200, observations: 1000, seed: 7 }, round);
      const started = performance.now();
      await writeSnapshot(join(folder, `${round}.jsonl.zst`), [segment], 'bench');
      written.push((performance.now() - started) / 1000);
      const parsed: unknown = JSON.parse(JSON.stringify(segment));
      const parsing = performance.now();
      if (!parseSegment(parsed).ok) throw new Error('the segment is not valid');
      checked.push(performance.now() - parsing);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return [
    figure('snapshot of 200,000 rows written', 's', written, 1),
    figure('its columns checked', 'ms', checked),
  ];
}
