/** The details of a workload's subjects, joined over its processes. */
import type { Detail as OutDetail } from '../../model/snapshot.ts';
import { addDetail, type Details, mergeDetails } from '../state/details.ts';
import type { Origin } from '../state/processes.ts';
import type { Run } from '../state/run.ts';
import { namesOf } from '../streams/names.ts';
import { compareText } from './dictionary.ts';
import type { Work } from './workloads.ts';

export function details(run: Run, work: Work): OutDetail[] {
  const joined: Details = new Map();
  for (const { origin } of work.members) {
    mergeDetails(joined, copied(origin.details));
    nameDestinations(run, origin, joined);
  }
  return [...joined]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, { kind, subject, sums, words, cut }]) => ({
      workload: work.index,
      kind,
      subject,
      sums: sorted(sums, (value) => value),
      words: sorted(words, (set) => [...set].sort(compareText)),
      cut,
    }));
}

/** What the addresses that were dialled are called, by DNS answers and TLS hellos that passed here. */
function nameDestinations({ names }: Run, { rows }: Origin, into: Details): void {
  if (names.size === 0) return;
  for (const { kind, subject } of rows.targets) {
    const found = kind === 'egress' ? namesOf(names, subject) : [];
    const said = { kind: 'egress' as const, subject, at: 0, words: { names: found } };
    if (found.length > 0) addDetail(into, said);
  }
}

/** Merging takes over what it is given, and a segment changes nothing in the run. */
function copied(details: Details): Details {
  const copies = [...details].map(([key, { sums, words, ...rest }]) => {
    const sets = [...words].map(([name, set]) => [name, new Set(set)] as const);
    return [key, { ...rest, sums: new Map(sums), words: new Map(sets) }] as const;
  });
  return new Map(copies);
}

function sorted<T, R>(map: ReadonlyMap<string, T>, value: (of: T) => R): Record<string, R> {
  const entries = [...map].sort(([a], [b]) => compareText(a, b));
  return Object.fromEntries(entries.map(([key, one]) => [key, value(one)]));
}
