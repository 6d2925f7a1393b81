/** One number per string over the whole history; each segment's dictionary is mapped to it once. */
export type Strings = {
  id(text: string): number;
  /** -1, "none" in every dictionary column, is null. */
  text(id: number): string | null;
};

export function createStrings(): Strings {
  const ids = new Map<string, number>();
  const texts: string[] = [];
  return {
    id(text) {
      const known = ids.get(text);
      if (known !== undefined) return known;
      ids.set(text, texts.length);
      return texts.push(text) - 1;
    },
    text: (id) => texts[id] ?? null,
  };
}
