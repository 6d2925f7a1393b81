/** Events of logs into rows: bounded, however long the logs are. */
import type { Usage, UsageRow, UsageSource } from '../../model/usage.ts';
import { cloudtrail } from './cloudtrail.ts';
import type { UsageEvent, UsageReader } from './event.ts';
import { gcpAudit } from './gcp-audit.ts';
import { kubernetesAudit } from './kubernetes-audit.ts';

const READERS: readonly UsageReader[] = [kubernetesAudit, cloudtrail, gcpAudit];
/** Rows of what was done where; what comes after is summed without its resource, and said. */
const MAX_ROWS = 200_000;

type Window = { source: UsageSource; origin: string; start: number; end: number; events: number };
export type UsageSum = {
  /** False: no record of a log that is known. */
  add(record: unknown, origin: string): boolean;
  warn(text: string): void;
  finish(): Usage;
};

export function sumUsage(): UsageSum {
  const rows = new Map<string, UsageRow>();
  const windows = new Map<string, Window>();
  const warnings: string[] = [];
  let folded = 0;
  const put = (event: UsageEvent) => {
    const full = rows.size >= MAX_ROWS;
    const key = keyOf(event);
    const known = rows.get(key);
    if (known) return count(known, event);
    if (full && event.context !== null) {
      folded++;
      return putWithout(rows, event);
    }
    rows.set(key, rowOf(event));
  };
  return {
    add(record, origin) {
      for (const { source, read } of READERS) {
        const events = read(record);
        if (events === null) continue;
        for (const event of events) {
          put(event);
          widen(windows, { source, origin }, event.at);
        }
        return true;
      }
      return false;
    },
    warn: (text) => void warnings.push(text),
    finish: () => ({
      rows: [...rows.values()],
      windows: [...windows.values()],
      warnings:
        folded > 0
          ? [
              ...warnings,
              `--usage: ${folded} events beyond ${MAX_ROWS} different ones were summed without their resource`,
            ]
          : warnings,
    }),
  };
}

function keyOf({ principal, kind, subject, context, source, pod }: UsageEvent): string {
  return JSON.stringify([principal, kind, subject, context, source, pod]);
}

function putWithout(rows: Map<string, UsageRow>, event: UsageEvent): void {
  const without = { ...event, context: null };
  const known = rows.get(keyOf(without));
  if (known) count(known, event);
  else rows.set(keyOf(without), rowOf(without));
}

function rowOf({ at, outcome, ...event }: UsageEvent): UsageRow {
  const row = { ...event, count: 0, denied: 0, errors: 0, first: at, last: at };
  count(row, { ...event, at, outcome });
  return row;
}

function count(row: UsageRow, { at, outcome }: UsageEvent): void {
  row.count++;
  if (outcome === 'denied') row.denied++;
  if (outcome === 'failed') row.errors++;
  row.first = Math.min(row.first, at);
  row.last = Math.max(row.last, at);
}

function widen(
  windows: Map<string, Window>,
  { source, origin }: Pick<Window, 'source' | 'origin'>,
  at: number,
): void {
  const key = `${source} ${origin}`;
  const known = windows.get(key);
  if (!known) {
    windows.set(key, { source, origin, start: at, end: at, events: 1 });
    return;
  }
  known.events++;
  known.start = Math.min(known.start, at);
  known.end = Math.max(known.end, at);
}
