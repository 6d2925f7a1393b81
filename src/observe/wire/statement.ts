/** One statement that a client sent to a database server, and how the server answered. Names and counts, no literal. */

export type Statement = {
  protocol: 'postgres' | 'mysql' | 'redis' | 'mongodb';
  /** Upper case, of a closed list; `CONNECT` for a log-in that was refused, `OTHER` for what cannot be read. */
  verb: string;
  /** As written, unquoted; PostgreSQL's unquoted ones in lower case; `schema.table` where it was. Redis: `user:*`, indexes. MongoDB: collections. */
  tables: readonly string[];
  /** Returned or changed, as far as they were seen. */
  rows: number;
  error: boolean;
  /** Refused for want of a privilege, or at log-in. Implies error. */
  denied: boolean;
  /** Null: the connection is older than its recording. */
  database: string | null;
  user: string | null;
  /** Text longer than the bound or not understood whole, or an answer not seen whole: tables and rows are the least. */
  truncated: boolean;
};

/** @param at when the statement was sent. */
export type OnStatement = (statement: Statement, at: number) => void;

/** Bytes of a statement that are looked at. */
export const MAX_SQL = 64 * 1024;
/** Requests that may wait for their answers. */
export const MAX_OPEN = 256;
const MAX_PREPARED = 1024;
/** Longer than either server allows. */
const MAX_NAME = 64;

/** Keeps the latest ones. */
export function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  if (map.size >= MAX_PREPARED) map.delete(map.keys().next().value!);
  map.set(key, value);
}

/** The text without the longer one that it was cut from. */
export function owned(text: string): string {
  return Buffer.from(text).toString();
}

/** A name that somebody else chose, on its way into a subject. */
export function identifier(text: string): string {
  return text.slice(0, MAX_NAME).replace(/\p{Cc}/gu, '\ufffd');
}
