/** Paged lists of one collection: cluster-wide, or namespace by namespace. */
import { ApiError, type ClusterClient } from './client.ts';
import type { Collection } from './collections.ts';

const PAGE = 500;
/** A list whose continue token expired is begun again this often (the API answers 410 after some minutes). */
const RESTARTS = 2;

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
  const { group, version, kind } = collection;
  const apiVersion = group === '' ? version : `${group}/${version}`;
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

export function pathOf({ group, version, name }: Collection, namespace: string | null): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${root}${namespace === null ? '' : `/namespaces/${encodeURIComponent(namespace)}`}/${name}`;
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
