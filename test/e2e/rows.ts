/** Observations of a snapshot as rows: dictionary columns resolved, one object each. */
import type { ArtifactDetail, Segment } from '../../src/model/snapshot.ts';
import { readWhole } from '../sources/files/read-whole.ts';

export type SnapshotRow = {
  workload: string;
  process: string;
  kind: string;
  subject: string;
  source: string;
  count: number;
  errors: number;
};

export type SnapshotRows = { segments: Segment[]; rows: SnapshotRow[]; artifacts: ArtifactDetail[] };

export async function readRows(path: string): Promise<SnapshotRows> {
  const segments = await readWhole(path);
  return {
    segments,
    rows: segments.flatMap(rowsOf),
    artifacts: segments.flatMap(({ artifacts }) => artifacts),
  };
}

function rowsOf({ dict, workloads, observations: o }: Segment): SnapshotRow[] {
  return o.count.map((count, i) => ({
    workload: workloads[o.workload[i]!]!.id,
    process: dict[o.process[i]!]!,
    kind: dict[o.kind[i]!]!,
    subject: dict[o.subject[i]!]!,
    source: dict[o.source[i]!]!,
    count,
    errors: o.errors[i]!,
  }));
}
