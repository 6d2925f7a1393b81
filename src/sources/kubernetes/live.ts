/** A live cluster, read without writing, watching or listing Secrets. What is refused is said, and survived. */
import { EXIT, UserError } from '../../errors.ts';
import type { KubernetesEstate, SourceCoverage } from '../../model/kubernetes.ts';
import { ApiError, type ClusterClient, type ClusterOptions, openCluster } from './client.ts';
import { apiVersionOf, type Collection, inServedVersion } from './collection.ts';
import { COLLECTIONS } from './collections.ts';
import { createEstateBuilder, type EstateBuilder } from './estate-builder.ts';
import { expanded, listCollection, pathOf } from './list.ts';
import { readSetting } from './live-settings.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { referenceCoverage } from './references.ts';
import { settingsAt, settingsBeside } from './settings.ts';

/** Hears what the API answered, to save it. */
export type ClusterObserver = {
  /** `/apis` */
  served(answer: unknown): void;
  /** Once for each namespace where these are read one by one; empty answers too. */
  objects(collection: Collection, items: readonly unknown[]): void;
};
export type LiveOptions = ClusterOptions & {
  /** Null: all. Where only some may be listed, cluster-wide lists are not needed. */
  namespaces: readonly string[] | null;
  /** For the whole reading. */
  deadlineMs?: number;
  requestTimeoutMs?: number;
  /** Collections to read, by plural name; all without it. */
  only?: readonly string[];
  observer?: ClusterObserver;
};

const DEADLINE_MS = 5 * 60_000;
const PARALLEL = 4;

/**
 * Throws UserError: unreachable, refused or too slow (exit 4), nothing to audit (exit 5). One collection that is
 * denied or fails becomes coverage.
 */
export async function readCluster(options: LiveOptions): Promise<KubernetesEstate> {
  const estate = await readCollections(options);
  if (estate.workloads.length + estate.pods.length > 0) return estate;
  throw nothingToAudit(estate, options.namespaces);
}

/** As readCluster, for whom an empty cluster is no error. */
export async function readCollections(options: LiveOptions): Promise<KubernetesEstate> {
  const deadline = AbortSignal.timeout(options.deadlineMs ?? DEADLINE_MS);
  const client = await openCluster(options, deadline);
  const builder = createEstateBuilder(options.namespaces);
  const served = await servedVersions(client, options.observer);
  const wanted = COLLECTIONS.filter(({ name }) => options.only?.includes(name) ?? true);
  const reading: Reading = { ...options, client, builder, served };
  const listed = await inParallel(wanted, (collection) => readCollection(reading, collection));
  const settings = settingsAt(settingsBeside(listed), builder.controlPlanes());
  const named = await inParallel(settings, (setting) => readSetting(reading, setting));
  const origin = `context ${client.context}`;
  const estate = builder.finish({ origin, readAt: new Date().toISOString(), coverage: [] });
  const counts = { secrets: estate.secrets.length, configmaps: estate.configMaps.length };
  return { ...estate, coverage: [...listed, ...named, ...referenceCoverage('kubernetes', counts)] };
}

