/** Answers and dumps into one estate: the same documents give the same estate, wherever they came from. */
import type { AwsCluster, AwsEstate } from '../../model/aws.ts';
import { COLLECTION_BY_NAME, type CollectionName } from './collections.ts';
import { coverageOf, missingPolicies } from './coverage.ts';
import { dumpOf } from './dumps.ts';
import { organizationOf } from './organization.ts';
import { placeOf } from './place.ts';
import { clean, createStore, type SavedRow, type Store, warn } from './store.ts';
import { entryKey } from './take-eks.ts';
import { putRow } from './take-rows.ts';

export type Refusal = {
  account: string;
  region: string | null;
  collection: CollectionName;
  status: 'denied' | 'failed' | 'not-served' | 'absent';
  reason: string;
};

export type AwsBuilder = {
  /** False: no document of AWS. `path`: by which it says what its content does not, see place.ts. */
  add(document: unknown, path: string): boolean;
  /** What could not be read, and why. */
  refuse(refusal: Refusal): void;
  warn(text: string): void;
  /** ARNs of policies that principals of an account have, and that no document held. */
  missingPolicies(account: string): readonly string[];
  /** Roles of an account that pods may take on: by the trust of an OIDC provider, or of Pod Identity. */
  workloadRoles(account: string): readonly string[];
  refusals(): readonly SavedRow[];
  /** `readAt`: ISO time of reading, or newest file time; what a live reading saved of itself wins. */
  finish(readAt: string | null): AwsEstate;
};

/** Whether a document is an answer of AWS that is read here. */
export function isAwsDocument(document: unknown, path: string): boolean {
  return dumpOf(document, placeOf(path)) !== null;
}

export function createAwsBuilder(): AwsBuilder {
  const store = createStore();
  return {
    add(document, path) {
      const place = placeOf(path, document);
      const dump = dumpOf(document, place);
      dump?.take(store, document, place);
      return dump !== null;
    },
    refuse({ account, region, collection, status, reason }) {
      const source = `aws:${account}${region === null ? '' : `/${region}`}:${collection}`;
      const { resource } = COLLECTION_BY_NAME.get(collection)!;
      putRow(store, { source, resource, status, objects: 0, reason: clean(reason) });
    },
    warn: (text) => warn(store, text),
    missingPolicies: (account) => missingPolicies(store, account),
    workloadRoles: (account) => workloadRoles(store, account),
    refusals: () => [...store.rows.values()],
    finish: (readAt) => finish(store, store.readAt ?? readAt),
  };
}

function workloadRoles(store: Store, account: string): string[] {
  return [...store.roles.values()]
    .filter((role) => role.account === account)
    .filter(({ trust }) =>
      trust.statements.some(({ principals }) =>
        principals?.some(
          ({ type, value }) =>
            (type === 'Federated' && value.includes(':oidc-provider/')) || value === 'pods.eks.amazonaws.com',
        ),
      ),
    )
    .map(({ arn }) => arn)
    .sort();
}

function finish(store: Store, readAt: string | null): AwsEstate {
  const suppressed = store.suppressed > 0 ? [`${store.suppressed} further warnings`] : [];
  return {
    accounts: [...store.accounts]
      .map(([id, { alias, origin }]) => ({ id, alias, origin: origin ?? 'export' }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
    roles: sorted(store.roles),
    users: sorted(store.users),
    groups: sorted(store.groups),
    policies: sorted(store.policies),
    oidcProviders: sorted(store.oidcProviders),
    clusters: sorted(store.clusters).map((cluster) => withEntries(store, cluster)),
    podIdentities: sorted(store.podIdentities),
    nodegroups: sorted(store.nodegroups),
    instances: sorted(store.instances),
    instanceProfiles: sorted(store.instanceProfiles),
    resourcePolicies: sorted(store.resourcePolicies),
    organization: organizationOf(store),
    lastAccessed: sorted(store.lastAccessed).flat(),
    readAt,
    coverage: coverageOf(store),
    warnings: [...store.warnings.sort(), ...suppressed],
  };
}

function sorted<T>(map: ReadonlyMap<string, T>): T[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

/** Null unless every entry of the list is known with its groups and policies. */
function withEntries(store: Store, cluster: Omit<AwsCluster, 'accessEntries'>): AwsCluster {
  const listed = store.listed.get(`access-entries:${cluster.arn}`);
  if (listed === undefined) return { ...cluster, accessEntries: null };
  const entries = [];
  for (const principal of [...listed].sort()) {
    const key = entryKey(cluster.arn, principal);
    const [entry, policies] = [store.accessEntries.get(key), store.accessPolicies.get(key)];
    if (!entry || !policies) return { ...cluster, accessEntries: null };
    entries.push({ ...entry, policies });
  }
  return { ...cluster, accessEntries: entries };
}
