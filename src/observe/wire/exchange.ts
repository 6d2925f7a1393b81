/** One request and its response, whatever carries them: what is told to the reader of it, and when it is over. */
import { type Body, createBody } from './body.ts';
import type { WireLimits } from './limits.ts';
import type {
  Ending,
  ExchangeReader,
  Headers,
  OpenExchange,
  RequestHead,
  ResponseHead,
  Side,
} from './types.ts';

export type Flaw = 'malformed' | 'gap' | 'truncated';

export type Exchange = {
  readonly method: string;
  /** Null: nobody wants it. */
  readonly reader: ExchangeReader | null;
  respond(head: ResponseHead): void;
  body(side: Side, bytes: Uint8Array, at: number): void;
  /** That many bytes of a body were not captured (0: unknown how many). */
  missing(side: Side, bytes: number, at: number): void;
  /** Bytes of an item that the caller reads itself. */
  count(side: Side, bytes: number): void;
  trailers(headers: Headers): void;
  mark(flaw: Flaw): void;
  /** Nothing more comes from this side. @param whole as it should be. With the second one the exchange ends. */
  over(side: Side, at: number, whole: boolean): void;
  /** Nothing more comes at all. */
  end(at: number): void;
  ended(): boolean;
  /** More may come from this side. */
  open(side: Side): boolean;
};

type State = Record<Flaw, boolean> & {
  headers: Record<Side, Headers>;
  bodies: Record<Side, Body | null>;
  /** Null: it goes on. */
  whole: Record<Side, boolean | null>;
  /** Bytes of bodies that are over, and of items that the caller reads. */
  counted: Record<Side, number>;
  trailers: Headers | null;
  ended: boolean;
};

const NONE: Headers = new Map();

export function createExchange(head: RequestHead, open: OpenExchange, limits: WireLimits): Exchange {
  const reader = open(head);
  const state: State = {
    headers: { request: head.headers, response: NONE },
    bodies: { request: null, response: null },
    whole: { request: null, response: null },
    counted: { request: 0, response: 0 },
    trailers: null,
    malformed: false,
    gap: false,
    truncated: false,
    ended: false,
  };
  function bodyOf(side: Side): Body {
    const { bodies, headers } = state;
    bodies[side] ??= createBody(headers[side], (item, at) => reader?.item(side, item, at), limits);
    return bodies[side];
  }
  function close(side: Side, at: number, whole: boolean): void {
    if (state.whole[side] !== null) return;
    state.whole[side] = whole;
    const body = state.bodies[side];
    if (!body) return;
    body.end(at, whole);
    account(state, side, body);
    // Thousands of requests wait for their answers at once.
    state.bodies[side] = null;
  }
  function end(at: number): void {
    if (state.ended) return;
    state.ended = true;
    close('request', at, false);
    close('response', at, false);
    reader?.end(endingOf(state, at));
  }
  const goesOn = (side: Side): boolean => reader !== null && !state.ended && state.whole[side] === null;
  return {
    method: head.method,
    reader,
    respond(response) {
      if (state.ended) return;
      state.headers.response = response.headers;
      reader?.response(response);
    },
    body(side, bytes, at) {
      if (goesOn(side) && bytes.length > 0) bodyOf(side).push(bytes, at);
    },
    missing(side, bytes, at) {
      if (!goesOn(side)) return;
      bodyOf(side).missing(bytes, at);
      reader?.gap?.();
    },
    count(side, bytes) {
      state.counted[side] += bytes;
    },
    trailers(headers) {
      state.trailers = headers;
    },
    mark(flaw) {
      state[flaw] = true;
      if (flaw === 'gap') reader?.gap?.();
    },
    over(side, at, whole) {
      if (state.ended) return;
      close(side, at, whole);
      if (state.whole.request !== null && state.whole.response !== null) end(at);
    },
    end,
    ended: () => state.ended,
    open: (side) => !state.ended && state.whole[side] === null,
  };
}

function account(state: State, side: Side, body: Body): void {
  state.truncated ||= body.truncated();
  state.malformed ||= body.malformed();
  state.gap ||= body.gap();
  state.counted[side] += body.size();
}

/** Once both bodies are over. */
function endingOf({ truncated, malformed, gap, whole, counted, trailers }: State, at: number): Ending {
  return {
    truncated,
    malformed,
    gap,
    cut: whole.response !== true,
    requestBytes: counted.request,
    responseBytes: counted.response,
    at,
    ...(trailers ? { trailers } : {}),
  };
}
