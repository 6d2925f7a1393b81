/** Catalogs over time: what a server has on offer from when on, whichever connection it was seen on. */
import type { Said, World } from '../said.ts';
import type { Catalog, Tool } from './listing.ts';
import { visible } from './names.ts';
import { catalogSubject, type Server, subjectOf } from './server.ts';

type Known = { hash: string; changes: number; session: string | null };
type Book = { catalogs: Map<string, Known>; membersLeft: number };

const MAX_CATALOGS = 256;
/** A server that changes its catalog more often than this says something else by it. */
const MAX_CHANGES = 64;
/** Members of all epochs of one process tree: beyond, an epoch has its hash only. */
const MAX_MEMBERS = 50_000;

/**
 * An epoch, where the catalog is another than before. Its members are the tools, sorted: name, then the hashes of
 * definition, core and body, separated by tabs.
 *
 * @param session of whoever listed; null: none is known.
 */
export function catalogSaid(
  world: World,
  server: Server,
  catalog: Catalog,
  session: string | null,
): Partial<Said> {
  const book = world.keep<Book>('mcp-catalogs', () => ({ catalogs: new Map(), membersLeft: MAX_MEMBERS }));
  const subject = catalogSubject(server);
  const known = book.catalogs.get(subject) ?? null;
  const changed = known !== null && known.hash !== catalog.hash;
  const changes = (known?.changes ?? 0) + (changed ? 1 : 0);
  book.catalogs.delete(subject);
  book.catalogs.set(subject, { hash: catalog.hash, changes, session });
  if (book.catalogs.size > MAX_CATALOGS) book.catalogs.delete(book.catalogs.keys().next().value!);
  const unannounced = changed && !server.announced && session !== null && known.session === session;
  server.announced = false;
  const words = { catalogs: flags(catalog, changes, unannounced) };
  const sums = { catalogs: 1, ...(changed ? { catalogChanges: 1 } : {}) };
  if ((known && !changed) || changes > MAX_CHANGES) return { words, sums };
  return { words, sums, epoch: epochOf(book, subject, catalog) };
}

function flags({ duplicates, canonical }: Catalog, changes: number, unannounced: boolean): string[] {
  return [
    ...(changes > MAX_CHANGES ? ['unstable'] : []),
    ...(unannounced ? ['changed unannounced'] : []),
    ...(duplicates ? ['duplicate names'] : []),
    ...(canonical ? [] : ['not canonical']),
  ];
}

function epochOf(book: Book, subject: string, { hash, tools }: Catalog): NonNullable<Said['epoch']> {
  const members = tools.length <= book.membersLeft ? tools.map(member).sort() : [];
  book.membersLeft -= members.length;
  return { thing: 'mcp-catalog', subject, hash, members };
}

function member({ name, tool, core, body }: Tool): string {
  return [visible(name), tool, core, body].join('\t');
}

/** Of many tools not all tell their hints: what a process tree may say of subjects is bounded. */
const MAX_HINTED = 256;

/** Each tool that is on offer, by its page. Context: the definition's hash, 12 characters of it. */
export function toolsSaid(server: Server, tools: readonly Tool[], at: number): Said[] {
  const subject = subjectOf(server);
  return tools.map(({ name, tool, hints }, i) => ({
    kind: 'mcp-tool',
    subject: `${subject}/${visible(name)}`,
    context: tool.slice(0, 12),
    at,
    ...(hints.length > 0 && i < MAX_HINTED ? { words: { hints } } : {}),
  }));
}
