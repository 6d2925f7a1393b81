/** Fields of foreign JSON: whatever they are, what is asked for comes out, or nothing. */
import type { ResponseHead } from '../wire/types.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Longest name that is kept of anything: a model, a tool, a collection. */
const MAX_NAME = 256;

export function object(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The objects among the members of a list. */
export function objects(value: unknown): JsonObject[] {
  return list(value)
    .map(object)
    .filter((one) => one !== null);
}

export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Not empty, cut to 256 characters. */
export function name(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_NAME).toWellFormed() : null;
}

/** A count: a safe integer that is not negative. */
export function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

/** By own members only, so that `constructor` and its like are never found. */
export function field(value: unknown, ...path: readonly string[]): unknown {
  let at: unknown = value;
  for (const key of path) {
    const here = object(at);
    if (!here || !Object.hasOwn(here, key)) return undefined;
    at = here[key];
  }
  return at;
}

/** Whether a body that is no JSON is badly read: not where a proxy's error page or speech was answered. */
export function promisesJson({ status, headers }: ResponseHead): boolean {
  const type = headers.get('content-type');
  return status < 400 && (type === undefined || /json|event-?stream/i.test(type));
}
