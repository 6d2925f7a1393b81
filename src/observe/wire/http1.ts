/**
 * HTTP/1.0 and 1.1 (RFC 9112): both directions of one connection, pipelined, kept alive, joined in the middle, with
 * holes in it. Requests wait for their responses in order; where it is not sure which answers which, none does.
 */
import { createExchange, type Exchange } from './exchange.ts';
import { framingOf, type Parsed, parseRequest, parseStatus } from './head.ts';
import { divertSide, endSide, gapSide, isAtRest, pushSide } from './http1-side.ts';
import { createSide, type Http1Side, type Next, type SideEvents } from './http1-state.ts';
import { WIRE_LIMITS, type WireLimits } from './limits.ts';
import { isUpgradeTo, openTunnel } from './tunnel.ts';
import type { Decoder, Duplex, OpenExchange, ResponseHead } from './types.ts';

const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32} \S+ HTTP\/1\.[01]\r?\n/;
const STATUS_LINE = /^HTTP\/1\.[01] [1-5]\d\d(?: .*)?\r?\n/;
/** At the end of a line, behind the last byte of a body that has no line end. */
const REQUEST_FOUND = /(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE) \S+ HTTP\/1\.[01]\r?\n$/;
const STATUS_FOUND = /HTTP\/1\.[01] [1-5]\d\d(?: [^\r\n]*)?\r?\n$/;

/** What both directions know. */
type Link = {
  open: OpenExchange;
  limits: WireLimits;
  /** Requests whose response has not begun. */
  queue: Exchange[];
  /** Responses still to come, behind those to the queue, to requests that are not in it. */
  unqueued: number;
  /** Requests behind those in the queue may have been lost. */
  hole: boolean;
  /** Whose request, and whose response, is being read. */
  asking: Exchange | null;
  answering: Exchange | null;
  /** A 1xx was read: another response to the same request follows. */
  informed: boolean;
  tunnel: Duplex | null;
  client: Http1Side<Link> | null;
  /** Directions that are not over. */
  sides: number;
};

export type Http1 = Duplex & {
  /** Between two exchanges: one that is made with `resumed` then goes on as this one would. */
  atRest(): boolean;
};

/**
 * @param open asked once for each request.
 * @param resumed the connection was read before, by one that came to rest.
 */
export function createHttp1(
  open: OpenExchange,
  limits: WireLimits = WIRE_LIMITS,
  resumed: boolean = false,
): Http1 {
  const link: Link = {
    open,
    limits,
    queue: [],
    unqueued: 0,
    hole: false,
    asking: null,
    answering: null,
    informed: false,
    tunnel: null,
    client: null,
    sides: 2,
  };
  const client = createSide(REQUESTS, link, limits, resumed);
  const server = createSide(RESPONSES, link, limits, resumed);
  link.client = client;
  return {
    client: decoder(client, 'client'),
    server: decoder(server, 'server'),
    atRest: () => isQuiet(link) && isAtRest(client) && isAtRest(server),
  };
}

function decoder(side: Http1Side<Link>, name: 'client' | 'server'): Decoder {
  return {
    push: (bytes, at) => pushSide(side, bytes, at),
    gap: (bytes, at) => gapSide(side, bytes, at),
    end: (at) => endDirection(side, name, at),
  };
}

function endDirection(side: Http1Side<Link>, name: 'client' | 'server', at: number): void {
  const { link } = side;
  endSide(side, at);
  link.tunnel?.[name].end(at);
  link.sides--;
  if (link.sides === 0) close(link, at);
}

/** A hole among requests that are all answered, or given up, is of no more interest: the next one begins anew. */
function isQuiet({ queue, unqueued, asking, answering, tunnel }: Link): boolean {
  return queue.length === 0 && unqueued === 0 && !asking && !answering && !tunnel;
}

/** What has not been answered when both directions are over never will be. */
function close(link: Link, at: number): void {
  if (link.tunnel) link.answering?.over('response', at, true);
  link.asking?.end(at);
  link.answering?.end(at);
  giveUp(link, null, at);
}

function giveUp({ queue }: Link, flaw: 'malformed' | 'gap' | 'truncated' | null, at: number): void {
  for (const exchange of queue.splice(0)) {
    if (flaw) exchange.mark(flaw);
    exchange.end(at);
  }
}

