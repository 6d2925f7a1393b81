/** Plays exchanges that are written as data to the readers of meaning. */
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Said, World } from '../../../src/observe/meaning/said.ts';
import type { Ending, Item, OpenExchange } from '../../../src/observe/wire/types.ts';

export type Played = {
  request: {
    method?: string;
    authority?: string;
    target: string;
    headers?: Record<string, string>;
    body?: unknown;
    /** gRPC messages, hex. */
    messages?: string[];
  };
  /** Absent: the connection was cut before. */
  response?: {
    status: number;
    headers?: Record<string, string>;
    body?: unknown;
    text?: string;
    /** Server-sent events: name (null: none) and data. */
    sse?: [string | null, unknown][];
    lines?: unknown[];
    /** AWS event stream: headers and payload; `chunk` is base64-wrapped as InvokeModel does. */
    frames?: { headers: Record<string, string>; payload?: unknown; chunk?: unknown }[];
    messages?: string[];
  };
  ending?: Partial<Ending>;
};

export type Case = Played & { source: string; says: unknown[] };

export const fingerprint = (text: string): string =>
  createHmac('sha256', 'key of the tests').update(text).digest('hex').slice(0, 32);

/** One process tree, and what is said of it. */
export function world(): World & { said: Said[] } {
  const said: Said[] = [];
  const kept = new Map<string, unknown>();
  return {
    said,
    say: (one) => said.push(one),
    fingerprint,
    keep<T>(name: string, create: () => T): T {
      if (!kept.has(name)) kept.set(name, create());
      return kept.get(name) as T;
    },
  };
}

const bytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function requestItems({ request }: Played): Item[] {
  const messages = (request.messages ?? []).map(
    (hex): Item => ({ t: 'message', bytes: Buffer.from(hex, 'hex') }),
  );
  if (request.body === undefined) return messages;
  return [...messages, { t: 'body', bytes: bytes(request.body), truncated: false }];
}

function frameItem({
  headers,
  payload,
  chunk,
}: NonNullable<NonNullable<Played['response']>['frames']>[number]): Item {
  const wrapped =
    chunk === undefined ? payload : { bytes: Buffer.from(JSON.stringify(chunk)).toString('base64') };
  return {
    t: 'frame',
    headers: new Map(Object.entries(headers)),
    payload: wrapped === undefined ? new Uint8Array() : bytes(wrapped),
  };
}

function responseItems(response: NonNullable<Played['response']>): Item[] {
  const body = response.text ?? response.body;
  return [
    ...(body === undefined ? [] : [{ t: 'body' as const, bytes: bytes(body), truncated: false }]),
    ...(response.sse ?? []).map(([event, data]): Item => ({ t: 'sse', event, id: null, data: asText(data) })),
    ...(response.lines ?? []).map((line): Item => ({ t: 'line', text: asText(line) })),
    ...(response.frames ?? []).map(frameItem),
    ...(response.messages ?? []).map((hex): Item => ({ t: 'message', bytes: Buffer.from(hex, 'hex') })),
  ];
}

const ENDING: Ending = {
  truncated: false,
  malformed: false,
  gap: false,
  cut: false,
  requestBytes: 100,
  responseBytes: 1000,
  at: 2_000,
};

/** Returns whether the reader took it. */
export function play(open: OpenExchange, played: Played): boolean {
  const { request, response } = played;
  const reader = open({
    version: '1.1',
    method: request.method ?? 'POST',
    authority: request.authority ?? 'gateway.internal:8080',
    target: request.target,
    headers: new Map(Object.entries(request.headers ?? {})),
    at: 1_000,
  });
  if (!reader) return false;
  for (const item of requestItems(played)) reader.item('request', item, 1_000);
  if (response) {
    reader.response({
      status: response.status,
      headers: new Map(Object.entries(response.headers ?? {})),
      at: 1_500,
    });
    for (const item of responseItems(response)) reader.item('response', item, 1_600);
  }
  reader.end({ ...ENDING, cut: response === undefined, ...played.ending });
  return true;
}

/** As cases write it: hashes are `#`, times and bytes are the same in all of them, what is false or empty is left out. */
export function written(said: readonly Said[]): unknown[] {
  return said.map(({ at: _at, bytes: _bytes, ...one }) => {
    const kept = Object.entries(one).filter(([, value]) => !isEmpty(value));
    return JSON.parse(JSON.stringify(Object.fromEntries(kept)).replace(/\b[0-9a-f]{32}\b/g, '#'));
  });
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

const FIXTURES = new URL('../../../fixtures/meaning/', import.meta.url);

/** The cases below fixtures/meaning/`folder`, by their path. */
export function casesOf(folder: string): [string, Case][] {
  const root = fileURLToPath(new URL(`${folder}/`, FIXTURES));
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json'))
    .sort()
    .map((path) => [path, JSON.parse(readFileSync(`${root}${path}`, 'utf8')) as Case]);
}
