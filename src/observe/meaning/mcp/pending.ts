/** Requests of one side that wait for their answer. Bounded: the oldest gives way. */

export type Asked = {
  method: string;
  at: number;
  /** Of tools/call and prompts/get the name, of resources/read the area, of tools/list the cursor. */
  about: string | null;
  /** Of the arguments of tools/call. */
  shape: string | null;
  /** The same call asked again with what the server wanted to know (2026-07-28): counted already. */
  again: boolean;
  /** Was said to have no answer, and may yet get one: a stream that broke is resumed. */
  late: boolean;
  /** The W3C trace that the request names. */
  trace: string | null;
  /** What the client said of itself. */
  words: Readonly<Record<string, readonly string[]>>;
};

export type Pending = Map<string, Asked>;

const MAX_PENDING = 2048;

export function createPending(): Pending {
  return new Map();
}

/** Ids are of one sender; `1` and `"1"` differ. Null: a notification, or no id that JSON-RPC allows. */
export function idKey(id: unknown): string | null {
  if (typeof id === 'string') return `s:${id.slice(0, 256)}`;
  return typeof id === 'number' || typeof id === 'bigint' ? `n:${id}` : null;
}

/** Of a message that was cut before its id: the only one that waits, or that answers. */
const UNKNOWN = '?';

export function keyOf(id: unknown, cut: boolean): string | null {
  return idKey(id) ?? (cut ? UNKNOWN : null);
}

/** By id; else the one whose id is not known, or, for an answer without one, the only one that waits. */
export function takeAnswered(pending: Pending, key: string): Asked | null {
  const only = key === UNKNOWN && pending.size === 1 ? pending.keys().next().value! : UNKNOWN;
  return take(pending, key) ?? take(pending, only);
}

/** @returns what gave way: its answer will not be known. */
export function put(pending: Pending, key: string, asked: Asked): Asked | null {
  const former = pending.get(key) ?? null;
  pending.delete(key);
  pending.set(key, asked);
  if (former || pending.size <= MAX_PENDING) return former;
  const [oldest] = pending;
  pending.delete(oldest![0]);
  return oldest![1];
}

export function take(pending: Pending | null | undefined, key: string): Asked | null {
  const asked = pending?.get(key) ?? null;
  if (asked) pending!.delete(key);
  return asked;
}
