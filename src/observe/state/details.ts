/** What readers say of a subject beyond counting it, and what was true from when on. Bounded, per origin. */
import type { Kind } from '../../model/kinds.ts';
import type { EpochThing, Said } from '../meaning/said.ts';

export type Detail = {
  kind: Kind;
  subject: string;
  sums: Map<string, number>;
  words: Map<string, Set<string>>;
  cut: boolean;
};
export type Details = Map<string, Detail>;

/** From `at` on, until the next mark of the same thing and subject. µs of the boot clock. */
export type Mark = {
  thing: EpochThing;
  subject: string;
  hash: string;
  members: readonly string[];
  at: number;
};

const MAX_DETAILS = 2000;
const MAX_KEYS = 32;
const MAX_WORDS = 256;
const MAX_WORD = 512;
const MAX_MARKS = 256;

export function addDetail(details: Details, { kind, subject, sums, words }: Said): void {
  if (!sums && !words) return;
  const key = `${kind}\0${subject}`;
  const known = details.get(key);
  if (!known && details.size >= MAX_DETAILS) return;
  const detail = known ?? { kind, subject, sums: new Map(), words: new Map(), cut: false };
  details.set(key, detail);
  for (const [name, value] of Object.entries(sums ?? {})) addSum(detail, name, value);
  for (const [name, list] of Object.entries(words ?? {})) addWords(detail, name, list);
}

function addSum(detail: Detail, name: string, value: number): void {
  const sum = detail.sums.get(name);
  if (sum === undefined && detail.sums.size >= MAX_KEYS) detail.cut = true;
  else if (Number.isSafeInteger(value) && value > 0)
    detail.sums.set(name, Math.min(Number.MAX_SAFE_INTEGER, (sum ?? 0) + value));
}

function addWords(detail: Detail, name: string, list: Iterable<string>): void {
  const words = detail.words.get(name) ?? new Set();
  if (words.size === 0 && detail.words.size >= MAX_KEYS) {
    detail.cut = true;
    return;
  }
  detail.words.set(name, words);
  for (const word of list) {
    const clipped = word.slice(0, MAX_WORD);
    if (words.size < MAX_WORDS) words.add(clipped);
    else if (!words.has(clipped)) detail.cut = true;
  }
}

export function mergeDetails(into: Details, from: Details): void {
  for (const [key, detail] of from) {
    const known = into.get(key);
    if (!known && into.size >= MAX_DETAILS) continue;
    if (!known) {
      into.set(key, detail);
      continue;
    }
    for (const [name, value] of detail.sums) addSum(known, name, value);
    for (const [name, words] of detail.words) addWords(known, name, words);
    known.cut ||= detail.cut;
  }
}

/** What already holds is no new mark; a thing that changes on every look keeps its latest states. */
export function addMark(marks: Mark[], mark: Mark): void {
  const latest = marks.findLast(({ thing, subject }) => thing === mark.thing && subject === mark.subject);
  if (latest?.hash === mark.hash) return;
  marks.push(mark);
  if (marks.length > MAX_MARKS) marks.shift();
}

/** What holds at the end of a segment holds at the beginning of the next. */
export function carryMarks(marks: readonly Mark[], at: number): Mark[] {
  const latest = new Map(marks.map((mark) => [`${mark.thing}\0${mark.subject}`, mark]));
  return [...latest.values()].map((mark) => ({ ...mark, at }));
}
