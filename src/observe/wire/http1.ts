/**
 * HTTP/1.0 and 1.1 (RFC 9112): both directions of one connection, pipelined, kept alive, joined in the middle. Requests
 * wait for their responses in order.
 */
import { type Body, createBody } from './body.ts';
import { framingOf, parseRequest, parseStatus } from './head.ts';
import { createSide, type Next, type SideEvents } from './http1-side.ts';
import { WIRE_LIMITS, type WireLimits } from './limits.ts';
import type { Duplex, ExchangeReader, OpenExchange, RequestHead, ResponseHead } from './types.ts';
import { createWebsocket } from './websocket.ts';

/** A request, its response, and how well both could be read. */
type Exchange = {
  method: string;
  reader: ExchangeReader | null;
  request: Body | null;
  response: Body | null;
  requestOver: boolean;
  malformed: boolean;
  truncated: boolean;
  gap: boolean;
  over: boolean;
};

const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32} \S+ HTTP\/1\.[01]$/;
const STATUS_LINE = /^HTTP\/1\.[01] [1-5]\d\d/;

/** Any number of connections' exchanges, and none that can throw. @param open asked once for each request. */
export function createHttp1(open: OpenExchange, limits: WireLimits = WIRE_LIMITS): Duplex {
  const waiting: Exchange[] = [];
  /** Whose request, and whose response, is being read. */
  let asking: Exchange | null = null;
  let answering: Exchange | null = null;
  let websocket: {
    client: (bytes: Uint8Array, at: number) => void;
    server: (bytes: Uint8Array, at: number) => void;
  } | null = null;

  function begin(head: RequestHead, malformed: boolean): Exchange {
    const exchange: Exchange = {
      method: head.method,
      reader: open(head),
      request: null,
      response: null,
      requestOver: false,
      malformed,
      truncated: false,
      gap: false,
      over: false,
    };
    if (waiting.length >= limits.pending) finish(waiting.shift()!, head.at, true);
    waiting.push(exchange);
    return exchange;
  }
  function finish(exchange: Exchange, at: number, cut: boolean): void {
    if (exchange.over) return;
    exchange.over = true;
    const { reader, request, response } = exchange;
    const bodies = [request, response];
    reader?.end({
      truncated: exchange.truncated || bodies.some((body) => body?.truncated()),
      malformed: exchange.malformed || bodies.some((body) => body?.malformed()),
      gap: exchange.gap || bodies.some((body) => body?.gap()),
      cut,
      requestBytes: request?.size() ?? 0,
      responseBytes: response?.size() ?? 0,
      at,
    });
  }

  function requestHead(lines: readonly string[], at: number): Next | null {
    const parsed = parseRequest(lines, at, limits.fields);
    if (!parsed) return null;
    const { head } = parsed;
    const { framing, malformed } = framingOf(head.headers, 'request');
    const exchange = begin(head, parsed.malformed || malformed);
    const { reader } = exchange;
    exchange.request = createBody(head.headers, (item, when) => reader?.item('request', item, when), limits);
    asking = exchange;
    return framing;
  }
  const requests: SideEvents = {
    head: requestHead,
    body: (bytes, at) => asking?.reader && asking.request?.push(bytes, at),
    missing: (bytes) => asking?.request?.missing(bytes),
    done(at) {
      if (asking?.reader) asking.request?.end(at);
      if (asking) asking.requestOver = true;
      asking = null;
    },
    broken(how, at) {
      if (!asking) return;
      mark(asking, how);
      if (asking.reader) asking.request?.end(at);
      asking = null;
    },
    tunnel: (bytes, at) => websocket?.client(bytes, at),
  };

  function responseHead(lines: readonly string[], at: number): Next | null {
    const parsed = parseStatus(lines, at, limits.fields);
    if (!parsed) return null;
    const { head } = parsed;
    if (head.status < 200 && head.status !== 101) return { t: 'none' };
    const exchange = waiting[0];
    answering = exchange ?? null;
    if (exchange) {
      exchange.malformed ||= parsed.malformed;
      exchange.reader?.response(head);
    }
    if (head.status === 101) return upgraded(exchange, head);
    if (exchange?.method === 'CONNECT' && head.status < 300) return tunnelled(exchange, at);
    const { framing, malformed } = framingOf(head.headers, 'response');
    if (exchange) {
      exchange.malformed ||= malformed;
      const { reader } = exchange;
      exchange.response = createBody(
        head.headers,
        (item, when) => reader?.item('response', item, when),
        limits,
      );
    }
    const bodiless = exchange?.method === 'HEAD' || head.status === 204 || head.status === 304;
    return bodiless ? { t: 'none' } : framing;
  }
  /** The connection is another protocol's from here on, and the exchange lasts as long as it. */
  function upgraded(exchange: Exchange | undefined, head: ResponseHead): Next {
    clientSide.divert();
    const { reader } = exchange ?? {};
    if (reader && head.headers.get('upgrade')?.toLowerCase() === 'websocket') {
      const options = { extensions: head.headers.get('sec-websocket-extensions') ?? '', max: limits.body };
      websocket = {
        client: createWebsocket((text, at) => reader.item('request', { t: 'websocket', text }, at), options),
        server: createWebsocket((text, at) => reader.item('response', { t: 'websocket', text }, at), options),
      };
    }
    return { t: 'tunnel' };
  }
  function tunnelled(exchange: Exchange, at: number): Next {
    clientSide.divert();
    waiting.shift();
    finish(exchange, at, false);
    return { t: 'tunnel' };
  }
  let informed = false;
  const responses: SideEvents = {
    head(lines, at) {
      const next = responseHead(lines, at);
      informed = next?.t === 'none' && answering === null;
      return next;
    },
    body: (bytes, at) => answering?.reader && answering.response?.push(bytes, at),
    missing: (bytes) => answering?.response?.missing(bytes),
    done(at) {
      if (informed || !answering) return;
      answered(at, false);
    },
    broken(how, at) {
      if (!answering) return;
      mark(answering, how);
      answered(at, true);
    },
    tunnel: (bytes, at) => websocket?.server(bytes, at),
  };
  function answered(at: number, cut: boolean): void {
    const exchange = answering!;
    answering = null;
    waiting.shift();
    if (exchange.reader) exchange.response?.end(at);
    finish(exchange, at, cut);
  }

  const clientSide = createSide(requests, limits, (line) => REQUEST_LINE.test(line));
  const serverSide = createSide(responses, limits, (line) => STATUS_LINE.test(line));
  let ended = 0;
  /** What has not been answered when both directions are over never will be. */
  function close(at: number): void {
    ended++;
    if (ended < 2) return;
    for (const exchange of waiting.splice(0)) finish(exchange, at, true);
  }
  /** A request or a response may have been lost whole: nobody knows any more which one answers which. */
  function lost(at: number): void {
    for (const exchange of waiting.splice(0)) {
      exchange.gap = true;
      finish(exchange, at, true);
    }
  }
  const over = (side: typeof clientSide) => (at: number) => {
    side.end(at);
    close(at);
  };
  return {
    client: {
      push: clientSide.push,
      gap: (bytes, at) => void (clientSide.gap(bytes, at) || lost(at)),
      end: over(clientSide),
    },
    server: {
      push: serverSide.push,
      gap: (bytes, at) => void (serverSide.gap(bytes, at) || lost(at)),
      end: over(serverSide),
    },
  };
}

function mark(exchange: Exchange, how: 'malformed' | 'gap' | 'truncated'): void {
  exchange[how] = true;
}
