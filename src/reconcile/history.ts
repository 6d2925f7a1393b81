import type { ObservedPosture } from '../model/observed.ts';
import type { ReadSegment } from '../model/snapshot.ts';
import { collectArtifacts } from './history/artifacts.ts';
import { assemble } from './history/assemble.ts';
import { sayingsOf } from './history/details.ts';
import { collectEpochs } from './history/epochs.ts';
import {
  contentHashes,
  contradiction,
  describeContent,
  type Expected,
  segmentId,
  uncontested,
} from './history/expected.ts';
import { createGathered, type Gathered } from './history/gathered.ts';
import { byText } from './history/order.ts';
import { type PackedSegment, packRows, packSegment } from './history/pack.ts';
import { collectPeers } from './history/peers.ts';
import { addSights } from './history/sights.ts';
import { addToTotals } from './history/totals.ts';

export type History = {
  /**
   * Adds one segment; `origin` (its file) is named in errors. The segment itself is not kept.
   *
   * @throws Error when another content came under the same (boot id, run, sequence).
   */
  add(segment: ReadSegment, origin?: string): void;
  /** The operational posture, once. Any order and any repetition of the same segments gives the same one. */
  finish(): ObservedPosture;
};

/**
 * Merges segments to one posture: set union by id, counts derived at the end. Pure apart from its own state.
 *
 * Whether counts stand is decided between all runs of a node, so the rows of a segment wait until the end, at 12
 * bytes each. With the manifest entries of all segments to come, only those wait that another run overlaps, and
 * contents are told apart by the hashes that the reader has checked; then no other segment may be added.
 *
 * @throws Error when two manifests name different contents under one id.
 */
export function createHistory(expected?: readonly Expected[]): History {
  let gathered: Gathered | null = createGathered();
  const announced = expected && contentHashes(expected);
  const settled = uncontested(expected ?? []);
  const open = (): Gathered => {
    if (!gathered) throw new Error('this history is finished');
    return gathered;
  };
  return {
    add(segment, origin = `node ${segment.node.name}`) {
      const id = segmentId(segment);
      if (announced && !announced.has(id)) throw new Error(`segment ${id} of ${origin} was not announced`);
      addSegment(open(), segment, { origin, digest: announced?.get(id), settled: settled.has(id) });
    },
    finish() {
      const all = open();
      gathered = null;
      return assemble(all, [...all.segments.values()].sort(byText((one) => one.id)));
    },
  };
}

/** What is known of a segment beside its content. */
type Known = { origin: string; digest: string | undefined; settled: boolean };

function addSegment(gathered: Gathered, segment: ReadSegment, known: Known): void {
  const { keys } = gathered;
  const { packed, rows } = packSegment(segment, keys, known);
  const same = gathered.segments.get(packed.id);
  if (same && same.digest !== packed.digest) throw contradiction(packed.id, describe(same), describe(packed));
  if (same) {
    gathered.repeated.add(packed.id);
    return;
  }
  gathered.segments.set(packed.id, packed);
  if (known.settled) addToTotals(gathered.totals, rows, new Set(packed.now ? packed.workloads : []), keys);
  else gathered.rows.set(packed.id, packRows(rows));
  addSights(gathered.sights, segment, rows.dimensions, keys.dimensions.size);
  collectArtifacts(gathered.artifacts, segment, packed.workloads, keys);
  collectPeers(gathered.peers, segment, packed.workloads, keys);
  collectEpochs(gathered.epochs, segment, packed.workloads);
  const sayings = sayingsOf(segment);
  if (sayings) gathered.sayings.set(packed.id, sayings);
}

function describe({ origin, start, digest }: PackedSegment): string {
  return describeContent(origin, start, digest);
}
