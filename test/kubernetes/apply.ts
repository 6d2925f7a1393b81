/** Objects into a cluster, as `kubectl apply` would: what needs something comes after it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pluralOf } from '../../src/sources/kubernetes/collection.ts';
import { COLLECTIONS, type Collection, collectionOf } from '../../src/sources/kubernetes/collections.ts';
import { pathOf } from '../../src/sources/kubernetes/list.ts';
import type { ApiAnswer, Cluster } from './cluster.ts';

export type ApiObject = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [field: string]: unknown };
  status?: unknown;
  [field: string]: unknown;
};

const FIRST = ['Namespace', 'CustomResourceDefinition', 'ServiceAccount', 'ClusterRole', 'Role'];
/** What the API server sets itself, and refuses to be told. */
const SERVER_FIELDS = ['uid', 'resourceVersion', 'generation', 'managedFields', 'selfLink'];

/** Status is a subresource of these, which nobody here fills. */
const WITH_STATUS = new Set(['Pod', 'Node']);

/** Throws the API's words where it refuses an object. */
export async function apply(cluster: Cluster, objects: readonly ApiObject[]): Promise<void> {
  const rank = ({ kind }: ApiObject) => (FIRST.includes(kind) ? FIRST.indexOf(kind) : FIRST.length);
  for (const object of [...objects].sort((a, b) => rank(a) - rank(b))) {
    const path = collectionPath(object);
    const metadata = Object.fromEntries(
      Object.entries(object.metadata).filter(([key]) => !SERVER_FIELDS.includes(key)),
    );
    const { status: state, ...rest } = object;
    const { status, body } = await create(cluster, path, { ...rest, metadata });
    if (status !== 201 && status !== 409) throw refused(object, body);
    if (!state || !WITH_STATUS.has(object.kind)) continue;
    const { qosClass: _, ...settable } = state as { qosClass?: unknown };
    const patched = await cluster.send('PATCH', `${path}/${object.metadata.name}/status`, {
      status: settable,
    });
    if (patched.status !== 200) throw refused(object, patched.body);
  }
}

/** A definition takes a moment until its objects are served. */
async function create(cluster: Cluster, path: string, object: unknown): Promise<ApiAnswer> {
  for (let attempt = 0; ; attempt++) {
    const answer = await cluster.send('POST', path, object);
    if (answer.status !== 404 || attempt >= 100) return answer;
    await sleep(100);
  }
}

function refused({ kind, metadata }: ApiObject, body: unknown): Error {
  return new Error(
    `${kind} ${metadata.name}: ${JSON.stringify((body as { message?: string }).message ?? body)}`,
  );
}

/** Kinds that are never read, and those that make others. */
const OTHERS: Readonly<Record<string, string>> = {
  Secret: '/api/v1/namespaces/NS/secrets',
  ConfigMap: '/api/v1/namespaces/NS/configmaps',
  CustomResourceDefinition: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
};

export function collectionPath({ apiVersion, kind, metadata }: ApiObject): string {
  const namespace = metadata.namespace ?? 'default';
  const collection = collectionOf(apiVersion, kind);
  const plural = collection?.plural === '*' ? { plural: kind.toLowerCase() } : {};
  if (collection) return pathOf({ ...collection, ...plural }, collection.namespaced ? namespace : null);
  return OTHERS[kind]!.replace('NS', namespace);
}

/** API groups that a bare API server serves. */
const BUILT_IN =
  /^$|^(apps|batch)$|^(rbac\.authorization|networking|discovery|admissionregistration)\.k8s\.io$/;

/** Definitions that accept anything, for every collection that only an add-on brings. */
export function definitions(without: readonly string[] = []): ApiObject[] {
  return COLLECTIONS.filter(
    ({ group, name, kind }) => !BUILT_IN.test(group) && !without.includes(name) && kind !== '*',
  ).map(definition);
}

export function definition(collection: Collection): ApiObject {
  const { group, version, kind, namespaced } = collection;
  const plural = pluralOf(collection);
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
    },
    spec: {
      group,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: { plural, kind, singular: kind.toLowerCase() },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
}
