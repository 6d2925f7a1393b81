/** Observations of a snapshot as rows: dictionary columns resolved, one object each. */
import type { ArtifactDetail, Detail, Epoch, Segment, TlsImage } from '../../src/model/snapshot.ts';
import { readWhole } from '../sources/files/read-whole.ts';

export type SnapshotRow = {
  workload: string;
  process: string;
  kind: string;
  subject: string;
  context: string | null;
  principal: string | null;
  source: string;
  count: number;
  records: number;
  errors: number;
  denied: number;
};

export type SnapshotRows = {
  segments: Segment[];
  rows: SnapshotRow[];
  artifacts: ArtifactDetail[];
  details: Detail[];
  epochs: Epoch[];
  images: TlsImage[];
};

export async function readRows(path: string): Promise<SnapshotRows> {
  const segments = await readWhole(path);
  return {
    segments,
    rows: segments.flatMap(rowsOf),
    artifacts: segments.flatMap(({ artifacts }) => artifacts),
    details: segments.flatMap(({ details }) => details),
    epochs: segments.flatMap(({ epochs }) => epochs),
    images: segments.flatMap(({ images }) => images),
  };
}

function rowsOf({ dict, workloads, observations: o }: Segment): SnapshotRow[] {
  return o.count.map((count, i) => ({
    workload: workloads[o.workload[i]!]!.id,
    process: dict[o.process[i]!]!,
    kind: dict[o.kind[i]!]!,
    subject: dict[o.subject[i]!]!,
    context: dict[o.context[i]!] ?? null,
    principal: dict[o.principal[i]!] ?? null,
    source: dict[o.source[i]!]!,
    count,
    records: o.records[i]!,
    errors: o.errors[i]!,
    denied: o.denied[i]!,
  }));
}

/** Sums `count` (or `errors`) of the rows that `subjectOf` names. */
export function tally(
  rows: readonly SnapshotRow[],
  subjectOf: (row: SnapshotRow) => string | null,
  field: 'count' | 'records' | 'errors' | 'denied' = 'count',
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const subject = row[field] === 0 ? null : subjectOf(row);
    if (subject !== null) counts.set(subject, (counts.get(subject) ?? 0) + row[field]);
  }
  return counts;
}
