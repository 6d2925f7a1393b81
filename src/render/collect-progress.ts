import { formatDuration } from './duration.ts';
import { sanitizeLine } from './sanitize.ts';

/** What is known of a collection while it runs. Counts are since the start. */
export type CollectProgress = {
  node: string;
  output: string;
  elapsedMs: number;
  /** Null: until stopped. */
  windowMs: number | null;
  events: number;
  eventsPerSecond: number;
  lost: number;
  workloads: number;
  unresolved: number;
  newDimensionsPerMinute: number;
  segments: number;
  /** Families that did not attach. */
  missing: readonly string[];
};

/** One line for logs, at most one a minute. */
export function progressLine(p: CollectProgress): string {
  const left = p.windowMs === null ? '' : ` of ${formatDuration(p.windowMs)}`;
  return (
    `collect: ${formatDuration(p.elapsedMs)}${left}, ${p.events} events (${Math.round(p.eventsPerSecond)}/s), ` +
    `${p.lost} lost, ${p.workloads} workloads, ${p.newDimensionsPerMinute} new dimensions/min\n`
  );
}

/** Label and value of the live view, one pair a line; at most nine lines. */
export function progressRows(p: CollectProgress): readonly (readonly [string, string])[] {
  const remaining = p.windowMs === null ? 'until Ctrl-C' : `${formatDuration(p.windowMs - p.elapsedMs)} left`;
  const resolved = p.unresolved > 0 ? `, ${p.unresolved} unresolved` : '';
  return [
    ['elapsed', `${formatDuration(p.elapsedMs)}, ${remaining}`],
    ['events', `${p.events}, ${Math.round(p.eventsPerSecond)}/s`],
    ['lost', String(p.lost)],
    ['workloads', `${p.workloads}${resolved}`],
    ['new dimensions', `${p.newDimensionsPerMinute} in the last minute`],
    ['segments', `${p.segments} closed → ${sanitizeLine(p.output)}`],
    ...(p.missing.length > 0 ? [['not attached', p.missing.join(', ')] as const] : []),
  ];
}
