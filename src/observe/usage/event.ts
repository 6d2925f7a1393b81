/** One event of a log as what was done, by whom: rows are summed from these. */
import type { UsageRow, UsageSource } from '../../model/usage.ts';

export type UsageEvent = Pick<UsageRow, 'principal' | 'kind' | 'subject' | 'context' | 'source' | 'pod'> & {
  /** Epoch ms. */
  at: number;
  outcome: 'done' | 'denied' | 'failed';
};
/** What a record of a log says; null: it is no record of that log. Empty: it tells of no use. */
export type UsageReader = { source: UsageSource; read(record: unknown): readonly UsageEvent[] | null };

/** Longest name, ARN or path that is kept. */
const MAX_TEXT = 2048;

export function word(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_TEXT).toWellFormed() : null;
}

/** RFC 3339; null: no time. */
export function time(value: unknown): number | null {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isFinite(at) ? at : null;
}
