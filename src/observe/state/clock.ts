/**
 * Times of a run: everything is ordered by the boot clock. Wall time is the boot clock plus one offset for the whole
 * segment, so that a wall clock set back (or forth) never reorders rows; the jump itself is recorded in the segment
 * in which it happened. The next one goes by the new clock: a node that starts in 1970 and learns the time a minute
 * later would else be off for as long as it runs, and its files be too old to be kept.
 */
import type { Clock } from '../types.ts';

export type RunClock = {
  /** wall − boot at the header, µs: the grid of the session blocks, which no jump may repeat. */
  grid: number;
  /** wall − boot in this segment, µs. */
  offset: number;
  /** The same at the newest clock reading: what jumps are measured against. */
  lastOffset: number;
  /** Newest time seen, µs of the boot clock. */
  now: number;
  /** Largest jump since the segment began, ms. */
  jumpMs: number;
};

/** Readings of the two clocks are not simultaneous; what is below this is no jump. */
const JITTER_MS = 50;

export function startClock(clock: Clock): RunClock {
  const offset = clock.wall_us - clock.boot_us;
  return { grid: offset, offset, lastOffset: offset, now: clock.boot_us, jumpMs: 0 };
}

export function readClock(run: RunClock, clock: Clock): void {
  const offset = clock.wall_us - clock.boot_us;
  const jump = Math.round((offset - run.lastOffset) / 1000);
  if (Math.abs(jump) > JITTER_MS && Math.abs(jump) > Math.abs(run.jumpMs)) run.jumpMs = jump;
  run.lastOffset = offset;
  run.now = Math.max(run.now, clock.boot_us);
}

/** With the next segment. Below the jitter nothing changes, so that segments meet without holes. */
export function adoptClock(run: RunClock): void {
  if (Math.abs(run.lastOffset - run.offset) > JITTER_MS * 1000) run.offset = run.lastOffset;
  run.jumpMs = 0;
}

/** Epoch milliseconds of a boot-clock time. */
export function wallMs(run: RunClock, bootUs: number): number {
  return Math.floor((bootUs + run.offset) / 1000);
}
