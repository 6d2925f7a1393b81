import type { Detail, Segment, TlsImage } from '../../model/snapshot.ts';
import { byText } from './order.ts';

/** What a segment says of subjects beyond counting them, and of TLS libraries, by the segment's own workload numbers. */
export type Sayings = { details: ReadonlyMap<number, Detail[]>; images: ReadonlyMap<number, TlsImage[]> };

/** Distinct words kept of one name, however many segments bring new ones. */
const MAX_WORDS = 1024;

export function sayingsOf({ details, images }: Pick<Segment, 'details' | 'images'>): Sayings | null {
  if (details.length === 0 && images.length === 0) return null;
  return {
    details: Map.groupBy(details, ({ workload }) => workload),
    images: Map.groupBy(images, ({ workload }) => workload),
  };
}

type Merging = Omit<Detail, 'sums' | 'words'> & {
  sums: Map<string, number>;
  words: Map<string, Set<string>>;
};

/** Sums add up over segments, words are united. `index`: of the workload in the posture. */
export function mergeDetails(details: readonly Detail[], index: number): Detail[] {
  const merged = new Map<string, Merging>();
  for (const detail of details) {
    const key = `${detail.kind}\0${detail.subject}`;
    const known = merged.get(key) ?? { ...detail, sums: new Map(), words: new Map() };
    merged.set(key, known);
    add(known, detail);
  }
  return [...merged.values()]
    .map(({ sums, words, ...rest }) => ({
      ...rest,
      workload: index,
      sums: Object.fromEntries([...sums].sort(byText(([name]) => name))),
      words: Object.fromEntries(
        [...words].sort(byText(([name]) => name)).map(([name, set]) => [name, [...set].sort()]),
      ),
    }))
    .sort(
      byText(
        (one) => one.kind,
        (one) => one.subject,
      ),
    );
}

function add(into: Merging, { sums, words, cut }: Detail): void {
  into.cut ||= cut;
  for (const [name, value] of Object.entries(sums)) into.sums.set(name, (into.sums.get(name) ?? 0) + value);
  for (const [name, list] of Object.entries(words)) {
    const known = into.words.get(name) ?? new Set();
    into.words.set(name, known);
    for (const word of list)
      if (known.size < MAX_WORDS) known.add(word);
      else if (!known.has(word)) into.cut = true;
  }
}

/** Each image once for each state that it was in; a later segment repeats what an earlier one said. */
export function mergeImages(images: readonly TlsImage[], index: number): TlsImage[] {
  const key = ({ path, buildId, status }: TlsImage) => `${path}\0${buildId ?? ''}\0${status}`;
  const merged = new Map(images.map((image) => [key(image), { ...image, workload: index }]));
  return [...merged.values()].sort(byText(key));
}
