/**
 * What is known of an account, collection by collection: by the same rules for answers and for dumps. What a live
 * reading was refused comes beside, as rows of its own.
 */
import type { SourceCoverage } from '../../model/kubernetes.ts';
import { type AwsCollection, COLLECTIONS, type CollectionName } from './collections.ts';
import {
  levelsOf,
  policiesAt,
  primaryOrganization,
  RESOURCE_CONTROL,
  SERVICE_CONTROL,
} from './organization.ts';
import { clean, type Store } from './store.ts';
import { entryKey } from './take-eks.ts';

type Found = Pick<SourceCoverage, 'status' | 'reason'> & { objects?: number };
const READ: Found = { status: 'read', reason: null };
/** Names that a reason lists. */
const MAX_NAMED = 5;

export function coverageOf(store: Store): SourceCoverage[] {
  const refused = groupRows(store);
  return [...store.accounts.keys()].sort().flatMap((account) =>
    COLLECTIONS.flatMap((collection) => {
      const own = refused.get(`${account}:${collection.name}`) ?? [];
      const row = rowOf(store, account, collection);
      return own.length === 0 || row.status === 'read' ? [...own, row] : own;
    }),
  );
}

function groupRows(store: Store): Map<string, SourceCoverage[]> {
  const groups = new Map<string, SourceCoverage[]>();
  for (const row of [...store.rows.values()].sort((a, b) => (a.source < b.source ? -1 : 1))) {
    const key = `${row.source.slice(4, 16)}:${row.source.slice(row.source.lastIndexOf(':') + 1)}`;
    groups.set(key, [...(groups.get(key) ?? []), { ...row, namespaces: null }]);
  }
  return groups;
}

function rowOf(store: Store, account: string, { name, resource, command }: AwsCollection): SourceCoverage {
  const damaged = store.damaged.get(`${account}:${name}`) ?? store.damaged.get(`:${name}`);
  const found = damaged === undefined ? RULES[name](store, account) : failed(damaged);
  const absent = `not read; its dump: aws ${command}`;
  const { objects = store.counts.get(`${account}:${name}`) ?? 0, ...rest } = found ?? {
    ...{ status: 'absent' as const, reason: absent },
  };
  const reason = rest.reason === null ? null : clean(rest.reason);
  return { source: `aws:${account}:${name}`, resource, namespaces: null, objects, ...rest, reason };
}

/** Null: nothing was read of it. */
type Rule = (store: Store, account: string) => Found | null;

const RULES: Readonly<Record<CollectionName, Rule>> = {
  'authorization-details': details,
  'managed-policies': managedPolicies,
  'oidc-providers': (store, account) =>
    complete(store, `oidc-providers:${account}`, store.oidcProviders, 'aws iam get-open-id-connect-provider'),
  organization: organization,
  'service-control-policies': (store, account) => controls(store, account, SERVICE_CONTROL),
  'resource-control-policies': (store, account) => controls(store, account, RESOURCE_CONTROL),
  clusters,
  'pod-identity-associations': (store, account) =>
    perCluster(store, account, 'pod-identity-associations', (key) => store.podIdentities.has(key)),
  nodegroups: (store, account) =>
    perCluster(store, account, 'nodegroups', (key) => store.nodegroups.has(key)),
  'access-entries': (store, account) =>
    perCluster(store, account, 'access-entries', (principal, cluster) => isWhole(store, cluster, principal)),
  instances: (store, account) => (store.listed.has(`instances:${account}`) ? READ : null),
  'resource-policies': resourcePolicies,
  'last-accessed': (store, account) =>
    store.counts.has(`${account}:last-accessed`)
      ? { status: 'read', reason: 'of the principals that were named, no other' }
      : null,
};

function failed(reason: string): Found {
  return { status: 'failed', reason };
}

function details(store: Store, account: string): Found | null {
  const ended = store.pages.get(account);
  if (ended === undefined) return null;
  if (!ended) return failed('the last page is missing: every page there is ends with "IsTruncated": true');
  const groups = new Set<string>();
  for (const group of store.groups.values()) if (group.account === account) groups.add(group.name);
  const unknown = new Set<string>();
  for (const user of store.users.values())
    if (user.account === account) for (const name of user.groups) if (!groups.has(name)) unknown.add(name);
  return unknown.size === 0 ? READ : failed(`users are in groups that are missing: ${named([...unknown])}`);
}

function managedPolicies(store: Store, account: string): Found | null {
  if (!store.pages.has(account)) return null;
  const missing = missingPolicies(store, account);
  if (missing.length === 0) return { ...READ, objects: attachedPolicies(store, account).size };
  return failed(`attached, and not read: ${named(missing)}`);
}

/** ARNs of policies and boundaries that principals of the account have. */
function attachedPolicies(store: Store, account: string): Set<string> {
  const arns = new Set<string>();
  for (const { account: own, attached } of holdersOf(store))
    if (own === account) for (const arn of attached) arns.add(arn);
  return arns;
}

