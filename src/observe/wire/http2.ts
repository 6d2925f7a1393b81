/** HTTP/2 (RFC 9113): both directions of one connection, any number of streams at once, joined in the middle. */
import { type Body, createBody } from './body.ts';
import type { HeaderList } from './hpack.ts';
import { createFrameSide, type FrameEvents } from './http2-frames.ts';
import { WIRE_LIMITS, type WireLimits } from './limits.ts';
import type { Decoder, Duplex, ExchangeReader, Headers, OpenExchange, Side } from './types.ts';

type Exchange = {
  reader: ExchangeReader | null;
  bodies: Record<Side, Body | null>;
  answered: boolean;
  malformed: boolean;
  gap: boolean;
  trailers: Headers | null;
};

const MAX_STREAMS = 1000;

export function createHttp2(open: OpenExchange, limits: WireLimits = WIRE_LIMITS): Duplex {
  const streams = new Map<number, Exchange>();

  function bodyOf(exchange: Exchange, side: Side, headers: Headers): Body {
    return createBody(headers, (item, at) => exchange.reader?.item(side, item, at), limits);
  }
  function finish(stream: number, exchange: Exchange, at: number, cut: boolean): void {
    streams.delete(stream);
    const { reader, bodies, malformed, gap, trailers } = exchange;
    if (!reader) return;
    bodies.request?.end(at);
    bodies.response?.end(at);
    const all = [bodies.request, bodies.response];
    reader.end({
      truncated: all.some((body) => body?.truncated()),
      malformed: malformed || all.some((body) => body?.malformed()),
      gap: gap || all.some((body) => body?.gap()),
      cut,
      requestBytes: bodies.request?.size() ?? 0,
      responseBytes: bodies.response?.size() ?? 0,
      at,
      ...(trailers ? { trailers } : {}),
    });
  }
  function request(stream: number, list: HeaderList | null, at: number): void {
    // A second list on a stream is its trailers.
    if (streams.has(stream)) return;
    const { pseudo, headers } = split(list);
    const method = pseudo.get('method');
    if (method === undefined) return;
    const authority = pseudo.get('authority') ?? headers.get('host') ?? '';
    const head = { version: '2', method, authority, target: pseudo.get('path') ?? '', headers, at } as const;
    const exchange: Exchange = {
      reader: open(head),
      bodies: { request: null, response: null },
      answered: false,
      malformed: list?.incomplete ?? true,
      gap: false,
      trailers: null,
    };
    exchange.bodies.request = bodyOf(exchange, 'request', headers);
    streams.set(stream, exchange);
    if (streams.size <= MAX_STREAMS) return;
    const [oldest] = streams.keys();
    finish(oldest!, streams.get(oldest!)!, at, true);
  }
  function response(stream: number, list: HeaderList | null, at: number): void {
    const exchange = streams.get(stream);
    if (!exchange) return;
    const { pseudo, headers } = split(list);
    exchange.malformed ||= list?.incomplete ?? true;
    const status = Number(pseudo.get('status') ?? Number.NaN);
    if (exchange.answered) exchange.trailers = headers;
    else if (status >= 200 && status < 600) {
      exchange.answered = true;
      exchange.reader?.response({ status, headers, at });
      exchange.bodies.response = bodyOf(exchange, 'response', headers);
    }
  }
  function lost(at: number): void {
    for (const [stream, exchange] of streams) {
      exchange.gap = true;
      finish(stream, exchange, at, true);
    }
  }

  function events(side: Side): FrameEvents {
    const over = (stream: number, at: number): void => {
      const exchange = streams.get(stream);
      if (exchange && side === 'response') finish(stream, exchange, at, false);
    };
    return {
      headers(stream, list, last, at) {
        (side === 'request' ? request : response)(stream, list, at);
        if (last) over(stream, at);
      },
      data(stream, bytes, at) {
        const exchange = streams.get(stream);
        if (exchange?.reader) exchange.bodies[side]?.push(bytes, at);
      },
      missing: (stream, bytes) => streams.get(stream)?.bodies[side]?.missing(bytes),
      done: over,
      reset(stream, at) {
        const exchange = streams.get(stream);
        if (exchange) finish(stream, exchange, at, true);
      },
      lost,
    };
  }

  const client = createFrameSide(events('request'), limits);
  const server = createFrameSide(events('response'), limits);
  let ended = 0;
  const decoder = ({ push, gap }: typeof client): Decoder => ({
    push,
    gap,
    end(at) {
      ended++;
      if (ended === 2) for (const [stream, exchange] of streams) finish(stream, exchange, at, true);
    },
  });
  return { client: decoder(client), server: decoder(server) };
}

/** Pseudo-headers (`:method` …) without their colon, and the others. */
function split(list: HeaderList | null): { pseudo: Map<string, string>; headers: Map<string, string> } {
  const pseudo = new Map<string, string>();
  const headers = new Map<string, string>();
  for (const [name, value] of list?.fields ?? []) {
    if (name.startsWith(':')) {
      if (!pseudo.has(name.slice(1))) pseudo.set(name.slice(1), value);
      continue;
    }
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { pseudo, headers };
}
