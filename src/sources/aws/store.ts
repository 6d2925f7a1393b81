/** What dumps and answers add up to: each object once, with what was damaged, listed and counted beside. */
import type { z } from 'zod';
import type {
  AwsCluster,
  AwsGroup,
  AwsInstance,
  AwsInstanceProfile,
  AwsLastAccessed,
  AwsNodegroup,
  AwsOidcProvider,
  AwsPodIdentity,
  AwsPolicy,
  AwsResourcePolicy,
  AwsRole,
  AwsUser,
} from '../../model/aws.ts';
import type { SourceCoverage } from '../../model/kubernetes.ts';
import type { CollectionName } from './collections.ts';
import type { Place } from './place.ts';
import { explain } from './schema.ts';

/** Of one estate; more would need gigabytes. */
const MAX_OBJECTS = 1_000_000;
const MAX_WARNINGS = 200;
const MAX_TEXT = 1000;

export type OrganizationPolicy = { policy: AwsPolicy; type: string };
export type Organization = { id: string; managementAccount: string };
/** Null: no entry was read for it. */
export type AccessEntry = { principal: string; groups: readonly string[] };
export type SavedRow = Omit<SourceCoverage, 'namespaces'>;

export type Store = {
  accounts: Map<string, { alias: string | null; origin: string | null }>;
  roles: Map<string, AwsRole>;
  users: Map<string, AwsUser>;
  groups: Map<string, AwsGroup>;
  policies: Map<string, AwsPolicy>;
  oidcProviders: Map<string, AwsOidcProvider>;
  clusters: Map<string, Omit<AwsCluster, 'accessEntries'>>;
  podIdentities: Map<string, AwsPodIdentity>;
  nodegroups: Map<string, AwsNodegroup>;
  instances: Map<string, AwsInstance>;
  instanceProfiles: Map<string, AwsInstanceProfile>;
  resourcePolicies: Map<string, AwsResourcePolicy>;
  lastAccessed: Map<string, readonly AwsLastAccessed[]>;
  accessEntries: Map<string, AccessEntry>;
  accessPolicies: Map<string, readonly string[]>;
  /** By account. */
  organizations: Map<string, Organization | null>;
  organizationPolicies: Map<string, OrganizationPolicy>;
  parents: Map<string, string>;
  /** `target:type` → policy ids. */
  targets: Map<string, readonly string[]>;
  /** What a list says there is, `collection:owner` → ids. */
  listed: Map<string, Set<string>>;
  /** Pages of account authorization details, and whether the last one is among them. */
  pages: Map<string, boolean>;
  /** Rows of a live reading, by source. */
  rows: Map<string, SavedRow>;
  readAt: string | null;
  /** `account:collection` → why something of it is missing. */
  damaged: Map<string, string>;
  counts: Map<string, number>;
  warnings: string[];
  suppressed: number;
};

export function createStore(): Store {
  return {
    accounts: new Map(),
    roles: new Map(),
    users: new Map(),
    groups: new Map(),
    policies: new Map(),
    oidcProviders: new Map(),
    clusters: new Map(),
    podIdentities: new Map(),
    nodegroups: new Map(),
    instances: new Map(),
    instanceProfiles: new Map(),
    resourcePolicies: new Map(),
    lastAccessed: new Map(),
    accessEntries: new Map(),
    accessPolicies: new Map(),
    organizations: new Map(),
    organizationPolicies: new Map(),
    parents: new Map(),
    targets: new Map(),
    listed: new Map(),
    pages: new Map(),
    rows: new Map(),
    readAt: null,
    damaged: new Map(),
    counts: new Map(),
    warnings: [],
    suppressed: 0,
  };
}

/** Warnings and reasons quote foreign names, and go to a terminal. */
export function clean(text: string): string {
  return text.slice(0, MAX_TEXT).replace(/\p{Cc}/gu, '\uFFFD');
}

export function warn(store: Store, text: string): void {
  if (store.warnings.length < MAX_WARNINGS) store.warnings.push(clean(text));
  else store.suppressed++;
}

/** What is left out is said twice: to the reader, and to what rests on the collection. */
export function damage(store: Store, account: string | null, collection: CollectionName, text: string): void {
  const key = `${account ?? ''}:${collection}`;
  if (!store.damaged.has(key)) store.damaged.set(key, text);
  warn(store, `${text}; left out`);
}

export type Owner = { account: string | null; region?: string | null; collection: CollectionName };

/** The later one wins, as with files of a newer name; an object counts once. */
export function put<T>(store: Store, map: Map<string, T>, key: string, value: T, owner: Owner): void {
  const { account, region = null, collection } = owner;
  if (map.size >= MAX_OBJECTS) throw new RangeError(`more than ${MAX_OBJECTS} objects of ${collection}`);
  if (account !== null) knowAccount(store, account);
  if (!map.has(key)) {
    count(store, `${account}:${collection}`);
    if (region !== null) count(store, `${account}/${region}:${collection}`);
  }
  map.set(key, value);
}

function count(store: Store, key: string): void {
  store.counts.set(key, (store.counts.get(key) ?? 0) + 1);
}

export function knowAccount(store: Store, account: string): { alias: string | null; origin: string | null } {
  const known = store.accounts.get(account) ?? { alias: null, origin: null };
  store.accounts.set(account, known);
  return known;
}

/** One document as its schema says; null, and said, where it is not. */
export function read<T extends z.ZodType>(
  store: Store,
  schema: T,
  document: unknown,
  place: Place,
  collection: CollectionName,
): z.output<T> | null {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  damage(store, place.account, collection, `${place.label}: ${explain(parsed.error)}`);
  return null;
}

/** Item by item: one that is broken does not take the others along. */
export function* readEach<T extends z.ZodType>(
  store: Store,
  schema: T,
  list: { document: unknown; field: string },
  place: Place,
  collection: CollectionName,
): Generator<z.output<T>> {
  const items = (list.document as Record<string, unknown> | null)?.[list.field] ?? [];
  if (!Array.isArray(items)) {
    damage(store, place.account, collection, `${place.label}: ${list.field}: expected a list`);
    return;
  }
  for (const [index, item] of items.entries()) {
    const parsed = schema.safeParse(item);
    if (parsed.success) yield parsed.data;
    else
      damage(
        store,
        place.account,
        collection,
        `${place.label}: ${list.field}[${index}].${explain(parsed.error)}`,
      );
  }
}

/** What does not say whose it is, and does not lie where that would be seen. */
export function nameless(store: Store, place: Place, wanted: string): void {
  warn(
    store,
    `${place.label}: does not say what it is of, left out; save it as aws/<account id>/[<region>/]${wanted}`,
  );
}
