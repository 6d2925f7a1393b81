/** Cases as data: exchanges, and the rows that they must say. A case states only the fields that it is about. */
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCloud } from '../../../src/observe/meaning/cloud.ts';
import { readIdentity } from '../../../src/observe/meaning/identity.ts';
import type { Said, World } from '../../../src/observe/meaning/said.ts';
import type { Ending, RequestHead } from '../../../src/observe/wire/types.ts';

type Body = { text?: string; base64?: string; json?: unknown; form?: Record<string, string> } | null;
type Message = { headers?: Record<string, string>; body?: Body };
export type Exchange = {
  request: Message & { method: string; authority: string; target: string };
  response: (Message & { status: number }) | null;
};
export type Expected = Partial<Omit<Said, 'words' | 'sums'>> & { words?: Record<string, readonly string[]> };
export type Case = {
  file: string;
  source: string;
  exchanges: readonly Exchange[];
  expect: readonly Expected[];
};

const ROOT = fileURLToPath(new URL('../../../fixtures/meaning/', import.meta.url));

export function readCases(folder: string): Case[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .sort()
    .flatMap((file) => {
      const read: unknown = JSON.parse(readFileSync(join(ROOT, folder, file), 'utf8'));
      const cases = (Array.isArray(read) ? read : [read]) as Omit<Case, 'file'>[];
      return cases.map((one, i) => ({
        ...one,
        file: cases.length > 1 ? `${file} ${i}: ${one.source}` : file,
      }));
    });
}

export function fingerprint(text: string): string {
  return createHmac('sha256', 'estate').update(text).digest('hex').slice(0, 32);
}

export function createWorld(said: Said[]): World {
  const kept = new Map<string, unknown>();
  return {
    say: (one) => void said.push(one),
    fingerprint,
    keep<T>(name: string, create: () => T): T {
      if (!kept.has(name)) kept.set(name, create());
      return kept.get(name) as T;
    },
  };
}

function bytesOf(body: Body | undefined): Uint8Array {
  if (!body) return new Uint8Array();
  if (body.base64 !== undefined) return Buffer.from(body.base64, 'base64');
  if (body.form) return Buffer.from(new URLSearchParams(body.form).toString());
  return Buffer.from(body.json === undefined ? (body.text ?? '') : JSON.stringify(body.json));
}

export const WELL: Ending = {
  truncated: false,
  malformed: false,
  gap: false,
  cut: false,
  requestBytes: 100,
  responseBytes: 200,
  at: 7,
};

function headOf({ method, authority, target, headers = {} }: Exchange['request']): RequestHead {
  return { version: '1.1', method, authority, target, headers: new Map(Object.entries(headers)), at: 1 };
}

/** Shows the exchange to both readers, as the router does: identity first. */
export function show(world: World, { request, response }: Exchange, ending: Ending = WELL): number {
  const readers = [readIdentity(world), readCloud(world)].flatMap((open) => open(headOf(request)) ?? []);
  for (const reader of readers) {
    const sent = bytesOf(request.body);
    if (sent.length > 0) reader.item('request', { t: 'body', bytes: sent, truncated: false }, 2);
    if (response) {
      reader.response({
        status: response.status,
        headers: new Map(Object.entries(response.headers ?? {})),
        at: 3,
      });
      const got = bytesOf(response.body);
      if (got.length > 0) reader.item('response', { t: 'body', bytes: got, truncated: false }, 4);
    }
    reader.end(ending);
  }
  return readers.length;
}

export function saidOf({ exchanges }: Pick<Case, 'exchanges'>): Said[] {
  const said: Said[] = [];
  const world = createWorld(said);
  for (const exchange of exchanges) show(world, exchange);
  return said;
}

/** `{AKIA…}` in an expectation stands for its fingerprint. */
export function withFingerprints<T>(expected: T): T {
  const text = JSON.stringify(expected).replace(/\{([A-Za-z0-9._-]{8,})\}/g, (_, secret: string) =>
    fingerprint(secret),
  );
  return JSON.parse(text) as T;
}
