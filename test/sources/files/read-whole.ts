import type { ReadSegment, Segment } from '../../../src/model/snapshot.ts';
import { readSegments } from '../../../src/sources/files/snapshot-reader.ts';

/** All segments of a file, their columns as lists, as they were when written. */
export async function readWhole(path: string): Promise<Segment[]> {
  const segments = await Array.fromAsync(readSegments(path));
  return segments.map(withLists);
}

/** As the published schema has it, which knows no flat arrays. */
export function withLists(segment: ReadSegment): Segment {
  const observations = lists(segment.observations) as Segment['observations'];
  return { ...segment, observations, sessions: lists(segment.sessions) as Segment['sessions'] };
}

function lists(columns: object): Record<string, unknown[]> {
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, Array.from(values)]));
}
