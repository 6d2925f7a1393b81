import type { Gathered } from './gathered.ts';
import { sortedUnique } from './order.ts';
import type { PackedSegment } from './pack.ts';

/** Half a minute: below, time synchronisation at work; above, first and last seen are off by as much. */
const CLOCK_JUMP_MS = 30_000;

/** What the merge had to decide, and what a reader of the counts must know. */
export function notesOf({ repeated }: Gathered, segments: readonly PackedSegment[]): string[] {
  return [...repetitions(repeated), ...clockJumps(segments), ...mixedKeys(segments), ...partial(segments)];
}

function repetitions(repeated: ReadonlySet<string>): string[] {
  if (repeated.size === 0) return [];
  return [`${repeated.size} segment(s) were given more than once with the same content and count once`];
}

function clockJumps(segments: readonly PackedSegment[]): string[] {
  return segments
    .filter(({ clockJumpMs }) => Math.abs(clockJumpMs) >= CLOCK_JUMP_MS)
    .map(
      ({ node, id, clockJumpMs }) =>
        `node ${node}: the wall clock jumped by ${clockJumpMs} ms within segment ${id}; its times are off by as much, later ones are not`,
    );
}

function mixedKeys(segments: readonly PackedSegment[]): string[] {
  const keys = sortedUnique(segments.map(({ fingerprintKeyId }) => fingerprintKeyId));
  if (keys.length < 2) return [];
  return [
    `fingerprints were made under ${keys.length} keys (${keys.join(', ')}): they cannot be compared with each other`,
  ];
}

function partial(segments: readonly PackedSegment[]): string[] {
  const cut = segments.filter(({ complete }) => !complete).length;
  return cut === 0
    ? []
    : [`${cut} of ${segments.length} segment(s) are partial: they end before their window did`];
}
