import type { ReadSegment } from '../model/snapshot.ts';
import type { CollectSummary } from '../render/collect-summary.ts';

/** What the summary says of the segments, without keeping them. */
export function createTally() {
  const dimensions = new Map<string, number>();
  let segments = 0;
  let lost = 0;
  return {
    add(segment: ReadSegment): void {
      segments += 1;
      const rows = new Array<number>(segment.workloads.length).fill(0);
      const { workload } = segment.observations;
      for (let row = 0; row < workload.length; row++) rows[workload[row]!]! += 1;
      // Subjects repeat from segment to segment: the largest is what can be said without keeping them all.
      for (const [index, { id }] of segment.workloads.entries())
        dimensions.set(id, Math.max(dimensions.get(id) ?? 0, rows[index]!));
      lost += segment.coverage.lost.reduce((sum, n) => sum + n, 0);
    },
    segments: () => segments,
    lost: () => lost,
    workloads: (): CollectSummary['workloads'] =>
      [...dimensions]
        .map(([id, count]) => ({ id, dimensions: count }))
        .sort((a, b) => b.dimensions - a.dimensions || (a.id < b.id ? -1 : 1)),
  };
}
