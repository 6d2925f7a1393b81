/** Code-unit order, null first: the same on every machine, unlike localeCompare. */
export function compareText(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return a < b ? -1 : 1;
}

/** Sorts by the first of several texts that differs. */
export function byText<T>(...keys: ((item: T) => string | null)[]): (a: T, b: T) => number {
  return (a, b) => {
    for (const key of keys) {
      const order = compareText(key(a), key(b));
      if (order !== 0) return order;
    }
    return 0;
  };
}

export function sortedUnique(texts: Iterable<string | null>): string[] {
  return [...new Set(texts)].filter((text) => text !== null).sort(compareText);
}
