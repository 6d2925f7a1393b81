/** How long something existed within the open segment, and how long of that a signal's probes watched it. */
import type { Signal } from '../../model/kinds.ts';
import { attachedAt, type Run } from './run.ts';

/** µs of the boot clock. */
export type Span = { since: number; until: number; watched: number };

function overlapMs(from: number, to: number): number {
  return Math.max(0, Math.floor((to - from) / 1000));
}

export function existedMs(run: Run, { since, until }: Span, end: number): number {
  return overlapMs(Math.max(run.segmentStart, since), Math.min(end, until));
}

export function observedMs(run: Run, span: Span, signal: Signal, end: number): number {
  const attached = attachedAt(run, signal);
  if (attached === null) return 0;
  const { since, until, watched } = span;
  const given = run.shed.get(signal)?.at ?? end;
  return overlapMs(Math.max(run.segmentStart, since, watched, attached), Math.min(end, until, given));
}
