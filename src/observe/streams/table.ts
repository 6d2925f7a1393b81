/** The streams that are open, by id. Bounded in number, and in what their readers take: idle ones go first. */
import type { Pool } from '../wire/hold.ts';
import { endStream, type Stream, sizeOfEarly } from './stream.ts';

/** In order of their latest use: a Map keeps the order of insertion, and each use inserts anew. */
export type StreamTable = Map<string, Stream>;

const MAX_STREAMS = 20_000;
/** An agent keeps a connection to its model for minutes between two questions. */
const IDLE_US = 15 * 60 * 1_000_000;
/** A server on pipes waits for its client's next question as long as the client lives, and the end of neither is told. */
const IDLE_PIPE_US = 24 * 3600 * 1_000_000;
/** What a reader in the middle of something takes, about, beside the bytes that it holds. */
const READER = 20 * 1024;
/** Readers are given up where less is left for all of them, until twice as much is. */
const LOW = 4 * 1024 * 1024;

export function touch(table: StreamTable, stream: Stream): void {
  table.delete(stream.id);
  table.set(stream.id, stream);
}

/** @returns what had to go, although it is open. */
export function put(table: StreamTable, pool: Pool | undefined, stream: Stream): Stream | null {
  const former = table.get(stream.id);
  if (former) drop(table, pool, former, stream.last);
  table.set(stream.id, stream);
  if (table.size <= MAX_STREAMS) return null;
  const oldest: Stream = table.values().next().value!;
  drop(table, pool, oldest, stream.last);
  return oldest;
}

export function drop(table: StreamTable, pool: Pool | undefined, stream: Stream, at: number): void {
  table.delete(stream.id);
  unload(stream, pool, at);
}

/** Takes what its reader takes, if it has one, and what waits for it, from what all may take together. */
export function charge(stream: Stream, pool: Pool | undefined): void {
  const wanted = (stream.reader ? READER : 0) + sizeOfEarly(stream);
  if (pool) pool.left -= wanted - stream.charged;
  stream.charged = wanted;
}

/** It is in the middle of something, which is ended; of what may come later the beginning is missing. */
function unload(stream: Stream, pool: Pool | undefined, at: number): void {
  // What answers nothing says nothing; what comes behind it shows that it is missing.
  stream.early = [];
  if (stream.reader) {
    endStream(stream, at);
    stream.reader = null;
    stream.resting = 'evicted';
  }
  charge(stream, pool);
}

/** At checkpoints: readers of streams that nothing passed through for a long time, and what is left of ended processes. */
export function evictIdle(table: StreamTable, now: number, pool: Pool | undefined): void {
  for (const stream of table.values()) {
    const idle = now - stream.last;
    if (idle < IDLE_US) return;
    if (stream.instance.exited !== null) drop(table, pool, stream, now);
    const waits = stream.via === 'pipe' || stream.via === 'unix';
    if (idle >= (waits ? IDLE_PIPE_US : IDLE_US)) unload(stream, pool, now);
  }
}

/** Where all that is under way takes too much, what was used least lately is given up. */
export function makeRoom(table: StreamTable, pool: Pool | undefined, at: number): void {
  if (!pool || pool.left >= LOW) return;
  for (const stream of table.values()) {
    unload(stream, pool, at);
    if (pool.left >= 2 * LOW) return;
  }
}
