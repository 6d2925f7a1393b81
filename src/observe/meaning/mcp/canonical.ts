/** RFC 8785 (JCS) of parsed JSON, bounded: schemas of tools are written by strangers. */

/** A schema nests a few levels; what nests deeper is an attack on whoever reads it. */
const MAX_DEPTH = 64;
const MAX_LENGTH = 4 * 1024 * 1024;

type Budget = { left: number; marks: Marks };

/** What makes a canonical text another than the standard's: integers beyond 2^53, written as they came. */
export type Marks = { beyond: boolean };

/**
 * Members sorted by UTF-16 code unit, numbers as ECMAScript writes them, members that are undefined left out. No
 * Unicode normalisation. Null: nested deeper than 64, longer than 4 Mi characters, or a number that JSON has not.
 */
export function canonicalJson(value: unknown, marks: Marks = { beyond: false }): string | null {
  return write(value, MAX_DEPTH, { left: MAX_LENGTH, marks });
}

function write(value: unknown, depth: number, budget: Budget): string | null {
  if (depth < 0 || budget.left < 0) return null;
  if (Array.isArray(value)) return writeList(value, depth - 1, budget);
  if (typeof value === 'object' && value !== null)
    return writeObject(value as Record<string, unknown>, depth - 1, budget);
  if (typeof value === 'bigint') budget.marks.beyond = true;
  return spend(scalar(value), budget);
}

function scalar(value: unknown): string | null {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && !Number.isFinite(value)) return null;
  return value === undefined ? 'null' : JSON.stringify(value);
}

function spend(text: string | null, budget: Budget): string | null {
  budget.left -= text?.length ?? 0;
  return budget.left < 0 ? null : text;
}

function writeList(list: readonly unknown[], depth: number, budget: Budget): string | null {
  const parts: string[] = [];
  for (const one of list) {
    const part = write(one, depth, budget);
    if (part === null) return null;
    parts.push(part);
  }
  return `[${parts.join(',')}]`;
}

function writeObject(object: Record<string, unknown>, depth: number, budget: Budget): string | null {
  const parts: string[] = [];
  for (const key of Object.keys(object).sort()) {
    if (object[key] === undefined) continue;
    const name = spend(JSON.stringify(key), budget);
    const part = write(object[key], depth, budget);
    if (name === null || part === null) return null;
    parts.push(`${name}:${part}`);
  }
  return `{${parts.join(',')}}`;
}
