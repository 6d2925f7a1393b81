import type { ReadSegment } from '../../model/snapshot.ts';
import { widen } from './columns.ts';

/**
 * First and last sight of each dimension, epoch ms. Presence needs no decision between runs: whoever saw it, it was
 * there. So it is merged as segments come, and their times need not be kept.
 */
export type Sights = { first: Float64Array; last: Float64Array };

export function createSights(): Sights {
  return { first: new Float64Array(0), last: new Float64Array(0) };
}

export function addSights(sights: Sights, segment: ReadSegment, dimensions: Int32Array, size: number): void {
  sights.first = widen(sights.first, size, Number.POSITIVE_INFINITY);
  sights.last = widen(sights.last, size, Number.NEGATIVE_INFINITY);
  const { first, last } = sights;
  const { observations, start } = segment;
  for (let row = 0; row < dimensions.length; row++) {
    const dimension = dimensions[row]!;
    const from = start + observations.first[row]!;
    const to = start + observations.last[row]!;
    if (from < first[dimension]!) first[dimension] = from;
    if (to > last[dimension]!) last[dimension] = to;
  }
}
