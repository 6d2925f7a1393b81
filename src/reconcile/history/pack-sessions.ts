import type { ReadSegment } from '../../model/snapshot.ts';
import { type Column, mapColumn, packColumn } from './columns.ts';
import { type Keys, SUBJECT_FIELD } from './keys.ts';

/** Session i owns the cells offset[i] … offset[i + 1] - 1. */
export type PackedSessions = {
  ids: readonly string[];
  workload: Int32Array;
  start: Column;
  end: Column;
  revision: Int32Array;
  /** One longer than `ids`. */
  offset: Int32Array;
  /** Cell → (workload, kind, subject). */
  cellSubject: Int32Array;
  cellCount: Column;
  overflow: Column;
};

export function packSessions(
  segment: ReadSegment,
  workloads: Int32Array,
  dict: Int32Array,
  keys: Keys,
): PackedSessions {
  const { id, workload, start, end, revision, offset, cellCount, overflow } = segment.sessions;
  const owner = mapColumn(workload, workloads, new Int32Array(workload.length));
  const bounds = Int32Array.from({ length: id.length + 1 }, (_, i) => offset[i] ?? cellCount.length);
  return {
    ids: id,
    workload: owner,
    start: packColumn(start),
    end: packColumn(end),
    revision: mapColumn(revision, dict, new Int32Array(revision.length)),
    offset: bounds,
    cellSubject: cellSubjects(segment, owner, bounds, dict, keys),
    cellCount: packColumn(cellCount),
    overflow: packColumn(overflow),
  };
}

function cellSubjects(
  { sessions: { cellKind, cellSubject } }: ReadSegment,
  owner: Int32Array,
  bounds: Int32Array,
  dict: Int32Array,
  keys: Keys,
): Int32Array {
  const tuples = keys.tuples(cellKind.length * 3).fill(0);
  for (const [session, workload] of owner.entries()) {
    for (let cell = bounds[session]!; cell < bounds[session + 1]!; cell++) tuples[cell * 3] = workload;
  }
  mapColumn(cellKind, dict, tuples, SUBJECT_FIELD.kind, 3);
  mapColumn(cellSubject, dict, tuples, SUBJECT_FIELD.subject, 3);
  return Int32Array.from(cellKind, (_, cell) => keys.subjects.intern(tuples, cell * 3));
}
