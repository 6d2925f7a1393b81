/** Messages of one link, in the order in which they passed: requests wait for their answers. */
import { field, type JsonObject, object, text } from '../json-fields.ts';
import { answered, greeting, listed, lost } from './answers.ts';
import { type Loss, sayWanted } from './calls.ts';
import { type Link, type Reading, saySelf } from './link.ts';
import { forget } from './listing.ts';
import { isMcp } from './methods.ts';
import { type Asked, idKey, keyOf, put, take, takeAnswered } from './pending.ts';
import { askedOf } from './requests.ts';

export type From = 'client' | 'server';

/** A batch is legal in revision 2025-03-26 only; others send them too. */
const MAX_BATCH = 1000;
/** µs. A client that was told of a change lists again at once. */
const STALE_AFTER = 5_000_000;

export function receive(link: Link, from: From, json: unknown, at: number, reading: Reading): void {
  const messages = Array.isArray(json) ? json : [json];
  for (const message of messages.slice(0, MAX_BATCH)) one(link, from, message, at, reading);
  if (!link.spoken) return;
  if (reading.cut || messages.length > MAX_BATCH) saySelf(link, { at, sums: { truncated: 1 } });
}

function one(link: Link, from: From, json: unknown, at: number, reading: Reading): void {
  const message = object(json);
  if (!link.spoken && !(message && isMcp(message))) return;
  link.spoken = true;
  const method = text(message?.method);
  const isReply = message !== null && (message.result !== undefined || message.error !== undefined);
  const key = keyOf(message?.id, reading.cut && !method?.startsWith('notifications/'));
  if (message && method !== null) called(link, from, { method, key, message }, at);
  else if (isReply && key !== null) replied(link, from, { key, message, reading }, at);
  else if (!reading.cut) strange(link, message, at);
}

/** Neither request nor answer; or an error that got no id, because the request was not understood. */
function strange(link: Link, message: JsonObject | null, at: number): void {
  const sums: Record<string, number> = message?.error ? { errorsWithoutId: 1 } : { malformed: 1 };
  saySelf(link, { at, sums });
}

type Call = { method: string; key: string | null; message: JsonObject };

function called(link: Link, from: From, { method, key, message }: Call, at: number): void {
  if (key === null) notified(link, from, method, message, at);
  else if (from === 'client') asks(link, key, message, at);
  else asksBack(link, key, message, at);
}

function asks(link: Link, key: string, message: JsonObject, at: number): void {
  const asked = askedOf(message, at);
  const evicted = put(link.asked, key, asked);
  if (evicted) lost(link, evicted, { at, status: null, cancelled: false });
  if (asked.method === 'tools/call') noteStale(link, at);
}

function noteStale(link: Link, at: number): void {
  const { server } = link;
  if (server.staleSince === null || at - server.staleSince < STALE_AFTER) return;
  saySelf(link, { at, words: { catalogs: ['stale'] } });
  server.staleSince = null;
}

function asksBack(link: Link, key: string, message: JsonObject, at: number): void {
  const method = text(message.method)!;
  put(link.askedBack, key, askedOf(message, at));
  sayWanted(link, [method], at);
}

type Reply = { key: string; message: JsonObject; reading: Reading };

function replied(link: Link, from: From, reply: Reply, at: number): void {
  const { key, message, reading } = reply;
  if (from === 'client') {
    if (!take(link.askedBack, key)) saySelf(link, { at, sums: { unmatched: 1 } });
    return;
  }
  const asked = takeAnswered(link.asked, key) ?? take(link.elsewhere, key) ?? takeOpen(link.open, key);
  if (asked) answered(link, asked, message, at, reading);
  else unasked(link, reply, at);
}

/** An answer on an event stream may come before the exchange of its question ends, or be the last thing that is read. */
function takeOpen(open: Link['open'], key: string): Asked | null {
  for (const pending of open) {
    const asked = take(pending, key);
    if (asked) return asked;
  }
  return null;
}

/** Its question was lost, or passed before anybody looked. What it says of the server stands all the same. */
function unasked(link: Link, { message, reading }: Reply, at: number): void {
  const result = object(message.result) ?? {};
  const about = Array.isArray(result.tools)
    ? listed(link, { cursor: undefined, asked: null, reading }, result, at)
    : result.serverInfo
      ? greeting(link, result)
      : {};
  saySelf(link, { ...about, at, sums: { ...about.sums, unmatched: 1 } });
}

function notified(link: Link, from: From, method: string, message: JsonObject, at: number): void {
  if (method === 'notifications/cancelled') cancelled(link, from, message, at);
  else if (from === 'server' && method === 'notifications/tools/list_changed') listChanged(link, at);
}

function listChanged(link: Link, at: number): void {
  const { server } = link;
  server.staleSince = at;
  server.announced = true;
  const words = forget(server.listing) > 0 ? { catalogs: ['partial: changed meanwhile'] } : {};
  saySelf(link, { at, sums: { listChanged: 1 }, words });
}

function cancelled(link: Link, from: From, message: JsonObject, at: number): void {
  const key = idKey(field(message, 'params', 'requestId'));
  if (key === null || from === 'server') return;
  const tables = [link.asked, ...(link.elsewhere ? [link.elsewhere] : []), ...link.open];
  const pending = tables.find((table) => table.has(key));
  const asked = take(pending, key);
  if (!pending || !asked) return;
  lost(link, asked, { at, status: null, cancelled: true });
  // An answer that crossed the cancellation is no stray.
  put(pending, key, { ...asked, method: 'cancelled' });
}

/** The connection, or the exchange, ended: what waits will not be answered. */
export function finish(link: Link, loss: Omit<Loss, 'cancelled'>): void {
  const waiting: Asked[] = [...link.asked.values()];
  link.asked.clear();
  for (const asked of waiting) lost(link, asked, { ...loss, cancelled: false });
}

/** Of a connection that is all there is to its server: lists that were not read to their end, changes nobody looked at. */
export function finishLists(link: Link, at: number): void {
  if (!link.spoken) return;
  const unread = forget(link.server.listing) > 0 ? ['partial: left unread'] : [];
  const stale = link.server.staleSince === null ? [] : ['stale'];
  link.server.staleSince = null;
  const catalogs = [...unread, ...stale];
  if (catalogs.length > 0) saySelf(link, { at, words: { catalogs } });
}
