/** Exports of a cluster's objects, as files: the same answer as the live API. */
import { z } from 'zod';
import { EXIT, UserError } from '../../errors.ts';
import type { DeclaredBom, KubernetesEstate } from '../../model/kubernetes.ts';
import { COLLECTIONS, kubectlName } from '../kubernetes/collections.ts';
import { createEstateBuilder, type EstateBuilder, explain } from '../kubernetes/estate-builder.ts';
import { referenceCoverage } from '../kubernetes/references.ts';
import { convertBom, isBom } from './bom.ts';
import { exportCoverage } from './coverage.ts';
import { readDocuments } from './documents.ts';
import { type ExportFile, exportFiles } from './files.ts';
import { collectionsNamed, isList, objectsOf, servedGroups } from './lists.ts';

export type ExportOptions = {
  namespaces: readonly string[] | null;
  /** An export without a workload is no error: the caller knows what it looks for. */
  mayBeEmpty?: boolean;
  /** Readers of what else may lie there, exports of clouds: true for a document that was theirs. */
  others?: readonly ((document: unknown, path: string) => boolean)[];
};

const MAX_BOMS = 1000;
/** Warnings that a failure quotes: they may be its reason. */
const MAX_TOLD = 3;
/** That a hint lists. */
const MAX_NAMESPACES = 20;

type Reading = {
  builder: EstateBuilder;
  lists: Set<string>;
  served: Set<string> | null;
  boms: DeclaredBom[];
  /** Of all objects, also of those that were not asked for: a wrong name is told by the right ones. */
  namespaces: Set<string>;
  others: NonNullable<ExportOptions['others']>;
};

/**
 * Throws UserError: unreadable or malformed files (exit 2), or no workload at all in them (exit 5). Files that are
 * not of Kubernetes are skipped with a warning.
 */
export async function readExports(
  paths: readonly string[],
  options: ExportOptions = { namespaces: null },
): Promise<KubernetesEstate> {
  const reading: Reading = {
    builder: createEstateBuilder(options.namespaces),
    lists: new Set(),
    served: null,
    boms: [],
    namespaces: new Set(),
    others: options.others ?? [],
  };
  const files = await exportFiles(paths, reading.builder.warn);
  for (const file of files) await readFileInto(reading, file);
  const empty = !options.mayBeEmpty && workloadCount(reading.builder) === 0;
  const estate = finish(reading, paths, files, options.namespaces);
  if (empty)
    throw nothingToAudit(paths, files, reading, {
      namespaces: options.namespaces,
      warnings: estate.warnings,
    });
  return estate;
}

async function readFileInto(reading: Reading, file: ExportFile): Promise<void> {
  const documents = await readDocuments(file);
  if (documents.some(isList))
    for (const collection of collectionsNamed(file.path)) reading.lists.add(collection.name);
  let number = 0;
  let recognised = documents.length === 0;
  for (const document of documents) {
    if (readAside(reading, document, file.path)) {
      recognised = true;
      continue;
    }
    for (const object of objectsOf(document, ({ name }) => reading.lists.add(name))) {
      number++;
      noteNamespace(reading.namespaces, object);
      recognised = addObject(reading.builder, object, `${file.path}#${number}`) || recognised;
    }
    recognised ||= isList(document);
  }
  if (!recognised) reading.builder.warn(`${file.path}: not an export of Kubernetes objects, skipped`);
}

function noteNamespace(seen: Set<string>, object: unknown): void {
  const namespace = (object as { metadata?: { namespace?: unknown } } | null)?.metadata?.namespace;
  if (typeof namespace === 'string' && seen.size < MAX_NAMESPACES) seen.add(namespace.slice(0, 63));
}

/** Kubernetes objects of kinds that are not modelled are counted, and are no reason for a warning. */
function addObject(builder: EstateBuilder, object: unknown, location: string): boolean {
  if (builder.add(object, location)) return true;
  const { apiVersion, kind } = (object ?? {}) as { apiVersion?: unknown; kind?: unknown };
  return typeof apiVersion === 'string' && typeof kind === 'string';
}

