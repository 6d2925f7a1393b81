/**
 * Answers that are told before their questions. Where one thread writes and another reads, the answer may be read, and
 * told, before the call that asked has returned. Streams have numbers: what answers one that a client has not opened yet,
 * as far as is known, waits for it.
 */
import type { HeaderList } from './hpack.ts';
import type { FrameEvents } from './http2-frames.ts';
import type { WireLimits } from './limits.ts';

export type Early = {
  /** What a server says of streams, those not opened yet apart. */
  events: FrameEvents;
  /** A stream was opened: now comes what was said of it, and what was said of older ones never will. */
  opened(stream: number, at: number): void;
  isEmpty(): boolean;
  drop(): void;
};

/** `spoiled`: it was too much, and the rest of it alone would be read as something else. */
type Told = { events: (() => void)[]; bytes: number; spoiled: boolean };

const MAX_STREAMS = 32;
const MAX_EVENTS = 64;
/** Of a stream. */
const MAX_BYTES = 64 * 1024;

/** @param isOpened whether a client has opened the stream, or a later one. */
export function createEarly(
  events: FrameEvents,
  isOpened: (stream: number) => boolean,
  { pool }: WireLimits,
): Early {
  const waiting = new Map<number, Told>();

  function hold(told: Told, bytes: number): void {
    if (pool) pool.left -= bytes;
    told.bytes += bytes;
  }
  function spoil(told: Told): void {
    hold(told, -told.bytes);
    told.events = [];
    told.spoiled = true;
  }
  function forget(stream: number, told: Told): void {
    hold(told, -told.bytes);
    waiting.delete(stream);
  }
  function wait(stream: number, bytes: number, event: () => void): void {
    if (!waiting.has(stream) && waiting.size < MAX_STREAMS)
      waiting.set(stream, { events: [], bytes: 0, spoiled: false });
    const told = waiting.get(stream);
    if (!told || told.spoiled) return;
    const isFull = told.events.length >= MAX_EVENTS || told.bytes + bytes > MAX_BYTES;
    if (isFull || (pool && pool.left < bytes)) {
      spoil(told);
      return;
    }
    told.events.push(event);
    hold(told, bytes);
  }
  // A server's own streams are even.
  const isEarly = (stream: number): boolean => stream % 2 === 1 && !isOpened(stream);
  const inTurn = (stream: number, bytes: number, event: () => void): void =>
    isEarly(stream) ? wait(stream, bytes, event) : event();

  return {
    events: {
      ...events,
      headers: (stream, list, last, at) =>
        inTurn(stream, sizeOf(list), () => events.headers(stream, list, last, at)),
      data(stream, bytes, at) {
        // What it was cut from is used again.
        const own = isEarly(stream) ? new Uint8Array(bytes) : bytes;
        inTurn(stream, own.length, () => events.data(stream, own, at));
      },
      missing: (stream, bytes, at) => inTurn(stream, 0, () => events.missing(stream, bytes, at)),
      done: (stream, at) => inTurn(stream, 0, () => events.done(stream, at)),
      reset: (stream, at) => inTurn(stream, 0, () => events.reset(stream, at)),
    },
    opened(stream, at) {
      const own = waiting.get(stream);
      for (const [other, told] of waiting) if (other <= stream) forget(other, told);
      for (const event of own?.events ?? []) event();
      if (own?.spoiled) events.missing(stream, 0, at);
    },
    isEmpty: () => waiting.size === 0,
    drop: () => waiting.forEach((told, stream) => void forget(stream, told)),
  };
}

function sizeOf(list: HeaderList | null): number {
  return (list?.fields ?? []).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}
