/** Strings of a segment, each once, sorted: the same content gives the same bytes. */
export type Dictionary = {
  strings: string[];
  /** -1 for null. */
  index: (text: string | null) => number;
};

export function createDictionary(texts: Iterable<string | null>): Dictionary {
  const distinct = new Set<string>();
  for (const text of texts) if (text !== null) distinct.add(text);
  const strings = [...distinct].sort(compareText);
  const positions = new Map(strings.map((text, i) => [text, i]));
  return { strings, index: (text) => (text === null ? -1 : (positions.get(text) ?? -1)) };
}

/** By UTF-16 code unit, never by locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