const REQUESTS: SideEvents<Link> = {
  starts: (line) => REQUEST_LINE.test(line),
  find: (line) => line.search(REQUEST_FOUND),
  head(link, text, { truncated, sought }, at) {
    const parsed = parseRequest(text, at, link.limits.fields);
    if (!parsed || (sought && parsed.malformed)) return null;
    const { framing, malformed } = framingOf(parsed.head.headers, 'request');
    const exchange = createExchange(parsed.head, link.open, link.limits);
    markAll(exchange, {
      ...parsed,
      malformed: parsed.malformed || malformed,
      truncated: truncated || parsed.truncated,
    });
    link.asking = exchange;
    enqueue(link, exchange, at);
    return framing;
  },
  body: (link, bytes, at) => link.asking?.body('request', bytes, at),
  missing: (link, bytes, at) => link.asking?.missing('request', bytes, at),
  suspect: (link) => link.asking?.mark('malformed'),
  done(link, at) {
    link.asking?.over('request', at, true);
    link.asking = null;
  },
  lost(link, flaw, at) {
    link.asking?.mark(flaw);
    link.asking?.over('request', at, false);
    link.asking = null;
    link.hole = true;
  },
  tunnel: (link, bytes, at) => link.tunnel?.client.push(bytes, at),
  tunnelGap: (link, bytes, at) => link.tunnel?.client.gap(bytes, at),
};

/** A response is given to a request only if none can have come in between. */
function enqueue(link: Link, exchange: Exchange, at: number): void {
  const { queue, limits } = link;
  if (queue.length === 0) link.hole = false;
  if (!link.hole && link.unqueued === 0 && queue.length < limits.pending) {
    queue.push(exchange);
    return;
  }
  exchange.mark(link.hole ? 'gap' : 'truncated');
  if (!link.hole) link.unqueued++;
  // Whatever comes is another's, or nobody knows whose.
  exchange.over('response', at, false);
}

function markAll(exchange: Exchange, flaws: { malformed: boolean; truncated: boolean }): void {
  if (flaws.malformed) exchange.mark('malformed');
  if (flaws.truncated) exchange.mark('truncated');
}

const RESPONSES: SideEvents<Link> = {
  starts: (line) => STATUS_LINE.test(line),
  find: (line) => line.search(STATUS_FOUND),
  head(link, text, { truncated, sought }, at) {
    const parsed = parseStatus(text, at, link.limits.fields);
    if (!parsed || (sought && parsed.malformed)) return null;
    const { status } = parsed.head;
    link.informed = status < 200 && status !== 101;
    if (link.informed) return { t: 'none' };
    const exchange = dequeue(link);
    link.answering = exchange;
    if (exchange) markAll(exchange, { ...parsed, truncated: truncated || parsed.truncated });
    // What HTTP/2 is asked to take over is answered there.
    if (!isUpgradeTo(parsed.head, 'h2c')) exchange?.respond(parsed.head);
    return status === 101 ? upgraded(link, parsed.head, at) : framed(link, parsed, at);
  },
  body: (link, bytes, at) => link.answering?.body('response', bytes, at),
  missing: (link, bytes, at) => link.answering?.missing('response', bytes, at),
  suspect: (link) => link.answering?.mark('malformed'),
  done(link, at) {
    if (link.informed) return;
    link.answering?.over('response', at, true);
    link.answering = null;
  },
  lost(link, flaw, at) {
    link.answering?.mark(flaw);
    link.answering?.over('response', at, false);
    link.answering = null;
    giveUp(link, flaw, at);
  },
  tunnel: (link, bytes, at) => link.tunnel?.server.push(bytes, at),
  tunnelGap: (link, bytes, at) => link.tunnel?.server.gap(bytes, at),
};

function dequeue(link: Link): Exchange | null {
  const exchange = link.queue.shift();
  if (!exchange && link.unqueued > 0) link.unqueued--;
  return exchange ?? null;
}

/** RFC 9112 §6.3: what was asked decides whether a body follows. */
function framed(link: Link, { head }: Parsed<ResponseHead>, at: number): Next {
  const { answering } = link;
  const { framing, malformed } = framingOf(head.headers, 'response');
  if (malformed) answering?.mark('malformed');
  if (answering?.method === 'CONNECT' && head.status < 300) {
    answering.over('response', at, true);
    if (link.client) divertSide(link.client, at);
    return { t: 'tunnel' };
  }
  const bodiless = answering?.method === 'HEAD' || head.status === 204 || head.status === 304;
  return bodiless ? { t: 'none' } : framing;
}

/** The connection is another protocol's from here on, and the exchange lasts as long as it. */
function upgraded(link: Link, head: ResponseHead, at: number): Next {
  if (link.answering) link.tunnel = openTunnel(link.answering, head, link.open, link.limits);
  if (link.client) divertSide(link.client, at);
  return { t: 'tunnel' };
}
