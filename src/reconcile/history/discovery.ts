import { DISCIPLINES, type Discipline } from '../../model/kinds.ts';
import { dimensionOf, isKind } from '../dimensions.ts';
import { type Keys, SUBJECT_FIELD } from './keys.ts';
import type { MergedSession } from './sessions.ts';
import type { FirstSights } from './subjects.ts';
import { DAY_MS, type Timeline } from './timeline.ts';

export type Discovery = {
  newPerDay: Record<Discipline, number[]>;
  singletons: Record<Discipline, number>;
  sightings: Record<Discipline, number>;
};

/** Over every segment of the workload, also those whose counts yielded: what was seen is not new again. */
export function discoveryOf(
  workload: number,
  firstSeen: FirstSights,
  sessions: readonly MergedSession[],
  timeline: Timeline,
  keys: Keys,
): Discovery {
  const discipline = disciplines(keys);
  const bins = Math.max(1, Math.ceil(timeline.coveredMs / DAY_MS));
  const discovery: Discovery = {
    newPerDay: perDiscipline(() => new Array<number>(bins).fill(0)),
    singletons: perDiscipline(() => 0),
    sightings: perDiscipline(() => 0),
  };
  for (const subject of firstSeen.subjects.get(workload) ?? []) {
    const of = discipline(subject);
    const bin = Math.min(bins - 1, Math.floor(timeline.coveredBefore(firstSeen.at[subject]!) / DAY_MS));
    if (of) discovery.newPerDay[of][bin]!++;
  }
  for (const [subject, count] of sessionsPerSubject(sessions)) {
    const of = discipline(subject);
    if (!of) continue;
    discovery.sightings[of] += count;
    if (count === 1) discovery.singletons[of]++;
  }
  return discovery;
}

function perDiscipline<T>(create: () => T): Record<Discipline, T> {
  return Object.fromEntries(DISCIPLINES.map((discipline) => [discipline, create()])) as Record<Discipline, T>;
}

function sessionsPerSubject(sessions: readonly MergedSession[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { cells } of sessions) {
    for (const subject of cells.keys()) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  }
  return counts;
}

function disciplines(keys: Keys): (subject: number) => Discipline | null {
  const known = new Map<number, Discipline | null>();
  return (subject) => {
    const id = keys.subjects.at(subject, SUBJECT_FIELD.kind);
    let discipline = known.get(id);
    if (discipline === undefined) {
      const kind = keys.strings.text(id);
      discipline = isKind(kind) ? dimensionOf(kind) : null;
      known.set(id, discipline);
    }
    return discipline;
  };
}
