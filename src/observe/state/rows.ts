/**
 * What one process class did, by target, until the segment closes. There may be hundreds of thousands of rows, so their
 * numbers lie side by side in pages, and what few rows have is kept apart.
 */
import { keyOf, sameTarget, type Target, type Use } from './tallies.ts';

export type Row = Required<Use> & {
  target: Target;
  /** Session blocks of this tree, each once, and how many sessions there were of trees that ended. */
  blocks: readonly number[];
  pastSessions: number;
};

type Rare = { records: number; denied: number; blocks: Set<number> };

export type Rows = {
  targets: Target[];
  pages: Float64Array[];
  /** By the targets' keys (keyOf), the first row with it; the others follow in a chain. */
  index: Map<string, number>;
  rare: Map<number, Rare> | null;
};

/** Rows of a page, and where the numbers of one lie. */
const PAGE = 32;
const COUNT = 0;
const BYTES = 1;
const ERRORS = 2;
const FIRST = 3;
const LAST = 4;
const BLOCK = 5;
const PAST = 6;
const NEXT = 7;
const WIDTH = 8;

const NONE = -1;
/** Where a row of this tree has no session. */
const NO_BLOCK = Number.MIN_SAFE_INTEGER;

export function createRows(): Rows {
  return { targets: [], pages: [], index: new Map(), rare: null };
}

export function clearRows(rows: Rows): void {
  if (rows.targets.length > 0) Object.assign(rows, createRows());
}

const pageOf = (rows: Rows, row: number): Float64Array => rows.pages[Math.floor(row / PAGE)]!;
const startOf = (row: number): number => (row % PAGE) * WIDTH;

function find(rows: Rows, target: Target): number {
  let row = rows.index.get(keyOf(target)) ?? NONE;
  while (row !== NONE && !sameTarget(rows.targets[row]!, target))
    row = pageOf(rows, row)[startOf(row) + NEXT]!;
  return row;
}

export function hasRow(rows: Rows, target: Target): boolean {
  return find(rows, target) !== NONE;
}

function append(rows: Rows, target: Target): number {
  const row = rows.targets.push(target) - 1;
  if (row % PAGE === 0) rows.pages.push(new Float64Array(PAGE * WIDTH));
  const page = pageOf(rows, row);
  const at = startOf(row);
  page[at + FIRST] = Number.POSITIVE_INFINITY;
  page[at + BLOCK] = NO_BLOCK;
  const key = keyOf(target);
  page[at + NEXT] = rows.index.get(key) ?? NONE;
  rows.index.set(key, row);
  return row;
}

/** @returns whether the row is new. */
export function addToRow(rows: Rows, target: Target, use: Use, block: number): boolean {
  const known = find(rows, target);
  const row = known === NONE ? append(rows, target) : known;
  addNumbers(rows, row, use);
  addBlock(rows, row, block);
  return known === NONE;
}

function addNumbers(rows: Rows, row: number, use: Use): void {
  const page = pageOf(rows, row);
  const at = startOf(row);
  page[at + COUNT]! += use.count;
  page[at + BYTES]! += use.bytes;
  page[at + ERRORS]! += use.errors;
  page[at + FIRST] = Math.min(page[at + FIRST]!, use.first);
  page[at + LAST] = Math.max(page[at + LAST]!, use.last);
  if (!use.records && use.denied === 0) return;
  const rare = rareOf(rows, row);
  rare.records += use.records ?? 0;
  rare.denied += use.denied;
}

function rareOf(rows: Rows, row: number): Rare {
  rows.rare ??= new Map();
  const known = rows.rare.get(row);
  if (known) return known;
  const rare: Rare = { records: 0, denied: 0, blocks: new Set() };
  rows.rare.set(row, rare);
  return rare;
}

function addBlock(rows: Rows, row: number, block: number): void {
  const page = pageOf(rows, row);
  const at = startOf(row) + BLOCK;
  if (page[at] === NO_BLOCK) page[at] = block;
  else if (page[at] !== block) rareOf(rows, row).blocks.add(block);
}

function readRow(rows: Rows, row: number): Row {
  const page = pageOf(rows, row);
  const at = startOf(row);
  const rare = rows.rare?.get(row);
  const block = page[at + BLOCK]!;
  return {
    target: rows.targets[row]!,
    count: page[at + COUNT]!,
    bytes: page[at + BYTES]!,
    records: rare?.records ?? 0,
    errors: page[at + ERRORS]!,
    denied: rare?.denied ?? 0,
    first: page[at + FIRST]!,
    last: page[at + LAST]!,
    blocks: blocksOf(block, rare),
    pastSessions: page[at + PAST]!,
  };
}

function blocksOf(block: number, rare: Rare | undefined): number[] {
  if (block === NO_BLOCK) return [];
  return rare ? [block, ...rare.blocks] : [block];
}

export function* eachRow(rows: Rows): Generator<Row> {
  for (let row = 0; row < rows.targets.length; row++) yield readRow(rows, row);
}

/** The tree has ended: its sessions are counted, and no longer told apart. */
export function endSessions(rows: Rows): void {
  for (let row = 0; row < rows.targets.length; row++) {
    const page = pageOf(rows, row);
    const at = startOf(row);
    if (page[at + BLOCK] === NO_BLOCK) continue;
    const more = rows.rare?.get(row)?.blocks;
    page[at + PAST]! += 1 + (more?.size ?? 0);
    page[at + BLOCK] = NO_BLOCK;
    more?.clear();
  }
}

export function mergeRows(into: Rows, from: Rows): void {
  for (const one of eachRow(from)) {
    const known = find(into, one.target);
    const row = known === NONE ? append(into, one.target) : known;
    addNumbers(into, row, one);
    pageOf(into, row)[startOf(row) + PAST]! += one.pastSessions;
    for (const block of one.blocks) addBlock(into, row, block);
  }
}
