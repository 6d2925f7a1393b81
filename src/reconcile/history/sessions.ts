import type { SessionSample } from '../../model/observed.ts';
import { isKind } from '../dimensions.ts';
import { type Keys, SUBJECT_FIELD } from './keys.ts';
import { compareText } from './order.ts';
import type { PackedSegment } from './pack.ts';
import type { Subjects } from './subjects.ts';
import { DAY_MS } from './timeline.ts';

/** Sessions kept per workload and UTC day: the smallest ids, which are keyed hashes, hence a uniform sample. */
export const SESSION_SAMPLE = 512;

/** What one segment holds of a session: its place in the segment's table. */
type Part = { segment: PackedSegment; at: number };

/** What all standing segments say about the sessions of one workload. */
export type SessionMerge = {
  /** By id; a session that crosses segments has several parts. */
  sessions: Map<string, Part[]>;
  /** Segments in which a session was seen again, by subject: how often it was counted too much. */
  joins: Map<number, number>;
  population: number;
  parts: number;
  /** UTC day → sample size: less than SESSION_SAMPLE where a segment kept fewer and dropped some. */
  sampleSize: Map<number, number>;
};

export type MergedSession = {
  id: string;
  start: number;
  end: number;
  /** The one that it began with. */
  revision: number;
  /** (workload, kind, subject) → count */
  cells: ReadonlyMap<number, number>;
  overflow: boolean;
};

export function createSessionMerge(): SessionMerge {
  return { sessions: new Map(), joins: new Map(), population: 0, parts: 0, sampleSize: new Map() };
}

/** `mergeOf`: where sessions of a workload number belong; null where its counts do not stand. */
export function addSessions(
  segment: PackedSegment,
  mergeOf: (workload: number) => SessionMerge | null,
): void {
  const { ids, workload } = segment.sessions;
  for (const [at, id] of ids.entries()) {
    const merge = mergeOf(workload[at]!);
    if (!merge) continue;
    const parts = merge.sessions.get(id);
    if (parts) parts.push({ segment, at });
    else merge.sessions.set(id, [{ segment, at }]);
    merge.parts++;
  }
  addPopulation(segment, mergeOf);
}

function addPopulation(
  { sampling, workloads, start }: PackedSegment,
  mergeOf: (workload: number) => SessionMerge | null,
): void {
  const day = Math.floor(start / DAY_MS);
  for (const { workload, population, kept } of sampling) {
    const merge = mergeOf(workloads[workload] ?? -1);
    if (!merge) continue;
    merge.population += population;
    if (population > kept)
      merge.sampleSize.set(day, Math.min(kept, merge.sampleSize.get(day) ?? SESSION_SAMPLE));
  }
}

/** Counts, for every session that crosses segments, each further segment in which a subject shows again. */
export function countJoins({ sessions, joins }: SessionMerge, subjects: Subjects): void {
  for (const parts of sessions.values()) {
    if (parts.length === 1) continue;
    const known = new Set<number>();
    for (const { subject } of parts.flatMap((part) => cellsOf(part, subjects))) {
      if (known.has(subject)) joins.set(subject, (joins.get(subject) ?? 0) + 1);
      known.add(subject);
    }
  }
}

/**
 * Bottom-k per day: a session among the k smallest of the whole day was among the k smallest of every segment that
 * it touched, so what is kept is complete. One that crosses midnight has to be in the sample of both days.
 */
export function sampleOf({ sessions, sampleSize }: SessionMerge, subjects: Subjects): MergedSession[] {
  const days = new Map<number, Set<string>>();
  for (const [id, parts] of sessions) {
    for (const { segment } of parts) {
      const day = Math.floor(segment.start / DAY_MS);
      days.set(day, (days.get(day) ?? new Set()).add(id));
    }
  }
  const dropped = new Set<string>();
  for (const [day, ids] of days) {
    const size = sampleSize.get(day) ?? SESSION_SAMPLE;
    if (ids.size > size) for (const id of [...ids].sort(compareText).slice(size)) dropped.add(id);
  }
  return [...sessions]
    .filter(([id]) => !dropped.has(id))
    .map(([id, parts]) => joinParts(id, parts, subjects))
    .sort((a, b) => a.start - b.start || compareText(a.id, b.id));
}

function joinParts(id: string, parts: readonly Part[], subjects: Subjects): MergedSession {
  const starts = parts.map(({ segment, at }) => segment.start + segment.sessions.start[at]!);
  const start = Math.min(...starts);
  const first = parts[starts.indexOf(start)]!;
  const cells = new Map<number, number>();
  for (const { subject, count } of parts.flatMap((part) => cellsOf(part, subjects))) {
    cells.set(subject, (cells.get(subject) ?? 0) + count);
  }
  return {
    id,
    start,
    end: Math.max(...parts.map(({ segment, at }) => segment.start + segment.sessions.end[at]!)),
    revision: first.segment.sessions.revision[first.at]!,
    cells,
    overflow: parts.some(({ segment, at }) => segment.sessions.overflow[at]! > 0),
  };
}

function cellsOf(
  { segment: { sessions }, at }: Part,
  subjects: Subjects,
): { subject: number; count: number }[] {
  const cells: { subject: number; count: number }[] = [];
  for (let cell = sessions.offset[at]!; cell < sessions.offset[at + 1]!; cell++) {
    cells.push({
      subject: subjects.canonical(sessions.cellSubject[cell]!),
      count: sessions.cellCount[cell]!,
    });
  }
  return cells;
}

/** Sessions there were: parts counted per segment, less the joins seen; exact where nothing was dropped. */
export function populationOf({ sessions, population, parts }: SessionMerge): number {
  return Math.max(sessions.size, population - (parts - sessions.size));
}

export function sessionSample(session: MergedSession, keys: Keys): SessionSample {
  const cells: SessionSample['cells'][number][] = [];
  for (const [subject, count] of session.cells) {
    const kind = keys.strings.text(keys.subjects.at(subject, SUBJECT_FIELD.kind));
    const text = keys.strings.text(keys.subjects.at(subject, SUBJECT_FIELD.subject));
    if (isKind(kind) && text !== null) cells.push({ kind, subject: text, count });
  }
  cells.sort((a, b) => compareText(a.kind, b.kind) || compareText(a.subject, b.subject));
  const { id, start, end, overflow } = session;
  return { id, start, end, revision: keys.strings.text(session.revision), cells, overflow };
}
