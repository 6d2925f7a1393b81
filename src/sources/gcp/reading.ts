/** A reading in progress: answers go to the builder and to who saves them, gaps to coverage. */
import type { z } from 'zod';
import { UserError } from '../../errors.ts';
import { createGcpBuilder, type GcpBuilder } from './builder.ts';
import { CALLS, type CallName } from './calls.ts';
import { GcpApiError, GcpCredentialError, outcomeOf } from './errors.ts';
import { type Place, pathOf, sourceOf } from './layout.ts';
import type { Rest } from './rest.ts';
import type { Reading as Saved } from './schema.ts';

/** Hears each answer as the file that it would be. */
export type GcpObserver = { document(path: string, text: string): void };
export type Reading = {
  rest: Rest;
  builder: GcpBuilder;
  gaps: Map<string, Saved['coverage'][number]>;
  observer: GcpObserver | null;
  /** Whether anything was answered: before that, silence is no gap but the end. */
  answered: boolean;
};
/** `whole` false: a page, or part of the answer, is missing; that is a gap already. */
export type Pages<T> = { items: T[]; whole: boolean };

const MAX_PAGES = 10_000;
const PARALLEL = 4;

export function createReading(rest: Rest, observer: GcpObserver | null): Reading {
  return { rest, builder: createGcpBuilder(), gaps: new Map(), observer, answered: false };
}

export function emit({ builder, observer }: Reading, place: Place, document: unknown): void {
  const path = pathOf(place);
  const text = JSON.stringify(document, null, 1);
  builder.add(JSON.parse(text), path);
  observer?.document(path, text);
}

/** The first reason stays. */
export function gap({ gaps }: Reading, place: Place, row: Omit<Saved['coverage'][number], 'source'>): void {
  const source = sourceOf(place);
  if (!gaps.has(source)) gaps.set(source, { source, ...row });
}

/** Only the fields of the schema come through. Null: refused, failed or malformed, which is a gap at `place`. */
export async function ask<T>(
  reading: Reading,
  asked: { call: CallName; name: string; schema: z.ZodType<T>; place: Place },
): Promise<T | null> {
  const answer = await attempt(reading, asked);
  return answer === null ? null : checked(reading, asked, answer.value);
}

export async function askAll<T>(
  reading: Reading,
  asked: { call: CallName; name: string; schema: z.ZodType<T>; place: Place },
): Promise<Pages<T> | null> {
  const items: T[] = [];
  const { items: key } = CALLS[asked.call] as { items?: string };
  const tokens = new Set<string>();
  for (let token: string | undefined; ; ) {
    const page = await attempt(reading, asked, token === undefined ? {} : { pageToken: token });
    if (page === null) return items.length === 0 ? null : { items, whole: false };
    const { [key!]: found, nextPageToken, missingZones } = page.value as Record<string, unknown>;
    for (const item of Array.isArray(found) ? found : []) {
      const one = checked(reading, asked, item);
      if (one !== null) items.push(one);
    }
    if (Array.isArray(missingZones) && missingZones.length > 0)
      gap(reading, asked.place, {
        status: 'failed',
        objects: items.length,
        reason: `${missingZones.join(', ')} did not answer`,
      });
    if (typeof nextPageToken !== 'string' || nextPageToken === '') return { items, whole: true };
    if (tokens.has(nextPageToken) || tokens.size >= MAX_PAGES) {
      gap(reading, asked.place, { status: 'failed', objects: items.length, reason: 'its pages have no end' });
      return { items, whole: false };
    }
    token = nextPageToken;
    tokens.add(token);
  }
}

async function attempt(
  reading: Reading,
  { call, name, place }: { call: CallName; name: string; place: Place },
  query: Readonly<Record<string, string>> = {},
): Promise<{ value: unknown } | null> {
  try {
    const value = await reading.rest.call(CALLS[call], name, query);
    reading.answered = true;
    return { value };
  } catch (error) {
    const answered = error instanceof GcpApiError;
    reading.answered ||= answered;
    if (answered) gap(reading, place, { objects: 0, ...outcomeOf(error, CALLS[call], name) });
    // Google Cloud has answered before, so one call without an answer is a gap and not the end.
    else if (error instanceof UserError && reading.answered && !(error instanceof GcpCredentialError))
      gap(reading, place, { status: 'failed', objects: 0, reason: error.message });
    else throw error;
    return null;
  }
}

function checked<T>(
  reading: Reading,
  { schema, place, name }: { schema: z.ZodType<T>; place: Place; name: string },
  item: unknown,
): T | null {
  const result = schema.safeParse(item);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const reason = `malformed answer for ${name}: ${issue?.path.map(String).join('.')}: ${issue?.message}`;
  gap(reading, place, { status: 'failed', objects: 0, reason });
  return null;
}

export async function inParallel<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items].values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}
