import type { ObservedPosture } from '../../model/observed.ts';
import { costOf } from './cost.ts';
import type { Presence } from './coverage.ts';
import type { Gathered } from './gathered.ts';
import { SUBJECT_FIELD } from './keys.ts';
import { notesOf } from './notes.ts';
import { observationsByWorkload } from './observations.ts';
import { byText } from './order.ts';
import { resolveOverlaps, type Yielded } from './overlap.ts';
import type { PackedSegment } from './pack.ts';
import { claimsOf, joinUnknownClusters, presencesOf, stands } from './presences.ts';
import { addSessions, countJoins, createSessionMerge, type SessionMerge } from './sessions.ts';
import { createSubjects, firstSights, gatherByOwner, type Subjects } from './subjects.ts';
import { addToTotals, type Totals } from './totals.ts';
import { type Merged, workloadOf } from './workload.ts';

/** Derives the posture from all segments, given in the order of their ids. */
export function assemble(gathered: Gathered, segments: readonly PackedSegment[]): ObservedPosture {
  const { strings } = gathered.keys;
  const owners = joinUnknownClusters(new Set(segments.flatMap(({ workloads }) => [...workloads])), strings);
  const ownerOf = (workload: number) => owners.get(workload) ?? workload;
  const presences = presencesOf(segments, ownerOf);
  const { yielded, notes } = resolveOverlaps(claimsOf(presences));
  const merged = mergeAll(gathered, segments, ownerOf, yielded);
  const ordered: [number, Presence[]][] = [...presences].sort(byText(([workload]) => strings.text(workload)));
  return {
    workloads: ordered.map(([workload, list], index) => workloadOf(workload, index, list, merged)),
    start: segments.reduce((least, { start }) => Math.min(least, start), segments[0]?.start ?? 0),
    end: segments.reduce((most, { end }) => Math.max(most, end), segments[0]?.end ?? 0),
    segments: segments.length,
    cost: costOf(segments),
    notes: [...notesOf(gathered, segments), ...notes.sort()],
  };
}

function mergeAll(
  gathered: Gathered,
  segments: readonly PackedSegment[],
  ownerOf: (workload: number) => number,
  yielded: Yielded,
): Merged {
  const { keys } = gathered;
  const subjects = createSubjects(keys, ownerOf);
  const counts = (segment: PackedSegment) => (workload: number) =>
    stands(segment, ownerOf(workload), yielded);
  const totals = sumRows(gathered, segments, counts);
  const sessions = mergeSessions(segments, subjects, ownerOf, counts);
  return {
    keys,
    subjects,
    yielded,
    sessions,
    observations: mergeObservations(gathered, totals, subjects, ownerOf, sessions),
    firstSeen: firstSights(keys, gathered.sights, subjects),
    artifacts: gatherByOwner(gathered.artifacts, subjects),
    peers: gatherByOwner(gathered.peers, subjects),
    sayings: gathered.sayings,
    epochs: Map.groupBy(gathered.epochs, ([workload]) => ownerOf(workload)),
  };
}

/** Adds the tables that waited for a decision; each is let go at once, for what comes next needs its memory. */
function sumRows(
  { keys, rows, totals }: Gathered,
  segments: readonly PackedSegment[],
  counts: (segment: PackedSegment) => (workload: number) => boolean,
): Totals {
  for (const segment of segments) {
    const standing = counts(segment);
    const yielded = new Set([...segment.workloads].filter((workload) => !standing(workload)));
    const waiting = rows.get(segment.id);
    if (waiting) addToTotals(totals, waiting, yielded, keys);
    else if (yielded.size > 0 && !segment.now)
      throw new Error(`segment ${segment.id} overlaps another run, which its manifest entry did not show`);
    rows.delete(segment.id);
  }
  return totals;
}

function mergeSessions(
  segments: readonly PackedSegment[],
  subjects: Subjects,
  ownerOf: (workload: number) => number,
  counts: (segment: PackedSegment) => (workload: number) => boolean,
): Map<number, SessionMerge> {
  const merges = new Map<number, SessionMerge>();
  for (const segment of segments) {
    const standing = counts(segment);
    addSessions(segment, (workload) => {
      if (!standing(workload)) return null;
      const owner = ownerOf(workload);
      const merge = merges.get(owner) ?? createSessionMerge();
      merges.set(owner, merge);
      return merge;
    });
  }
  for (const merge of merges.values()) countJoins(merge, subjects);
  return merges;
}

function mergeObservations(
  { keys, sights }: Gathered,
  totals: Totals,
  subjects: Subjects,
  ownerOf: (workload: number) => number,
  sessions: ReadonlyMap<number, SessionMerge>,
) {
  return observationsByWorkload({ ...totals, ...sights, keys }, ownerOf, (dimension) => {
    const subject = subjects.ofDimension(dimension);
    return sessions.get(keys.subjects.at(subject, SUBJECT_FIELD.workload))?.joins.get(subject) ?? 0;
  });
}
