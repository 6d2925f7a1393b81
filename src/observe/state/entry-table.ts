/**
 * First-seen ids and what was counted of each. There may be half a million, so numbers lie side by side in pages; an
 * entry is known by its number.
 */
import type { Instance, Origin } from './processes.ts';
import type { Target } from './tallies.ts';

/** Entries of a page. */
const PAGE = 1024;

/** Of an entry. Cumulative, as far as they were added to rows; `LAST`: the latest such use, µs of the boot clock. */
export const COUNT = 0;
export const BYTES = 1;
export const ERRORS = 2;
export const LAST = 3;
const NUMBERS = 4;

export const NO_ENTRY = -1;

type Page = {
  /** Both halves of the id. */
  ids: Uint32Array;
  numbers: Float64Array;
  /** The first use failed for lack of permission. */
  refused: Uint8Array;
  /** The next entry of the same bucket, or of those that are free; and of the same instance. */
  next: Int32Array;
  sibling: Int32Array;
  instances: (Instance | null)[];
  /** Null: done by the container runtime's init, withheld until the workload itself does it. */
  origins: (Origin | null)[];
  /** One alone, as nearly all are, without a list around it. */
  targets: (Target | readonly Target[])[];
};

export type EntryTable = {
  size: number;
  pages: Page[];
  /** First entry of each bucket. */
  buckets: Int32Array;
  free: number;
  /** Entries that there is room for in the pages. */
  used: number;
};

export function createEntryTable(): EntryTable {
  return { size: 0, pages: [], buckets: new Int32Array(64).fill(NO_ENTRY), free: NO_ENTRY, used: 0 };
}

function createPage(): Page {
  return {
    ids: new Uint32Array(2 * PAGE),
    numbers: new Float64Array(NUMBERS * PAGE),
    refused: new Uint8Array(PAGE),
    next: new Int32Array(PAGE),
    sibling: new Int32Array(PAGE),
    instances: [],
    origins: [],
    targets: [],
  };
}

const pageOf = (table: EntryTable, entry: number): Page => table.pages[Math.floor(entry / PAGE)]!;

/** The number that `text` is in hex, modulo 2^32. Ids have up to 64 bits. */
function word(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = Math.max(0, from); i < to; i++) {
    const code = text.charCodeAt(i);
    value = (value << 4) | (code < 58 ? code - 48 : code - 87);
  }
  return value >>> 0;
}

const lowOf = (id: string): number => word(id, id.length - 8, id.length);
const highOf = (id: string): number => word(id, id.length - 16, id.length - 8);

/** Ids are hashes already, with a seed that nobody knows. */
const bucketOf = (table: EntryTable, low: number, high: number): number =>
  (low ^ high) & (table.buckets.length - 1);

/** @returns NO_ENTRY where there is none. */
export function findEntry(table: EntryTable, id: string): number {
  const low = lowOf(id);
  const high = highOf(id);
  let entry = table.buckets[bucketOf(table, low, high)]!;
  while (entry !== NO_ENTRY) {
    const { ids, next } = pageOf(table, entry);
    const at = entry % PAGE;
    if (ids[2 * at] === low && ids[2 * at + 1] === high) break;
    entry = next[at]!;
  }
  return entry;
}

type Fields = {
  instance: Instance;
  origin: Origin | null;
  targets: readonly Target[];
  refused: boolean;
};

/** @returns the entry. The id must not be in the table. */
export function addEntry(table: EntryTable, id: string, fields: Fields): number {
  const { instance, origin, targets, refused } = fields;
  if (table.size >= table.buckets.length) growBuckets(table);
  const entry = takeFree(table);
  const page = pageOf(table, entry);
  const at = entry % PAGE;
  page.ids[2 * at] = lowOf(id);
  page.ids[2 * at + 1] = highOf(id);
  page.numbers.fill(0, at * NUMBERS, (at + 1) * NUMBERS);
  page.refused[at] = refused ? 1 : 0;
  page.instances[at] = instance;
  page.origins[at] = origin;
  page.targets[at] = targets.length === 1 ? targets[0]! : targets;
  page.sibling[at] = instance.entry;
  instance.entry = entry;
  link(table, entry);
  table.size++;
  return entry;
}

function takeFree(table: EntryTable): number {
  const entry = table.free;
  if (entry !== NO_ENTRY) {
    table.free = pageOf(table, entry).next[entry % PAGE]!;
    return entry;
  }
  if (table.used % PAGE === 0) table.pages.push(createPage());
  return table.used++;
}

function ownBucket(table: EntryTable, entry: number): number {
  const { ids } = pageOf(table, entry);
  const at = entry % PAGE;
  return bucketOf(table, ids[2 * at]!, ids[2 * at + 1]!);
}

function link(table: EntryTable, entry: number): void {
  const bucket = ownBucket(table, entry);
  pageOf(table, entry).next[entry % PAGE] = table.buckets[bucket]!;
  table.buckets[bucket] = entry;
}

function unlink(table: EntryTable, entry: number): void {
  const bucket = ownBucket(table, entry);
  const next = pageOf(table, entry).next[entry % PAGE]!;
  if (table.buckets[bucket] === entry) {
    table.buckets[bucket] = next;
    return;
  }
  let before = table.buckets[bucket]!;
  for (let at = nextOf(table, before); at !== entry; at = nextOf(table, before)) before = at;
  pageOf(table, before).next[before % PAGE] = next;
}

const nextOf = (table: EntryTable, entry: number): number => pageOf(table, entry).next[entry % PAGE]!;

function growBuckets(table: EntryTable): void {
  const old = table.buckets;
  table.buckets = new Int32Array(old.length * 2).fill(NO_ENTRY);
  for (const first of old)
    for (let entry = first; entry !== NO_ENTRY; ) {
      const next = nextOf(table, entry);
      link(table, entry);
      entry = next;
    }
}

/** All entries of an instance that has gone. */
export function dropEntries(table: EntryTable, instance: Instance): void {
  for (let entry = instance.entry; entry !== NO_ENTRY; ) {
    const page = pageOf(table, entry);
    const at = entry % PAGE;
    unlink(table, entry);
    page.instances[at] = null;
    page.origins[at] = null;
    page.targets[at] = NOTHING;
    page.next[at] = table.free;
    table.free = entry;
    table.size--;
    entry = page.sibling[at]!;
  }
  instance.entry = NO_ENTRY;
}

const NOTHING: readonly Target[] = [];

const isList = (targets: Target | readonly Target[]): targets is readonly Target[] => Array.isArray(targets);

/** What is known of an entry; the numbers from `at` on are its own. */
export type EntryView = Fields & { numbers: Float64Array; at: number };

export function readEntry(table: EntryTable, entry: number): EntryView {
  const page = pageOf(table, entry);
  const at = entry % PAGE;
  const targets = page.targets[at]!;
  return {
    instance: page.instances[at]!,
    origin: page.origins[at]!,
    targets: isList(targets) ? targets : [targets],
    refused: page.refused[at] === 1,
    numbers: page.numbers,
    at: at * NUMBERS,
  };
}

export function setOrigin(table: EntryTable, entry: number, origin: Origin | null): void {
  pageOf(table, entry).origins[entry % PAGE] = origin;
}
