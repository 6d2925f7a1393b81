export const DAY_MS = 86_400_000;

type Interval = { start: number; end: number };

/** Observed time: the union of intervals, without the holes in which nobody looked. */
export type Timeline = {
  coveredMs: number;
  /** Observed ms before that moment; a moment in a hole counts as its beginning. */
  coveredBefore(at: number): number;
};

export function createTimeline(intervals: readonly Interval[]): Timeline {
  const pieces = union(intervals);
  const before: number[] = [];
  let coveredMs = 0;
  for (const { start, end } of pieces) {
    before.push(coveredMs);
    coveredMs += end - start;
  }
  return {
    coveredMs,
    coveredBefore(at) {
      const index = lastStartingBefore(pieces, at);
      if (index === -1) return 0;
      const { start, end } = pieces[index]!;
      return before[index]! + Math.min(at, end) - start;
    },
  };
}

function union(intervals: readonly Interval[]): Interval[] {
  const pieces: Interval[] = [];
  for (const { start, end } of [...intervals].sort((a, b) => a.start - b.start)) {
    const last = pieces.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else pieces.push({ start, end });
  }
  return pieces;
}

function lastStartingBefore(pieces: readonly Interval[], at: number): number {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (pieces[middle]!.start <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