function* holdersOf(store: Store): Generator<{ account: string; attached: readonly string[] }> {
  yield* store.groups.values();
  for (const holders of [store.roles, store.users])
    for (const { account, attached, boundary } of holders.values())
      yield { account, attached: boundary === null ? attached : [...attached, boundary] };
}

export function missingPolicies(store: Store, account: string): string[] {
  return [...attachedPolicies(store, account)].filter((arn) => !store.policies.has(arn)).sort();
}

/** Everything that a list names is described. */
function complete(
  store: Store,
  key: string,
  there: ReadonlyMap<string, unknown>,
  command: string,
): Found | null {
  const listed = store.listed.get(key);
  if (listed === undefined) return null;
  const missing = [...listed].filter((id) => !there.has(id)).sort();
  return missing.length === 0 ? READ : failed(`listed, and not described (${command}): ${named(missing)}`);
}

/** Clusters may be given without the list of them: each is known by itself. */
function clusters(store: Store, account: string): Found | null {
  const found = complete(store, `clusters:${account}`, store.clusters, 'aws eks describe-cluster');
  const regions = [...(store.listed.get(`regions:${account}`) ?? [])].sort();
  if (found?.status === 'read') return { ...found, reason: `regions ${regions.join(', ')}` };
  if (found !== null || !store.counts.has(`${account}:clusters`)) return found;
  return { status: 'read', reason: 'those that were given; a list of all was not' };
}

function perCluster(
  store: Store,
  account: string,
  collection: 'pod-identity-associations' | 'nodegroups' | 'access-entries',
  isDescribed: (id: string, cluster: string) => boolean,
): Found | null {
  const arns = [...store.clusters.values()].filter((one) => one.account === account).map(({ arn }) => arn);
  const listed = [...store.listed.keys()]
    .filter((key) => key.startsWith(`${collection}:`) && key.includes(`:${account}:cluster/`))
    .map((key) => key.slice(collection.length + 1));
  if (arns.length + listed.length === 0) return store.listed.has(`clusters:${account}`) ? READ : null;
  const unlisted = arns.filter((cluster) => !store.listed.has(`${collection}:${cluster}`)).sort();
  if (unlisted.length > 0 && listed.length === 0) return null;
  if (unlisted.length > 0) return failed(`not listed for ${named(unlisted)}`);
  const missing = listed
    .flatMap((cluster) =>
      [...store.listed.get(`${collection}:${cluster}`)!].filter((id) => !isDescribed(id, cluster)),
    )
    .sort();
  if (missing.length === 0) return READ;
  const how = `aws eks ${DESCRIBE[collection]}: the list alone does not tell ${LACKS[collection]}`;
  return failed(`listed, and not described (${how}): ${named(missing)}`);
}

const DESCRIBE = {
  'pod-identity-associations': 'describe-pod-identity-association',
  nodegroups: 'describe-nodegroup',
  'access-entries': 'describe-access-entry and list-associated-access-policies',
};
const LACKS = {
  'pod-identity-associations': 'the role',
  nodegroups: 'the role',
  'access-entries': 'groups and policies',
};

function isWhole(store: Store, cluster: string, principal: string): boolean {
  const key = entryKey(cluster, principal);
  return store.accessEntries.has(key) && store.accessPolicies.has(key);
}

function organization(store: Store, account: string): Found | null {
  const one = store.organizations.get(account);
  if (one === undefined) return null;
  if (one === null) return { status: 'read', reason: 'the account is in no organization', objects: 0 };
  const primary = primaryOrganization(store);
  if (one.id !== primary?.id) return failed(`in organization ${one.id}, and only ${primary?.id} is read`);
  const { ids, missing } = levelsOf(store, account);
  if (missing !== null)
    return failed(`the parent of ${missing} is not known: aws organizations list-parents`);
  return { ...READ, objects: ids.length };
}

function controls(
  store: Store,
  account: string,
  type: typeof SERVICE_CONTROL | typeof RESOURCE_CONTROL,
): Found | null {
  const one = store.organizations.get(account);
  if (one === undefined) return null;
  if (one === null) return { status: 'read', reason: 'the account is in no organization', objects: 0 };
  const { ids, missing } = levelsOf(store, account);
  if (missing !== null) return failed(`the parent of ${missing} is not known`);
  const levels = ids.map((id) => policiesAt(store, id, type));
  const unread = levels.flatMap((level) => level.missing ?? []);
  if (unread.length > 0) return failed(`not read: ${named(unread)}`);
  return { ...READ, objects: new Set(levels.flatMap((level) => level.ids)).size };
}

/** Never complete: nothing lists them, and there is no API client for them here. */
function resourcePolicies(store: Store, account: string): Found {
  const given = store.counts.get(`${account}:resource-policies`) ?? 0;
  const reason = `read from dumps only, as given: ${given}; of any other bucket, key, queue, topic, function or secret the policy is not known (aws s3api get-bucket-policy and the like)`;
  return { status: 'absent', reason };
}

function named(all: readonly string[]): string {
  const more = all.length > MAX_NAMED ? ` and ${all.length - MAX_NAMED} more` : '';
  return `${all.slice(0, MAX_NAMED).join(', ')}${more}`;
}
