import type { Epoch, ReadSegment } from '../../model/snapshot.ts';
import { byText } from './order.ts';

type Interval = { start: number; end: number };
/** One state of one thing, and when it was so. Members are kept once, however many segments repeat them. */
type EpochState = { epoch: Epoch; intervals: Map<string, Interval> };
/** Workload number → `thing subject` → hash → state. */
export type EpochStates = Map<number, Map<string, Map<string, EpochState>>>;

export function collectEpochs(into: EpochStates, segment: ReadSegment, workloads: Int32Array): void {
  for (const epoch of segment.epochs) {
    const owner = getOrCreate(into, workloads[epoch.workload] ?? -1, () => new Map());
    const states = getOrCreate(owner, chainOf(epoch), () => new Map<string, EpochState>());
    const state = getOrCreate(states, epoch.hash, () => ({ epoch, intervals: new Map() }));
    state.intervals.set(`${epoch.start}-${epoch.end}`, { start: epoch.start, end: epoch.end });
  }
}

/** `library-inventory /usr/lib/python3` : one chain of states that follow each other. */
function chainOf(epoch: Epoch): string {
  return `${epoch.thing} ${epoch.subject}`;
}

/** Epochs of one workload in order of time, neighbours of one hash joined, ordinals counted anew per chain. */
export function mergeEpochs(
  chains: ReadonlyMap<string, ReadonlyMap<string, EpochState>>[],
  workload: number,
): (Epoch & { subjectId: string })[] {
  const merged = new Map<string, EpochState[]>();
  for (const chain of chains) {
    for (const [subjectId, states] of chain)
      getOrCreate(merged, subjectId, () => []).push(...states.values());
  }
  return [...merged]
    .sort(byText(([subjectId]) => subjectId))
    .flatMap(([subjectId, states]) =>
      joinNeighbours(states).map((epoch, ordinal) => ({ ...epoch, workload, ordinal, subjectId })),
    );
}

function joinNeighbours(states: readonly EpochState[]): Epoch[] {
  const pieces = states
    .flatMap(({ epoch, intervals }) => [...intervals.values()].map((interval) => ({ ...epoch, ...interval })))
    .sort((a, b) => a.start - b.start || a.end - b.end || byText<Epoch>((e) => e.hash)(a, b));
  const joined: Epoch[] = [];
  for (const piece of pieces) {
    const previous = joined.at(-1);
    if (previous?.hash === piece.hash) previous.end = Math.max(previous.end, piece.end);
    else joined.push(piece);
  }
  return joined;
}

function getOrCreate<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = create();
  map.set(key, value);
  return value;
}
