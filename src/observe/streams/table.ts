/** The streams that are open, by id. Bounded: idle ones go first. */
import { endStream, type Stream } from './stream.ts';

/** In order of their latest use: a Map keeps the order of insertion, and each use inserts anew. */
export type StreamTable = Map<string, Stream>;

const MAX_STREAMS = 20_000;
/** An agent keeps a connection to its model for minutes between two questions. */
const IDLE_US = 15 * 60 * 1_000_000;

export function touch(table: StreamTable, stream: Stream): void {
  table.delete(stream.id);
  table.set(stream.id, stream);
}

export function put(table: StreamTable, stream: Stream): void {
  const former = table.get(stream.id);
  if (former) drop(table, former, stream.last);
  table.set(stream.id, stream);
  while (table.size > MAX_STREAMS) drop(table, table.values().next().value!, stream.last);
}

export function drop(table: StreamTable, stream: Stream, at: number): void {
  table.delete(stream.id);
  endStream(stream, at);
}

/** At checkpoints: those that nothing passed through for a long time. */
export function evictIdle(table: StreamTable, now: number): void {
  for (const stream of table.values()) {
    if (now - stream.last < IDLE_US) return;
    drop(table, stream, now);
  }
}
