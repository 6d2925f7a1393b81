/** What was worked out once, by name. */

/** Names come from outside in questions: more than these begin anew. */
const MAX_MEMORY = 20_000;

export function memoized<T>(make: (key: string) => T): (key: string) => T {
  const recall = memory<T>();
  return (key) => recall(key, () => make(key));
}

export function memory<T>(): (key: string, make: () => T) => T {
  const made = new Map<string, T>();
  return (key, make) => {
    const found = made.get(key);
    if (found !== undefined) return found;
    const value = make();
    if (made.size >= MAX_MEMORY) made.clear();
    made.set(key, value);
    return value;
  };
}
