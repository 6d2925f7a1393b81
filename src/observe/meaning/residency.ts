/** When model files were in memory: from their mapping to the end of the process that mapped them. */
import type { Instance } from '../state/processes.ts';
import type { ModelUse } from './artifact-use.ts';

export type Residency = {
  use: ModelUse;
  instance: Instance;
  /** µs of the boot clock. */
  from: number;
  size: number | null;
};

/** [from, to] in µs; an unmapping is not reported, so a mapping lasts as long as its process. */
export type Interval = { from: number; to: number };

export function residentIn({ from, instance }: Residency, start: number, end: number): Interval | null {
  const to = Math.min(end, instance.exited ?? end);
  const begin = Math.max(start, from);
  return begin < to ? { from: begin, to } : null;
}

export function mergeIntervals(list: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const { from, to } of [...list].sort((a, b) => a.from - b.from || a.to - b.to)) {
    const last = merged.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}
