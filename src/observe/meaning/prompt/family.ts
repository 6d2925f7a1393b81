/** Prompts that were made of one template: the first one seen, and where later ones differed from it. */
import { type Difference, differences } from './align.ts';

/** So many distinct texts in one place, and it is a slot: fewer are editions of the instruction. */
const SLOT_TEXTS = 4;
/** Places where something differs, per family; more are not learned from. */
const MAX_VARIED = 4_096;

export type Family = {
  readonly base: readonly number[];
  readonly shingles: ReadonlySet<number>;
  /** By position in the base: hashes of other texts seen there; null: a slot. What was inserted before i is at ~i. */
  readonly varied: Map<number, number[] | null>;
  /** Grows when a slot is learned: ids given before are void then. */
  version: number;
};

/** A mixing of token hashes (FNV-1a over 32-bit halves); nothing secret rests on it. */
function mix(tokens: readonly number[], from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) {
    const token = tokens[i]!;
    hash = Math.imul(hash ^ (token >>> 0), 0x01000193);
    hash = Math.imul(hash ^ Math.floor(token / 0x100000000), 0x01000193);
  }
  return hash >>> 0;
}

const SHINGLE = 3;

function shinglesOf(tokens: readonly number[]): Set<number> {
  const found = new Set<number>();
  for (let i = 0; i + SHINGLE <= tokens.length; i++) found.add(mix(tokens, i, i + SHINGLE));
  return found;
}

export function createFamily(base: readonly number[]): Family {
  return { base, shingles: shinglesOf(base), varied: new Map(), version: 0 };
}

const FEWEST_SHARED = 4;
const LONG_PREFIX = 24;

function samePrefix(a: readonly number[], b: readonly number[]): boolean {
  if (a.length < LONG_PREFIX || b.length < LONG_PREFIX) return false;
  for (let i = 0; i < LONG_PREFIX; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Half of the shorter one's shingles are shared; or a long start, for templates that text is pasted below. */
function isAlike({ base, shingles }: Family, tokens: readonly number[], own: ReadonlySet<number>): boolean {
  if (samePrefix(base, tokens)) return true;
  let shared = 0;
  for (const shingle of own) if (shingles.has(shingle)) shared++;
  return shared >= FEWEST_SHARED && shared * 2 >= Math.min(own.size, shingles.size);
}

/** The first that is alike; they come most recently used first. */
export function familyOf(families: Iterable<Family>, tokens: readonly number[]): Family | null {
  const own = shinglesOf(tokens);
  for (const family of families) if (isAlike(family, tokens, own)) return family;
  return null;
}

function places({ from, to }: Difference): number[] {
  if (from === to) return [~from];
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** Returns whether it became a slot just now. */
function note(family: Family, place: number, text: number): boolean {
  const { varied } = family;
  const seen = varied.get(place);
  if (seen === null || seen?.includes(text) || (!seen && varied.size >= MAX_VARIED)) return false;
  // The base's own text is one of them.
  const slot = (seen?.length ?? 0) + 2 >= SLOT_TEXTS;
  if (slot) varied.set(place, null);
  else if (seen) seen.push(text);
  else varied.set(place, [text]);
  return slot;
}

function learn(family: Family, tokens: readonly number[], found: readonly Difference[]): void {
  let slots = 0;
  for (const one of found) {
    const text = mix(tokens, one.nextFrom, one.nextTo);
    for (const place of places(one)) if (note(family, place, text)) slots++;
  }
  if (slots > 0) family.version++;
}

function isSlot(family: Family, place: number): boolean {
  return family.varied.get(place) === null;
}

function literal(family: Family, from: number, to: number): number[] {
  return family.base.slice(from, to).filter((_, i) => !isSlot(family, from + i));
}

/** What of `tokens` is the template's: the base's words outside its slots, and other words where no slot is. */
export function skeletonOf(family: Family, tokens: readonly number[]): number[] {
  const found = differences(family.base, tokens);
  learn(family, tokens, found);
  const kept: number[] = [];
  let at = 0;
  for (const one of found) {
    kept.push(...literal(family, at, one.from));
    at = one.to;
    const inSlot = places(one).some((place) => isSlot(family, place)) || isSlot(family, ~one.to);
    if (!inSlot) kept.push(...tokens.slice(one.nextFrom, one.nextTo));
  }
  kept.push(...literal(family, at, family.base.length));
  return kept;
}
