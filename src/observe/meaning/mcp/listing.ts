/**
 * Pages of tools/list put together. A page that was asked for with a cursor continues the page that gave it; whoever
 * did not see the first page, or not all of them, has no catalog. Bounded against lists without end.
 */
import { createHash } from 'node:crypto';
import { field, type JsonObject, objects, text } from '../json-fields.ts';
import { catalogHash, type ToolHashes, toolHashes } from './hashes.ts';
import type { Reading } from './link.ts';

export type Tool = ToolHashes & { name: string; hints: readonly string[] };

type Page = {
  tools: readonly Tool[];
  before: Page | null;
  count: number;
  pages: number;
  next: string;
  at: number;
};

/** Pages by the cursor that continues them, the latest last. */
export type Listing = { open: Map<string, Page>; room: Room };

/** Tools that open lists of one process tree may hold between them. */
export type Room = { left: number };

export type Catalog = { hash: string; tools: readonly Tool[]; duplicates: boolean; canonical: boolean };

/** Why there is no catalog. `more`: further pages are to come. */
export type Lack = 'more' | 'page missed' | 'cursor loop' | 'too many tools' | 'malformed' | 'truncated';
export type Listed = { tools: readonly Tool[]; catalog: Catalog | null; partial: Lack | null };

export const MAX_TOOLS = 4096;
const MAX_PAGES = 512;
const MAX_OPEN = 4;
const MAX_HELD = 50_000;
/** µs. A client pages on at once; a cursor that is used later is of another list. */
const MAX_AGE = 10 * 60 * 1_000_000;

export function createRoom(): Room {
  return { left: MAX_HELD };
}

export function createListing(room: Room): Listing {
  return { open: new Map(), room };
}

/** After list_changed, pages of before and after do not make one catalog. @returns how many lists were left unread. */
export function forget(listing: Listing): number {
  const left = listing.open.size;
  for (const next of [...listing.open.keys()]) drop(listing, next);
  return left;
}

function drop({ open, room }: Listing, next: string): void {
  room.left += open.get(next)?.count ?? 0;
  open.delete(next);
}

/** @param cursor of the request; null: the first page; undefined: the request was not seen. */
export function addPage(
  listing: Listing,
  cursor: string | null | undefined,
  result: JsonObject,
  at: number,
  { cut, duplicates }: Reading,
): Listed {
  const given = objects(result.tools);
  const tools = given.slice(0, MAX_TOOLS).flatMap((tool) => toolOf(tool, duplicates));
  const before = cursor ? fresh(listing, cursor, at) : null;
  const count = tools.length + (before?.count ?? 0);
  const none = (partial: Lack): Listed => ({ tools, catalog: null, partial });
  if (!Array.isArray(result.tools) || tools.length < Math.min(given.length, MAX_TOOLS))
    return none('malformed');
  if (cut) return none('truncated');
  if (cursor === undefined || (cursor !== null && !before)) return none('page missed');
  if (given.length > MAX_TOOLS || count > MAX_TOOLS || before?.pages === MAX_PAGES)
    return none('too many tools');
  const next = text(result.nextCursor);
  const page = { tools, before, count, pages: (before?.pages ?? 0) + 1, next: '', at };
  if (next !== null) return none(follow(listing, { ...page, next: cursorKey(next) }));
  if (before) drop(listing, before.next);
  return { tools, catalog: catalogOf(page), partial: null };
}

export function cursorKey(cursor: string): string {
  return cursor.length <= 64 ? `=${cursor}` : createHash('sha256').update(cursor).digest('hex');
}

function fresh({ open }: Listing, cursor: string, at: number): Page | null {
  const page = open.get(cursor);
  return page && at - page.at <= MAX_AGE ? page : null;
}

function follow(listing: Listing, page: Page): Lack {
  for (let before = page.before; before; before = before.before)
    if (before.next === page.next) return 'cursor loop';
  if (page.before) drop(listing, page.before.next);
  drop(listing, page.next);
  if (listing.room.left < page.count) return 'too many tools';
  listing.room.left -= page.count;
  listing.open.set(page.next, page);
  if (listing.open.size > MAX_OPEN) drop(listing, listing.open.keys().next().value!);
  return 'more';
}

function catalogOf(last: Page): Catalog {
  const pages: Page[] = [];
  for (let page: Page | null = last; page; page = page.before) pages.push(page);
  const tools = pages.reverse().flatMap((page) => page.tools);
  return {
    hash: catalogHash(tools),
    tools,
    duplicates: new Set(tools.map(({ name }) => name)).size < tools.length,
    canonical: tools.every(({ canonical }) => canonical),
  };
}

const HINTS = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'] as const;

function toolOf(tool: JsonObject, duplicates: boolean): Tool[] {
  const name = text(tool.name);
  if (name === null) return [];
  const hints = HINTS.filter((hint) => typeof field(tool.annotations, hint) === 'boolean').map(
    (hint) => `${hint}=${field(tool.annotations, hint)}`,
  );
  const hashes = toolHashes(tool);
  return [{ name, hints, ...hashes, canonical: hashes.canonical && !duplicates }];
}