/** What lies beside the objects: BOMs, and the list of API groups. */
function readAside(reading: Reading, document: unknown, path: string): boolean {
  const served = servedGroups(document);
  if (served) reading.served = served;
  if (!isBom(document)) return served !== null || isOfOthers(reading, document, path);
  try {
    if (reading.boms.length < MAX_BOMS) reading.boms.push(convertBom(document, path));
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    reading.builder.warn(`${path}: not a readable CycloneDX BOM (${explain(error)}), skipped`);
  }
  return true;
}

/** Whatever has an apiVersion is of Kubernetes: clouds have none. */
function isOfOthers({ others }: Reading, document: unknown, path: string): boolean {
  const { apiVersion } = (document ?? {}) as { apiVersion?: unknown };
  return typeof apiVersion !== 'string' && others.some((take) => take(document, path));
}

function finish(
  { builder, lists, served, boms }: Reading,
  paths: readonly string[],
  files: readonly ExportFile[],
  namespaces: readonly string[] | null,
): KubernetesEstate {
  const newest = Math.max(0, ...files.map((file) => file.modifiedMs));
  const rest = { origin: paths.join(', '), readAt: new Date(newest).toISOString(), coverage: [] };
  const estate = builder.finish(rest);
  const covered = namespaces ?? (isClusterWide(builder, lists) ? null : namespacesOf(estate));
  const counts = { secrets: estate.secrets.length, configmaps: estate.configMaps.length };
  return {
    ...estate,
    boms,
    coverage: [
      ...exportCoverage(builder, { lists, served }, covered),
      ...referenceCoverage('export', counts),
    ],
  };
}

/** Who could read the bindings of the whole cluster has read all of its namespaces. */
function isClusterWide(builder: EstateBuilder, lists: ReadonlySet<string>): boolean {
  const wide = ['clusterroles', 'clusterrolebindings'];
  return wide.some((name) => builder.count(name) > 0 || lists.has(name));
}

/** Objects of a single namespace come from an export of that namespace; of several, from one of all. */
function namespacesOf(estate: KubernetesEstate): readonly string[] | null {
  const found = new Set(
    [estate.workloads, estate.pods, estate.serviceAccounts, estate.roleBindings, estate.networkPolicies]
      .flat()
      .map(({ ref }) => ref.namespace)
      .filter((one) => one !== null),
  );
  return found.size === 1 ? [...found] : null;
}

function workloadCount(builder: EstateBuilder): number {
  const kinds = COLLECTIONS.filter(({ resource }) => resource === 'workloads' || resource === 'pods');
  return kinds.reduce((sum, { name }) => sum + builder.count(name), 0);
}

function nothingToAudit(
  paths: readonly string[],
  files: readonly ExportFile[],
  reading: Reading,
  { namespaces, warnings }: { namespaces: readonly string[] | null; warnings: readonly string[] },
): UserError {
  const there = [...reading.namespaces].sort().join(', ');
  const where = namespaces ? ` in namespace ${namespaces.join(', ')}` : '';
  const read = files.length === 0 ? 'no .yaml, .yml or .json file' : `files read: ${files.length}`;
  const aside = warnings.length === 0 ? '' : `; ${warnings.slice(0, MAX_TOLD).join('; ')}`;
  return new UserError(
    `nothing to audit: no workload${where} in ${paths.join(', ')} (${read}); expected a Deployment, StatefulSet, DaemonSet, CronJob, Job or Pod${aside}`,
    {
      hint:
        namespaces !== null && there !== ''
          ? `check -n: these files hold objects of ${there}`
          : `export them, one file each: for r in ${COLLECTIONS.map(kubectlName).join(' ')}; do kubectl get $r -A -o yaml > $r.yaml; done; kubectl get --raw /apis > apis.json`,
      exitCode: EXIT.nothing,
    },
  );
}