/** `group/version` of all that is served, core's `v1` included; null where it may not be asked. */
async function servedVersions(
  client: ClusterClient,
  observer: ClusterObserver | undefined,
): Promise<ReadonlySet<string> | null> {
  try {
    const answer = await client.get('/apis', {});
    observer?.served(answer);
    const { groups } = answer as { groups?: { versions?: { groupVersion?: string }[] }[] };
    const versions = (groups ?? []).flatMap((group) => group.versions ?? []);
    return new Set(['v1', ...versions.map((one) => one.groupVersion ?? '')]);
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}

type Reading = {
  client: ClusterClient;
  builder: EstateBuilder;
  served: ReadonlySet<string> | null;
  namespaces: readonly string[] | null;
  observer?: ClusterObserver;
};
async function readCollection(reading: Reading, wanted: Collection): Promise<SourceCoverage> {
  const { builder, served, namespaces } = reading;
  const base = { source: `kubernetes:${wanted.name}`, resource: wanted.resource };
  const collection = inServedVersion(wanted, served);
  if (!collection) {
    const reason = `the cluster does not serve ${apiVersionOf(wanted)}`;
    return { ...base, namespaces: null, objects: 0, status: 'not-served', reason };
  }
  const wide = !collection.namespaced || namespaces === null;
  let where = wide ? null : namespaces;
  let outcome = await readWhere(reading, collection, where);
  const instead = outcome.status === 'denied' ? narrower(reading, collection) : null;
  if (instead) {
    const second = await readWhere(reading, collection, instead);
    // Why it is not the whole cluster stays with what could be read.
    if (second.status === 'read') [where, outcome] = [instead, { ...second, reason: outcome.reason }];
  }
  const damage = builder.damage(collection.name);
  const objects = builder.count(collection.name);
  return {
    ...base,
    namespaces: where,
    objects,
    ...(damage ? { status: 'failed', reason: damage } : outcome),
  };
}

/** Who may not list cluster-wide may often read the namespaces asked for, or the one of the context. */
function narrower({ client, namespaces }: Reading, collection: Collection): readonly string[] | null {
  if (collection.name === 'namespaces') return namespaces ?? [client.namespace];
  return collection.namespaced && namespaces === null ? [client.namespace] : null;
}

async function readWhere(
  { client, builder, observer }: Reading,
  collection: Collection,
  namespaces: readonly string[] | null,
): Promise<Outcome> {
  try {
    for (const namespace of namespaces ?? [null]) {
      const items =
        collection.name === 'namespaces' && namespace !== null
          ? [await namespaceNamed(client, collection, namespace)]
          : await listAll(client, collection, namespace);
      for (const item of items) builder.add(item, null);
      observer?.objects(collection, items);
    }
    return { status: 'read', reason: null };
  } catch (error) {
    if (error instanceof ApiError) return outcomeOf(error);
    // The API has answered before, so one collection without an answer is a gap and not the end.
    if (error instanceof UserError) return { status: 'failed', reason: error.message };
    throw error;
  }
}

async function listAll(
  client: ClusterClient,
  collection: Collection,
  namespace: string | null,
): Promise<unknown[]> {
  const items: unknown[] = [];
  for (const one of await expanded(client, collection))
    for (const item of await listCollection(client, one, { namespace })) items.push(item);
  return items;
}

async function namespaceNamed(client: ClusterClient, collection: Collection, name: string): Promise<object> {
  const found = await client.get(`${pathOf(collection, null)}/${encodeURIComponent(name)}`, {});
  return { apiVersion: 'v1', kind: 'Namespace', ...(found as object) };
}

const TRY = {
  grant:
    'it takes `list` on deployments, statefulsets, daemonsets, cronjobs, jobs and pods; with rights in some namespaces only, name them with -n',
  server:
    'the server itself failed: try `kubectl get --raw /readyz` and `kubectl get deployments -A`, or read exports with --configured',
};

/** What was read of one namespace only, because the rest was refused, keeps the reason: that is no empty cluster. */
function nothingToAudit(estate: KubernetesEstate, namespaces: readonly string[] | null): UserError {
  const where = namespaces ? `in namespace ${namespaces.join(', ')}` : 'in any namespace';
  const [refused] = estate.coverage.filter(
    ({ resource, status, reason }) =>
      resource === 'workloads' && status !== 'not-served' && (status !== 'read' || reason !== null),
  );
  if (refused === undefined)
    return new UserError(`nothing to audit: no workload ${where} (${estate.origin})`, {
      hint: 'choose another namespace with -n, or all with -A',
      exitCode: EXIT.nothing,
    });
  const { status, reason, namespaces: read } = refused;
  const found =
    status === 'read'
      ? `no workload in namespace ${read?.join(', ')}, and no other could be read`
      : `no workload could be read ${where}`;
  return new UserError(`${found} (${estate.origin}): ${reason}`, {
    hint: status === 'failed' ? TRY.server : TRY.grant,
    exitCode: EXIT.failed,
  });
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return results;
}
