/** Readers that look at an exchange once it is over, at both bodies as far as they came. */
import type { Ending, ExchangeReader, Item, ResponseHead, Side } from '../wire/types.ts';

export type Whole = {
  /** Its first 64 KiB: exchanges wait for their answers in thousands. Empty where there was none, or it was lost. */
  request: Uint8Array;
  answer: Uint8Array;
  /** Lines, events, frames and messages of an answer that came in parts. */
  parts: number;
  response: ResponseHead | null;
  status: number | null;
  ending: Ending;
};

const EMPTY = new Uint8Array();
const MAX_REQUEST = 65_536;

/** A copy, so that the rest is not kept with it. */
function firstOf(bytes: Uint8Array): Uint8Array {
  return bytes.length > MAX_REQUEST ? bytes.slice(0, MAX_REQUEST) : bytes;
}

export function whole(read: (seen: Whole) => void): ExchangeReader {
  const bodies: Record<Side, Uint8Array> = { request: EMPTY, response: EMPTY };
  let parts = 0;
  let response: ResponseHead | null = null;
  return {
    item(side, item: Item) {
      if (item.t === 'body') bodies[side] = side === 'request' ? firstOf(item.bytes) : item.bytes;
      else if (side === 'response') parts++;
    },
    response(head) {
      response = head;
    },
    end(ending) {
      const { request, response: answer } = bodies;
      read({ request, answer, parts, response, status: response?.status ?? null, ending });
    },
  };
}
