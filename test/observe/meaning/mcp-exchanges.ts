/** Exchanges over HTTP, by hand. */
import { readMcp } from '../../../src/observe/meaning/mcp.ts';
import type { Ending, Item, RequestHead } from '../../../src/observe/wire/types.ts';
import { CANARY } from './mcp-peer.ts';
import { type Heard, heard } from './mcp-world.ts';

export type Exchange = {
  method?: string;
  authority?: string;
  target?: string;
  headers?: Record<string, string>;
  request?: Item[];
  status?: number;
  answer?: Record<string, string>;
  response?: Item[];
  ending?: Partial<Ending>;
};

const JSON_TYPE = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const body = (value: unknown): Item => ({
  t: 'body',
  bytes: bytes(JSON.stringify(value)),
  truncated: false,
});
export const sse = (value: unknown, id: string | null = null, event: string | null = 'message'): Item => ({
  t: 'sse',
  event,
  id,
  data: typeof value === 'string' ? value : JSON.stringify(value),
});
export const asks = (id: number, method: string, params: object = {}): object => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});
export const says = (id: number, result: object): object => ({ jsonrpc: '2.0', id, result });
export const CALL = asks(1, 'tools/call', { name: 'add', arguments: { token: CANARY } });

export function headOf({
  method = 'POST',
  authority = 'h:8080',
  target = '/mcp',
  headers = {},
}: Exchange): RequestHead {
  const all = { ...(method === 'POST' ? JSON_TYPE : {}), ...headers };
  return { version: '1.1', method, authority, target, headers: new Map(Object.entries(all)), at: 1 };
}

/** @returns whether the reader wanted it. */
export function exchange(world: Heard, one: Exchange): boolean {
  const reader = readMcp(world)(headOf(one));
  for (const item of one.request ?? []) reader?.item('request', item, 2);
  if (one.status !== undefined)
    reader?.response({ status: one.status, headers: new Map(Object.entries(one.answer ?? {})), at: 3 });
  for (const item of one.response ?? []) reader?.item('response', item, 4);
  const ending = {
    truncated: false,
    malformed: false,
    gap: false,
    cut: false,
    requestBytes: 0,
    responseBytes: 0,
    at: 5,
  };
  reader?.end({ ...ending, ...one.ending });
  return reader !== null;
}

export const listen = (exchanges: Exchange[]): Heard => {
  const world = heard();
  for (const one of exchanges) exchange(world, one);
  return world;
};
