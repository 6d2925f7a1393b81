import type { ArtifactVariants } from './artifacts.ts';
import type { Sayings } from './details.ts';
import type { EpochStates } from './epochs.ts';
import { createKeys, type Keys } from './keys.ts';
import type { PackedRows, PackedSegment } from './pack.ts';
import type { PeerVariants } from './peers.ts';
import { createSights, type Sights } from './sights.ts';
import { createTotals, type Totals } from './totals.ts';

/** What has been read so far. What needs no decision between runs (presence, not counts) is merged at once. */
export type Gathered = {
  keys: Keys;
  /** By id. */
  segments: Map<string, PackedSegment>;
  /** Of those whose counts are still to be decided on. */
  rows: Map<string, PackedRows>;
  totals: Totals;
  sights: Sights;
  artifacts: ArtifactVariants;
  peers: PeerVariants;
  epochs: EpochStates;
  /** By segment id. */
  sayings: Map<string, Sayings>;
  /** Ids that came more than once. */
  repeated: Set<string>;
};

export function createGathered(): Gathered {
  return {
    keys: createKeys(),
    segments: new Map(),
    rows: new Map(),
    totals: createTotals(),
    sights: createSights(),
    artifacts: new Map(),
    peers: new Map(),
    epochs: new Map(),
    sayings: new Map(),
    repeated: new Set(),
  };
}
