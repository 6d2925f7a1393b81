import { FIELD, type Keys, SUBJECT_FIELD } from './keys.ts';
import type { Sights } from './sights.ts';

export type Subjects = {
  /** The subject under the number of the workload that owns it (see joinUnknownClusters). */
  canonical(subject: number): number;
  ofDimension(dimension: number): number;
  ownerOf(subject: number): number;
};

export function createSubjects(keys: Keys, ownerOf: (workload: number) => number): Subjects {
  const tuple = new Int32Array(3);
  const intern = (workload: number, kind: number, subject: number) => {
    tuple.set([ownerOf(workload), kind, subject]);
    return keys.subjects.intern(tuple);
  };
  const { subjects, dimensions } = keys;
  return {
    canonical(subject) {
      const workload = subjects.at(subject, SUBJECT_FIELD.workload);
      if (ownerOf(workload) === workload) return subject;
      return intern(
        workload,
        subjects.at(subject, SUBJECT_FIELD.kind),
        subjects.at(subject, SUBJECT_FIELD.subject),
      );
    },
    ofDimension: (id) =>
      intern(
        dimensions.at(id, FIELD.workload),
        dimensions.at(id, FIELD.kind),
        dimensions.at(id, FIELD.subject),
      ),
    ownerOf: (subject) => ownerOf(subjects.at(subject, SUBJECT_FIELD.workload)),
  };
}

export type FirstSights = {
  /** Owner → its subjects. */
  subjects: ReadonlyMap<number, readonly number[]>;
  /** Subject → epoch ms. */
  at: Float64Array;
};

export function firstSights(keys: Keys, sights: Sights, subjects: Subjects): FirstSights {
  const byDimension = Int32Array.from({ length: keys.dimensions.size }, (_, id) => subjects.ofDimension(id));
  const at = new Float64Array(keys.subjects.size).fill(Number.POSITIVE_INFINITY);
  const byOwner = new Map<number, number[]>();
  for (const [id, subject] of byDimension.entries()) {
    if (at[subject] === Number.POSITIVE_INFINITY) {
      const owner = subjects.ownerOf(subject);
      const known = byOwner.get(owner);
      if (known) known.push(subject);
      else byOwner.set(owner, [subject]);
    }
    at[subject] = Math.min(sights.first[id]!, at[subject]!);
  }
  return { subjects: byOwner, at };
}

/** Owner → canonical subject → what was gathered under any of its numbers. */
export function gatherByOwner<T>(bySubject: ReadonlyMap<number, readonly T[]>, subjects: Subjects) {
  const byOwner = new Map<number, Map<number, T[]>>();
  for (const [subject, items] of bySubject) {
    const canonical = subjects.canonical(subject);
    const owner = subjects.ownerOf(canonical);
    const gathered = byOwner.get(owner) ?? new Map<number, T[]>();
    byOwner.set(owner, gathered);
    gathered.set(canonical, [...(gathered.get(canonical) ?? []), ...items]);
  }
  return byOwner;
}
