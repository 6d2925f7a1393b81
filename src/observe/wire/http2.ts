/** HTTP/2 (RFC 9113): both directions of one connection, any number of streams at once, joined in the middle. */
import { createExchange, type Exchange, type Flaw } from './exchange.ts';
import type { HeaderList, HpackTable } from './hpack.ts';
import { createEarly, type Early } from './http2-early.ts';
import { createFrameSide, type FrameEvents, type FrameSide } from './http2-frames.ts';
import { WIRE_LIMITS, type WireLimits } from './limits.ts';
import type { Decoder, Duplex, Headers, OpenExchange, RequestHead, Side } from './types.ts';

/** A stream, and whether its final response has begun. */
type Stream = { exchange: Exchange; answered: boolean };

/** What both directions know. */
type Link = {
  open: OpenExchange;
  limits: WireLimits;
  streams: Map<number, Stream>;
  /** The latest one that a client opened: they count upwards. */
  last: number;
};

const MAX_STREAMS = 1000;

export type Http2 = Duplex & {
  /** What is to be known of it between two exchanges; null while there is one, or within a frame. */
  rest(): Http2Rest | null;
};

/** A connection without open streams: its header tables, and the latest stream. */
export type Http2Rest = { client: HpackTable; server: HpackTable; last: number };

type Origin = {
  /** The request that an HTTP/1 connection became this one with: stream 1 (RFC 7540 §3.2). */
  upgraded?: Exchange;
  /** It was read before, by one that came to rest. */
  resumed?: Http2Rest;
};

export function createHttp2(
  open: OpenExchange,
  limits: WireLimits = WIRE_LIMITS,
  { upgraded, resumed }: Origin = {},
): Http2 {
  const link: Link = { open, limits, streams: new Map(), last: resumed?.last ?? 0 };
  if (upgraded) {
    link.streams.set(1, { exchange: upgraded, answered: false });
    link.last = 1;
  }
  const early = createEarly(events(link, 'response'), (id) => id <= link.last, limits);
  const requests = events(link, 'request');
  const client = createFrameSide(asking(requests, early), limits, resumed?.client);
  const server = createFrameSide(early.events, limits, resumed?.server);
  let sides = 2;
  const decoder = ({ push, gap, end }: FrameSide): Decoder => ({
    push,
    gap,
    end(at) {
      end(at);
      sides--;
      if (sides > 0) return;
      for (const { exchange } of link.streams.values()) exchange.end(at);
      link.streams.clear();
      early.drop();
    },
  });
  return {
    client: decoder(client),
    server: decoder(server),
    rest: () =>
      link.streams.size === 0 && early.isEmpty() ? restOf(client.rest(), server.rest(), link.last) : null,
  };
}

/** What was answered too early is heard behind its question. */
function asking(requests: FrameEvents, early: Early): FrameEvents {
  return {
    ...requests,
    headers(id, list, last, at) {
      requests.headers(id, list, last, at);
      early.opened(id, at);
    },
  };
}

function restOf(client: HpackTable | null, server: HpackTable | null, last: number): Http2Rest | null {
  return client && server && { client, server, last };
}

function events(link: Link, side: Side): FrameEvents {
  const { streams } = link;
  const heard = side === 'request' ? asked : answered;
  return {
    headers(id, list, last, at) {
      heard(link, id, list, at);
      if (last) over(link, id, side, at);
    },
    data: (id, bytes, at) => streams.get(id)?.exchange.body(side, bytes, at),
    missing: (id, bytes, at) => streams.get(id)?.exchange.missing(side, bytes, at),
    done: (id, at) => over(link, id, side, at),
    reset(id, at) {
      streams.get(id)?.exchange.end(at);
      streams.delete(id);
    },
    goaway(last, at) {
      for (const [id, { exchange }] of streams) {
        if (id <= last || side === 'request') continue;
        exchange.end(at);
        streams.delete(id);
      }
    },
    lost: (flaw, at) => lost(link, side, flaw, at),
  };
}

/**
 * Streams keep their numbers: what answers which is known behind a loss, too. But nobody knows what was in it: a request
 * may have ended there, and so may a response that had begun.
 */
function lost({ streams }: Link, side: Side, flaw: Flaw, at: number): void {
  for (const [id, { exchange, answered }] of streams) {
    if (!exchange.open(side)) continue;
    exchange.mark(flaw);
    if (side === 'request') exchange.over('request', at, false);
    else if (answered) exchange.end(at);
    if (exchange.ended()) streams.delete(id);
  }
}

/** A stream whose response is over is known until its request is, too: a server may answer before it has read all. */
function over({ streams }: Link, id: number, side: Side, at: number): void {
  const stream = streams.get(id);
  if (!stream) return;
  // Its headers were lost unnoticed: bytes behind a loss were taken for frames, and swallowed them.
  if (side === 'response' && !stream.answered) stream.exchange.mark('gap');
  stream.exchange.over(side, at, true);
  if (stream.exchange.ended()) streams.delete(id);
}

/** What a block that cannot be read said is not known: method and target are empty, and the exchange is malformed. */
function asked(link: Link, id: number, list: HeaderList | null, at: number): void {
  const { streams, open, limits } = link;
  const { pseudo, headers } = split(list);
  // A second list on a stream is its trailers; of a stream older than the sensor this may be the only one.
  const isTrailers = list !== null && pseudo.size === 0 && !list.incomplete;
  if (id <= link.last || isTrailers) return;
  link.last = id;
  const head: RequestHead = {
    version: '2',
    method: pseudo.get('method') ?? '',
    authority: pseudo.get('authority') ?? headers.get('host') ?? '',
    target: pseudo.get('path') ?? '',
    headers,
    at,
  };
  const exchange = createExchange(head, open, limits);
  markList(exchange, list);
  streams.set(id, { exchange, answered: false });
  if (streams.size > MAX_STREAMS) giveUpOldest(streams, at);
}

function giveUpOldest(streams: Map<number, Stream>, at: number): void {
  const [id, { exchange }] = streams.entries().next().value!;
  exchange.mark('truncated');
  exchange.end(at);
  streams.delete(id);
}

function answered({ streams }: Link, id: number, list: HeaderList | null, at: number): void {
  const stream = streams.get(id);
  if (!stream) return;
  const { pseudo, headers } = split(list);
  markList(stream.exchange, list);
  const status = Number(pseudo.get('status') ?? 0);
  if (stream.answered) stream.exchange.trailers(headers);
  else if (status >= 200 && status < 600) {
    stream.answered = true;
    stream.exchange.respond({ status, headers, at });
  }
}

function markList(exchange: Exchange, list: HeaderList | null): void {
  if (list === null || list.incomplete) exchange.mark('malformed');
  if (list?.truncated) exchange.mark('truncated');
}

/** Pseudo-headers (`:method` …) without their colon, and the others. */
function split(list: HeaderList | null): { pseudo: Headers; headers: Headers } {
  const pseudo = new Map<string, string>();
  const headers = new Map<string, string>();
  for (const [name, value] of list?.fields ?? []) {
    if (name.startsWith(':')) {
      if (!pseudo.has(name.slice(1))) pseudo.set(name.slice(1), value);
      continue;
    }
    const before = headers.get(name);
    // Cookies may come one by one (RFC 9113 §8.2.3).
    const between = name === 'cookie' ? '; ' : ', ';
    headers.set(name, before === undefined ? value : before + between + value);
  }
  return { pseudo, headers };
}
