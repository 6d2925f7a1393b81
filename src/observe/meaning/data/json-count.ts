/** How many records stand at a path in JSON. */
import type { JsonPath } from '../../../catalog/vector-stores.ts';
import { list, object } from '../json-fields.ts';

const MAX_STEPS = 100_000;

/** Members of a list or object; `#`: it is one record if it is there at all. */
function leaf(value: unknown): number | null {
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  return null;
}

function membersOf(value: unknown): readonly unknown[] {
  const inside = object(value);
  return inside ? Object.values(inside) : list(value);
}

function step(values: readonly unknown[], key: string): unknown[] {
  if (key === '*') return values.flatMap(membersOf).slice(0, MAX_STEPS);
  return values.flatMap((value) => {
    if (Array.isArray(value)) return /^\d{1,6}$/.test(key) && key in value ? [value[Number(key)]] : [];
    const inside = object(value);
    return inside && Object.hasOwn(inside, key) ? [inside[key]] : [];
  });
}

/** What stands at the path, all of it where the path has `*`. */
export function valuesAt(value: unknown, path: JsonPath): unknown[] {
  return path.reduce<unknown[]>(step, [value]);
}

/** Null: nothing there to count. A path that ends in `#` counts the things themselves. */
export function countAt(value: unknown, path: JsonPath): number | null {
  if (path.at(-1) === '#') return valuesAt(value, path.slice(0, -1)).length;
  const counts = valuesAt(value, path)
    .map(leaf)
    .filter((one) => one !== null);
  return counts.length === 0 ? null : counts.reduce((sum, one) => sum + one, 0);
}

/** By the first path that leads to something. */
export function firstCount(value: unknown, paths: readonly JsonPath[]): number | null {
  for (const path of paths) {
    const found = countAt(value, path);
    if (found !== null) return found;
  }
  return null;
}
