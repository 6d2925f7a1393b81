import type { ManifestEntry } from '../../model/snapshot.ts';

/** What a manifest says of a segment before it is read, and the file that says so. */
export type Expected = Pick<ManifestEntry, 'bootId' | 'run' | 'sequence' | 'start' | 'end' | 'sha256'> & {
  origin: string;
};

export function segmentId({
  bootId,
  run,
  sequence,
}: Pick<ManifestEntry, 'bootId' | 'run' | 'sequence'>): string {
  return `${bootId}/${run}/${sequence}`;
}

/**
 * Id → content hash.
 *
 * @throws Error when two manifests name different contents under one id.
 */
export function contentHashes(expected: readonly Expected[]): Map<string, string> {
  const known = new Map<string, Expected>();
  for (const entry of expected) {
    const id = segmentId(entry);
    const other = known.get(id);
    if (other && other.sha256 !== entry.sha256) throw contradiction(id, describe(other), describe(entry));
    known.set(id, entry);
  }
  return new Map([...known].map(([id, { sha256 }]) => [id, sha256]));
}

function describe({ origin, start, sha256 }: Expected): string {
  return describeContent(origin, start, sha256);
}

export function describeContent(origin: string, start: number, hash: string): string {
  return `${origin} (start ${new Date(start).toISOString()}, content ${hash.slice(0, 12)})`;
}

/** Not our defect: the files that were given contradict each other. */
export class Contradiction extends Error {}

export function contradiction(id: string, one: string, other: string): Contradiction {
  return new Contradiction(`segment ${id} has two contents: ${one} and ${other}`);
}

/** Ids of those that no other run of the same boot overlaps: their counts stand, whatever comes. */
export function uncontested(expected: readonly Expected[]): Set<string> {
  const ids = new Set<string>();
  for (const boot of Map.groupBy(expected, ({ bootId }) => bootId).values()) {
    for (const cluster of clusters(boot)) {
      if (cluster.some(({ run }) => run !== cluster[0]!.run)) continue;
      for (const entry of cluster) ids.add(segmentId(entry));
    }
  }
  return ids;
}

/** Entries that overlap in a chain. */
export function clusters<T extends { start: number; end: number }>(entries: readonly T[]): T[][] {
  const found: T[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const entry of [...entries].sort((a, b) => a.start - b.start)) {
    if (entry.start < end) found.at(-1)!.push(entry);
    else found.push([entry]);
    end = Math.max(end, entry.end);
  }
  return found;
}
