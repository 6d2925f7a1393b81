/**
 * Strings of a segment, each once, sorted: the same content gives the same bytes. While tables are filled a text has
 * the number in which it came; where all are known, the columns are given its place in the order.
 */
export type Dictionary = {
  /** -1 for null. */
  index(text: string | null): number;
  /** The strings in their order, and the place of each number. */
  sorted(): { strings: string[]; places: Int32Array };
};

export function createDictionary(): Dictionary {
  const numbers = new Map<string, number>();
  return {
    index(text) {
      if (text === null) return -1;
      const known = numbers.get(text);
      if (known !== undefined) return known;
      numbers.set(text, numbers.size);
      return numbers.size - 1;
    },
    sorted() {
      const strings = [...numbers.keys()].sort(compareText);
      const places = new Int32Array(strings.length);
      for (const [place, text] of strings.entries()) places[numbers.get(text)!] = place;
      return { strings, places };
    },
  };
}

/** Numbers to places, where they lie. */
export function putInOrder(column: { [row: number]: number; readonly length: number }, places: Int32Array) {
  for (let row = 0; row < column.length; row++) if (column[row] !== -1) column[row] = places[column[row]!]!;
}

/** By UTF-16 code unit, never by locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
