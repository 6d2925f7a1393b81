/** Lists in exports: `kind: List` of anything, typed lists, and what a file says it was asked for. */
import { basename } from 'node:path';
import { COLLECTIONS, type Collection, collectionOf } from '../kubernetes/collections.ts';

const MAX_NESTING = 4;

type Typed = { apiVersion: string; kind: string };
type ListObject = Typed & { items: unknown[] | null };

/**
 * Single objects as they are, lists opened. Items of typed lists carry no kind of their own when they come from the
 * raw API: theirs is the list's. `asked` hears each collection that the list shows to have been read.
 */
export function* objectsOf(
  document: unknown,
  asked: (collection: Collection) => void,
  depth = 0,
): Generator<unknown> {
  if (!isList(document) || depth > MAX_NESTING) {
    if (document !== null && document !== undefined) yield document;
    return;
  }
  const kind = document.kind.slice(0, -'List'.length);
  const collection = collectionOf(document.apiVersion, kind);
  if (collection) asked(collection);
  for (const item of document.items ?? []) {
    const typed = collection && typeof item === 'object' && item !== null;
    yield* objectsOf(typed ? { apiVersion: document.apiVersion, kind, ...item } : item, asked, depth + 1);
  }
}

export function isList(document: unknown): document is ListObject {
  if (typeof document !== 'object' || document === null) return false;
  const { apiVersion, kind, items } = document as Partial<ListObject>;
  return (
    typeof apiVersion === 'string' &&
    typeof kind === 'string' &&
    kind.endsWith('List') &&
    // Go writes an empty list as null.
    (Array.isArray(items) || items === null)
  );
}

const BY_NAME = new Map(
  COLLECTIONS.flatMap((one) => [one.name, ...one.aliases].map((name) => [name, one] as const)),
);

/** One word for all collections of a resource, `rbac.yaml`; the name of one of them means that one alone. */
const BY_RESOURCE = Map.groupBy(COLLECTIONS, ({ resource }): string => resource);
/** Shorter ones are kubectl's aliases, which may be any word of a name. */
const LEAST_LETTERS = 4;

/**
 * kubectl writes an empty result as `kind: List` without a word on what was asked for, so the file's name says it:
 * `networkpolicies.yaml`, `deploy,netpol.json`, `roles.rbac.authorization.k8s.io.yaml`, `prod-roles.json`, `rbac.yaml`.
 */
export function collectionsNamed(path: string): Collection[] {
  const name = basename(path)
    .toLowerCase()
    .replace(/\.(ya?ml|json)$/, '');
  const listed = name.split(/[,+\s]+/).map((word) => BY_NAME.get(word));
  // Words of a whole name say nothing more: `kagent-agents` is not all that runs agents.
  if (listed.every((one) => one !== undefined)) return [...new Set(listed)];
  const plain = name.replace(/\.(rbac\.|apps|batch|networking|policy|discovery).*$/, '').split(/[^a-z0-9]+/);
  const long = plain.filter((word) => word.length >= LEAST_LETTERS);
  const found = [...listed, ...long.flatMap((word) => BY_NAME.get(singular(word)) ?? BY_RESOURCE.get(word))];
  return [...new Set(found.filter((one) => one !== undefined))];
}

/** Of `ClusterRoleBindingList.json` too. */
function singular(word: string): string {
  return BY_NAME.has(word) ? word : word.replace(/list$/, '');
}

/** `kubectl get --raw /apis`: which API groups the cluster serves, `group/version`; null if it is not that. */
export function servedGroups(document: unknown): Set<string> | null {
  if (typeof document !== 'object' || document === null) return null;
  const { kind, groups } = document as { kind?: unknown; groups?: unknown };
  if (kind !== 'APIGroupList' || !Array.isArray(groups)) return null;
  return new Set(
    groups.flatMap((group: { versions?: { groupVersion?: unknown }[] }) =>
      Array.isArray(group?.versions) ? group.versions.map((one) => String(one?.groupVersion)) : [],
    ),
  );
}
