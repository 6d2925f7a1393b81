/**
 * MCP over HTTP: streamable HTTP of 2025-03-26 to 2025-11-25 with its sessions, the stateless one of 2026-07-28, and
 * HTTP with SSE of 2024-11-05, where requests are posted and all answers come on one event stream. On any path:
 * recognised by the messages, or by the headers that only MCP has.
 */

import { parseJson } from '../../wire/json.ts';
import type { Ending, ExchangeReader, Item, OpenExchange, RequestHead, Side } from '../../wire/types.ts';
import type { SessionRef, World } from '../said.ts';
import { lost } from './answers.ts';
import { isRefusal } from './calls.ts';
import {
  createSession,
  endpointOf,
  endSession,
  type HttpState,
  httpState,
  openEndpoint,
  type Session,
  serverOf,
  sessionOf,
} from './http-state.ts';
import { textOf } from './item-text.ts';
import { createLink, type Link, saySelf } from './link.ts';
import { finish, receive } from './messages.ts';
import { traceOf } from './methods.ts';
import { put } from './pending.ts';

const OWN_HEADERS = ['mcp-session-id', 'mcp-protocol-version', 'mcp-method'] as const;

export function readMcp(world: World): OpenExchange {
  return (head) => (mayBeMcp(head) ? exchangeReader(world, head) : null);
}

/** Whether an exchange can be MCP, by its head. Bodies decide: every JSON request could be. */
export function mayBeMcp({ method, headers }: RequestHead): boolean {
  if (OWN_HEADERS.some((name) => headers.has(name))) return true;
  if (method === 'POST') return /\bjson\b/i.test(headers.get('content-type') ?? '');
  return method === 'GET' && /\btext\/event-stream\b/i.test(headers.get('accept') ?? '');
}

/** One exchange while it is read. */
type Exchange = {
  state: HttpState;
  head: RequestHead;
  session: Session;
  link: Link;
  ref: SessionRef | undefined;
  /** An event stream on which the answers of others come. */
  streaming: boolean;
  /** Its events have ids: a stream that breaks can be resumed elsewhere. */
  resumable: boolean;
  challenged: boolean;
};

function exchangeReader(world: World, head: RequestHead): ExchangeReader {
  const exchange = openExchange(world, head);
  const { link, session, state } = exchange;
  return {
    item: (side, item, at) => readItem(exchange, side, item, at),
    response({ status, headers }) {
      link.status = status;
      exchange.challenged = /\bresource_metadata\b/.test(headers.get('www-authenticate') ?? '');
      const id = headers.get('mcp-session-id');
      if (id === undefined || exchange.ref) return;
      exchange.ref = sessionOf(state, link.server, id.slice(0, 512)).ref;
      link.spoken = true;
    },
    end: (ending) => endExchange(exchange, ending),
    // Notifications, listening streams and the end of a session ask for nothing.
    owns: () => link.spoken || session.spoken,
  };
}

function openExchange(world: World, head: RequestHead): Exchange {
  const state = httpState(world);
  const id = head.headers.get('mcp-session-id')?.slice(0, 512);
  const posted = head.method === 'POST' ? endpointOf(state, head) : null;
  const server = posted?.server ?? serverOf(state, world, head, 'http');
  const session =
    posted ?? (id === undefined ? createSession(server, undefined) : sessionOf(state, server, id));
  const { elsewhere, open, askedBack, tasks } = session;
  const trace = traceOf(head.headers.get('traceparent'));
  const spoken = session.spoken || OWN_HEADERS.some((name) => head.headers.has(name));
  const exchange = {
    state,
    head,
    session,
    ref: session.ref,
    streaming: false,
    resumable: false,
    challenged: false,
  };
  const ref = () => exchange.ref ?? (trace === null ? undefined : { scheme: 'trace' as const, id: trace });
  const link = createLink(world, server, ref, { elsewhere, open, askedBack, tasks, spoken });
  open.add(link.asked);
  return Object.assign(exchange, { link });
}

function readItem(exchange: Exchange, side: Side, item: Item, at: number): void {
  const { link, session } = exchange;
  if (item.t === 'sse' && side === 'response') exchange.resumable ||= item.id !== null;
  if (item.t === 'sse' && item.event === 'endpoint') beginStream(exchange, item.data);
  const text = textOf(item);
  if (text === null) return;
  const read = parseJson(text);
  link.spoken ||= session.spoken;
  if ('value' in read) receive(link, side === 'request' ? 'client' : 'server', read.value, at, read);
  // It said it was JSON-RPC, and never was.
  else if (link.spoken) saySelf(link, { at, sums: { unreadable: 1 } });
  session.spoken ||= link.spoken;
}

function beginStream(exchange: Exchange, data: string): void {
  const { state, head, link } = exchange;
  if (exchange.streaming || head.method !== 'GET') return;
  const session = openEndpoint(state, link.server, head, data);
  if (!session) return;
  exchange.session.open.delete(link.asked);
  exchange.streaming = true;
  exchange.session = session;
  exchange.ref = session.ref;
  session.streams += 1;
  const { elsewhere, open, askedBack, tasks } = session;
  Object.assign(link, { elsewhere, open, askedBack, tasks });
}

function endExchange(exchange: Exchange, ending: Ending): void {
  const { link, session, state, head } = exchange;
  const { at } = ending;
  session.open.delete(link.asked);
  if (exchange.streaming) endStream(exchange, at);
  else if (isOpen(link.status) && session.streams > 0) moveAll(link, session);
  else if (isOpen(link.status) && exchange.resumable) awaitResumption(exchange, at);
  finish(link, { at, status: link.status });
  if (!link.spoken) return;
  const refused = isRefusal(link.status);
  // Of a POST its requests were said to be refused.
  if (refused && head.method !== 'POST') saySelf(link, { at, count: 1, error: true, denied: true });
  if (refused && exchange.challenged) saySelf(link, { at, words: { authorization: ['oauth'] } });
  const sums = readingOf(ending);
  if (sums) saySelf(link, { at, sums });
  const id = head.headers.get('mcp-session-id');
  if (head.method !== 'DELETE' || id === undefined || !isOpen(link.status)) return;
  finish({ ...link, asked: session.elsewhere }, { at, status: null });
  endSession(state, link.server, id.slice(0, 512));
}

/** Nothing stands against an answer that comes elsewhere. */
function isOpen(status: number | null): boolean {
  return status === null || status < 400;
}

function endStream({ session, link }: Exchange, at: number): void {
  session.streams -= 1;
  if (session.streams === 0) finish({ ...link, asked: session.elsewhere }, { at, status: null });
}

function moveAll({ asked }: Link, session: Session): void {
  for (const [key, one] of asked) put(session.elsewhere, key, one);
  asked.clear();
}

/** Said to be unanswered, because nobody knows whether the client comes back; if it does, the answer is added. */
function awaitResumption({ link, session }: Exchange, at: number): void {
  for (const [key, one] of link.asked) {
    lost(link, one, { at, status: null, cancelled: false });
    put(session.elsewhere, key, { ...one, late: true });
  }
  link.asked.clear();
}

function readingOf({ truncated, malformed, gap }: Ending): Record<string, number> | null {
  if (!truncated && !malformed && !gap) return null;
  return {
    ...(truncated ? { truncated: 1 } : {}),
    ...(malformed ? { malformed: 1 } : {}),
    ...(gap ? { gaps: 1 } : {}),
  };
}
