/** Lists of EKS: what there is, by which it is seen whether all of it was described. */
import { z } from 'zod';
import type { CollectionName } from './collections.ts';
import { accountOf, type Place } from './place.ts';
import { arn, list, text, texts } from './schema.ts';
import { knowAccount, nameless, read, type Store } from './store.ts';
import { clusterArn, clusterAt } from './take-eks.ts';

const clustersSchema = z.object({ clusters: texts });

export function takeClusterList(store: Store, document: unknown, place: Place): void {
  const found = read(store, clustersSchema, document, place, 'clusters');
  if (!found) return;
  if (place.account === null || place.region === null) {
    nameless(store, place, 'list-clusters.json');
    return;
  }
  knowAccount(store, place.account);
  note(store, 'regions', place.account, [place.region]);
  const arns = found.clusters.map((name) => clusterAt(place, name) ?? name);
  note(store, 'clusters', place.account, arns);
}

const associationsSchema = z.object({
  associations: list(z.object({ associationArn: arn, clusterName: text })),
});

/** An empty list does not say of which cluster it is; its place does. */
export function takeAssociationList(store: Store, document: unknown, place: Place): void {
  const found = read(store, associationsSchema, document, place, 'pod-identity-associations');
  if (!found) return;
  const [first] = found.associations;
  const cluster = first ? clusterArn(first.associationArn, first.clusterName) : named(place);
  if (cluster === null) {
    nameless(store, place, 'list-pod-identity-associations/<cluster>.json');
    return;
  }
  const arns = found.associations.map((one) => one.associationArn);
  noteOf(store, 'pod-identity-associations', cluster, arns);
}

const nodegroupsSchema = z.object({ nodegroups: texts });

export function takeNodegroupList(store: Store, document: unknown, place: Place): void {
  const found = read(store, nodegroupsSchema, document, place, 'nodegroups');
  if (!found) return;
  const cluster = named(place);
  if (cluster === null) {
    nameless(store, place, 'list-nodegroups/<cluster>.json');
    return;
  }
  const keys = found.nodegroups.map((name) => `${cluster}/${name}`);
  noteOf(store, 'nodegroups', cluster, keys);
}

const entriesSchema = z.object({ accessEntries: texts });

export function takeEntryList(store: Store, document: unknown, place: Place): void {
  const found = read(store, entriesSchema, document, place, 'access-entries');
  if (!found) return;
  const cluster = named(place);
  if (cluster === null) {
    nameless(store, place, 'list-access-entries/<cluster>.json');
    return;
  }
  noteOf(store, 'access-entries', cluster, found.accessEntries);
}

function named(place: Place): string | null {
  if (place.name === null || place.name.startsWith('arn:')) return place.name;
  return clusterAt(place, place.name);
}

function noteOf(store: Store, collection: CollectionName, cluster: string, ids: readonly string[]): void {
  const account = accountOf(cluster);
  if (account !== null) knowAccount(store, account);
  note(store, collection, cluster, ids);
}

function note(
  store: Store,
  collection: CollectionName | 'regions',
  owner: string,
  ids: readonly string[],
): void {
  const key = `${collection}:${owner}`;
  const known = store.listed.get(key) ?? new Set();
  for (const id of ids) known.add(id);
  store.listed.set(key, known);
}
