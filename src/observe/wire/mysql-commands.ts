/** Commands of MySQL's protocol, and how they are answered. */
import type { Shape } from './sql-shape.ts';

/** What the client asked for, and the server answers in order. */
export type Asked = {
  /** `rows`: answered by results; `one`: by one packet; `fields`: by column definitions. */
  type: 'rows' | 'prepare' | 'login' | 'one' | 'fields';
  shapes: readonly Shape[];
  next: number;
  rows: number;
  cut: boolean;
  at: number;
  step: 'first' | 'columns' | 'rows';
  /** Column definitions to come. */
  left: number;
  /** Whether the definitions' end may stand before the first row. */
  fresh: boolean;
};

export const COMMANDS = {
  quit: 1,
  initDb: 2,
  query: 3,
  fieldList: 4,
  processInfo: 10,
  changeUser: 17,
  binlogDump: 18,
  prepare: 22,
  execute: 23,
  longData: 24,
  close: 25,
  fetch: 28,
  binlogDumpGtid: 30,
  reset: 31,
  bulkExecute: 250,
} as const;
/** Answered by one packet each: CREATE_DB, DROP_DB, REFRESH, SHUTDOWN, STATISTICS, KILL, DEBUG, PING, … */
export const SINGLE: ReadonlySet<number> = new Set([5, 6, 7, 8, 9, 12, 13, 14, 21, 26, 27, 31]);
export const KNOWN: ReadonlySet<number> = new Set([...SINGLE, ...Object.values(COMMANDS)]);
/** MariaDB: the statement that was prepared last. */
export const LATEST = 0xffffffff;
export const MAX_COLUMNS = 65_535;
