/** Header blocks of HTTP/2, gathered from the frames that carry them (RFC 9113 §4.3), and decoded in their order. */
import { createHold } from './hold.ts';
import { createHpack, type HeaderList, type HpackTable } from './hpack.ts';
import {
  CONTINUATION,
  END_HEADERS,
  END_STREAM,
  type Frame,
  HEADERS,
  PADDED,
  PRIORITY,
  PUSH_PROMISE,
} from './http2-layout.ts';
import type { WireLimits } from './limits.ts';

type Events = { headers(stream: number, list: HeaderList | null, last: boolean, at: number): void };

export type Blocks = {
  /** @param payload null: it was not captured as a whole. Frames that carry no block are passed over. */
  frame(frame: Omit<Frame, 'length'>, payload: Buffer | null, at: number): void;
  /** Blocks may have been lost: what they did to the table is not known. */
  lose(): void;
  /** A block that has begun has no end: that there was one is all that is known. */
  end(at: number): void;
  /** What the blocks to come hang on; null in the middle of one. */
  rest(): HpackTable | null;
};

export function createBlocks(events: Events, limits: WireLimits, known?: HpackTable): Blocks {
  const hpack = createHpack(limits.head, known);
  const held = createHold(limits.head, limits.pool);
  let open: { stream: number; promised: boolean; last: boolean; torn: boolean } | null = null;

  function add(fragment: Buffer | null): void {
    if (!open || open.torn) return;
    open.torn = fragment === null || held.push(fragment) < fragment.length;
  }
  function complete(at: number): void {
    const { stream, promised, last, torn } = open!;
    open = null;
    const block = held.take();
    if (torn) hpack.lose();
    const list = torn ? null : hpack.decode(block);
    // What a promise carries changes the table like any other block, and is of no further use.
    if (!promised) events.headers(stream, list, last, at);
  }
  return {
    frame({ type, flags, stream }, payload, at) {
      if (type === HEADERS || type === PUSH_PROMISE) {
        held.drop();
        const promised = type === PUSH_PROMISE;
        open = { stream, promised, last: (flags & END_STREAM) !== 0, torn: false };
        add(payload && fragmentOf(payload, flags, promised ? 4 : 0));
      } else if (type === CONTINUATION && open?.stream === stream) add(payload);
      else if (type === CONTINUATION) hpack.lose();
      else return;
      if (flags & END_HEADERS && open) complete(at);
    },
    lose() {
      held.drop();
      open = null;
      hpack.lose();
    },
    end(at) {
      if (open) open.torn = true;
      if (open) complete(at);
    },
    rest: () => (open ? null : hpack.table()),
  };
}

/** @param before the block, beside padding and priority. */
function fragmentOf(payload: Buffer, flags: number, before: number): Buffer {
  const padded = (flags & PADDED) !== 0;
  const from = before + (padded ? 1 : 0) + (before === 0 && flags & PRIORITY ? 5 : 0);
  return payload.subarray(from, padded ? Math.max(from, payload.length - payload[0]!) : payload.length);
}
