/** Paged lists of one collection: cluster-wide, or namespace by namespace. */
import { ApiError, type ClusterClient } from './client.ts';
import { apiVersionOf, type Collection, pluralOf } from './collection.ts';

const PAGE = 500;
/** A list whose continue token expired is begun again this often (the API answers 410 after some minutes). */
const RESTARTS = 2;
/** Of a resource, without its subresources. */
const PLURAL = /^[a-z0-9-]{1,253}$/;

export type ListOptions = { namespace: string | null; fieldSelector?: string };

/** Items with their kind filled in: inside lists the API leaves it out. */
export async function listCollection(
  client: ClusterClient,
  collection: Collection,
  options: ListOptions,
): Promise<unknown[]> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await listPages(client, collection, options);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 410 || attempt >= RESTARTS) throw error;
    }
  }
}

async function listPages(
  client: ClusterClient,
  collection: Collection,
  { namespace, fieldSelector }: ListOptions,
): Promise<unknown[]> {
  const { kind } = collection;
  const apiVersion = apiVersionOf(collection);
  const items: unknown[] = [];
  let token = '';
  do {
    const query = {
      limit: String(PAGE),
      ...(token === '' ? {} : { continue: token }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
    const page = pageOf(await client.get(pathOf(collection, namespace), query));
    for (const item of page.items) items.push({ apiVersion, kind, ...item });
    token = page.next;
  } while (token !== '');
  return items;
}

export function pathOf(collection: Collection, namespace: string | null): string {
  const where = namespace === null ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${rootOf(collection)}${where}/${pluralOf(collection)}`;
}

/** Of its API group and version. */
export function rootOf(collection: Collection): string {
  return `/${collection.group === '' ? 'api' : 'apis'}/${apiVersionOf(collection)}`;
}

/** The collections behind one that stands for every kind of its group, by discovery; other ones as they are. */
export async function expanded(client: ClusterClient, collection: Collection): Promise<Collection[]> {
  if (pluralOf(collection) !== '*') return [collection];
  const { resources } = (await client.get(rootOf(collection), {})) as { resources?: unknown };
  const listed: readonly unknown[] = Array.isArray(resources) ? resources : [];
  return listed.flatMap((one) => {
    const { name, kind } = (one ?? {}) as { name?: unknown; kind?: unknown };
    if (typeof name !== 'string' || typeof kind !== 'string' || !PLURAL.test(name)) return [];
    return [{ ...collection, plural: name, kind }];
  });
}

function pageOf(body: unknown): { items: object[]; next: string } {
  const { items, metadata } = (body ?? {}) as { items?: unknown; metadata?: { continue?: unknown } | null };
  if (items !== null && !Array.isArray(items)) throw new ApiError(200, 'the answer is not a list');
  const next = metadata?.continue;
  return {
    items: (items ?? []).filter((item: unknown) => typeof item === 'object' && item !== null),
    next: typeof next === 'string' ? next : '',
  };
}
