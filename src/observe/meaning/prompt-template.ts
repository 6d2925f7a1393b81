/**
 * Fingerprints of prompt templates: HMAC of the stable skeleton of a system prompt, learned per process tree. Words
 * are hashed under the estate key before anything is kept; texts are never kept.
 *
 * The same id comes from the first call on while only dates, numbers, ids and addresses differ. Free text in a slot
 * is told from an edited instruction by how often it changes: the fourth distinct text in one place makes it a slot,
 * and from then on every text there gives one id. Until then each edition has its own.
 */
import { createFamily, type Family, familyOf, skeletonOf } from './prompt/family.ts';
import { stableWords } from './prompt/words.ts';
import type { World } from './said.ts';

export type PromptTemplate = {
  id: string;
  /** The epoch of `user`: ids of the editions in use, one per family, sorted. */
  inUse: readonly string[];
  /** Longer than what was looked at. */
  truncated: boolean;
};

const MAX_WORDS = 8_192;
const MAX_FAMILIES = 16;
const MAX_KNOWN = 512;
const MAX_USERS = 64;

type Known = { family: Family; version: number; id: string; truncated: boolean };

type Memory = {
  /** Least recently used first. */
  families: Set<Family>;
  /** By fingerprint of the text, and of its stable words. */
  known: Map<string, Known>;
  users: Map<string, Map<Family, string>>;
};

const createMemory = (): Memory => ({ families: new Set(), known: new Map(), users: new Map() });

function remember<K, V>(map: Map<K, V>, key: K, value: V, most: number): V {
  map.delete(key);
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value!);
  return value;
}

/** 52 bits of the keyed hash: exact in a number. */
function hashWords(world: World, words: readonly string[]): number[] {
  const hashes = new Map<string, number>();
  return words.map((word) => {
    const known = hashes.get(word);
    if (known !== undefined) return known;
    const hash = Number.parseInt(world.fingerprint(`prompt-word\0${word}`).slice(0, 13), 16);
    hashes.set(word, hash);
    return hash;
  });
}

function familyFor({ families }: Memory, tokens: readonly number[]): Family {
  const family = familyOf([...families].reverse(), tokens) ?? createFamily(tokens);
  families.delete(family);
  families.add(family);
  if (families.size > MAX_FAMILIES) families.delete(families.values().next().value!);
  return family;
}

function read(world: World, memory: Memory, text: string): Known {
  const { words, truncated } = stableWords(text, MAX_WORDS);
  const key = world.fingerprint(`prompt-words\0${words.join(' ')}`);
  const known = recall(memory, key);
  if (known) return known;
  const tokens = hashWords(world, words);
  const family = familyFor(memory, tokens);
  const skeleton = skeletonOf(family, tokens);
  const id = world.fingerprint(`prompt-template\0${skeleton.join(' ')}`);
  return remember(memory.known, key, { family, version: family.version, id, truncated }, MAX_KNOWN);
}

/** What was learned since makes an old id void. */
function recall({ known }: Memory, key: string): Known | null {
  const one = known.get(key);
  return one && one.version === one.family.version ? remember(known, key, one, MAX_KNOWN) : null;
}

function inUse(memory: Memory, user: string, { family, id }: Known): string[] {
  const editions = memory.users.get(user) ?? new Map<Family, string>();
  remember(memory.users, user, editions, MAX_USERS);
  remember(editions, family, id, MAX_FAMILIES);
  return [...new Set(editions.values())].sort();
}

/** @param user what sends the prompt, as its epoch names it. Null where there is no word to go by. */
export function promptTemplate(world: World, user: string, text: string): PromptTemplate | null {
  if (text.trim() === '') return null;
  const memory = world.keep('prompt-templates', createMemory);
  const key = world.fingerprint(`prompt-text\0${text}`);
  const known = recall(memory, key) ?? read(world, memory, text);
  remember(memory.known, key, known, MAX_KNOWN);
  return { id: known.id, inUse: inUse(memory, user, known), truncated: known.truncated };
}
