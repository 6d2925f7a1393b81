import type { Observed } from '../../model/observed.ts';
import { isKind } from '../dimensions.ts';
import { FIELD, type Keys } from './keys.ts';
import { byText, sortedUnique } from './order.ts';
import { SUMMED, type Summed } from './pack.ts';
import { RowIndex } from './row-index.ts';
import type { Sights } from './sights.ts';
import type { Totals } from './totals.ts';

const GROUPED = [FIELD.kind, FIELD.subject, FIELD.container, FIELD.principal, FIELD.context] as const;

type Measures = Totals & Sights & { keys: Keys };

const ORDER = byText<Observed>(
  (o) => o.kind,
  (o) => o.subject,
  (o) => o.container,
  (o) => o.principal,
  (o) => o.context,
);

/** Workload number → its observations, sorted by kind, subject, container, principal and context. */
export function observationsByWorkload(
  measures: Measures,
  ownerOf: (workload: number) => number,
  joinsOf: (dimension: number) => number,
): Map<number, Observed[]> {
  const byWorkload = new Map<number, Observed[]>();
  const share = createShared();
  for (const group of groups(measures.keys, ownerOf)) {
    const observed = observationOf(group, measures, joinsOf(group[0]!), share);
    if (!observed) continue;
    const owner = ownerOf(measures.keys.dimensions.at(group[0]!, FIELD.workload));
    const observations = byWorkload.get(owner);
    if (observations) observations.push(observed);
    else byWorkload.set(owner, [observed]);
  }
  for (const observations of byWorkload.values()) observations.sort(ORDER);
  return byWorkload;
}

/**
 * Dimensions that make one observation: they differ in process or source only. Chained in flat arrays, and handed
 * out one group at a time, because half a million small lists would outweigh what is made of them.
 */
function* groups({ dimensions }: Keys, ownerOf: (workload: number) => number): Generator<number[]> {
  const index = new RowIndex(GROUPED.length + 1);
  const tuple = new Int32Array(GROUPED.length + 1);
  const newest = new Int32Array(dimensions.size).fill(-1);
  const older = new Int32Array(dimensions.size);
  for (let id = 0; id < dimensions.size; id++) {
    tuple[0] = ownerOf(dimensions.at(id, FIELD.workload));
    for (const [i, field] of GROUPED.entries()) tuple[i + 1] = dimensions.at(id, field);
    const group = index.intern(tuple);
    older[id] = newest[group]!;
    newest[group] = id;
  }
  for (let group = 0; group < index.size; group++) {
    const members: number[] = [];
    for (let id = newest[group]!; id !== -1; id = older[id]!) members.push(id);
    yield members;
  }
}

function observationOf(
  group: readonly number[],
  measures: Measures,
  joins: number,
  share: (texts: string[]) => readonly string[],
): Observed | null {
  const { keys, first, last, sessionsAtOnce } = measures;
  const text = (id: number, field: number) => keys.strings.text(keys.dimensions.at(id, field));
  const [id] = group as [number];
  const kind = text(id, FIELD.kind);
  const subject = text(id, FIELD.subject);
  if (!isKind(kind) || subject === null) return null;
  const sums = mostSeen(group, measures);
  return {
    kind,
    subject,
    container: text(id, FIELD.container),
    processes: share(processesOf(group, measures)),
    principal: text(id, FIELD.principal),
    context: text(id, FIELD.context),
    sources: share(sortedUnique(group.map((dimension) => text(dimension, FIELD.source)))),
    // Seen by iterators or by a run that yielded only: there, and uncounted.
    count: Math.max(1, sums.count),
    bytes: sums.bytes,
    records: sums.records,
    errors: sums.errors,
    denied: sums.denied,
    first: Math.min(...group.map((dimension) => first[dimension]!)),
    last: Math.max(...group.map((dimension) => last[dimension]!)),
    sessions: Math.max(sums.sessions - joins, ...group.map((dimension) => sessionsAtOnce[dimension]!)),
  };
}

/**
 * One act seen by two sources is one act: each number is that of the source that saw most of it. Several processes of
 * one session use the same subject, so of sessions only the largest number is certain.
 */
function mostSeen(group: readonly number[], measures: Measures): Record<Summed, number> {
  const { keys } = measures;
  const most = { count: 0, bytes: 0, records: 0, errors: 0, denied: 0, sessions: 0 };
  const bySource =
    group.length === 1 ? [group] : Map.groupBy(group, (id) => keys.dimensions.at(id, FIELD.source)).values();
  for (const ids of bySource) {
    for (const name of SUMMED) {
      let total = 0;
      for (const id of ids) {
        const own = measures.sums[name][id]!;
        total = name === 'sessions' ? Math.max(total, own) : total + own;
      }
      most[name] = Math.max(most[name], total);
    }
  }
  return most;
}

/** Most frequent first. */
function processesOf(group: readonly number[], { sums, keys }: Measures): string[] {
  const process = (id: number) => keys.strings.text(keys.dimensions.at(id, FIELD.process));
  if (group.length === 1) return [process(group[0]!)].filter((one) => one !== null);
  const counts = new Map<string, number>();
  for (const id of group) {
    const name = process(id);
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + sums.count[id]!);
  }
  const order = byText<[string, number]>(([name]) => name);
  return [...counts].sort((a, b) => b[1] - a[1] || order(a, b)).map(([name]) => name);
}

/** Half a million observations share a few lists of processes and sources. */
function createShared(): (texts: string[]) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (texts) => {
    const key = texts.join('\0');
    const shared = known.get(key) ?? texts;
    known.set(key, shared);
    return shared;
  };
}
