/** Reads the configured side: the cluster and the clouds, live or from exports, with one answer either way. */
import type { Estate } from '../model/estate.ts';
import type { KubernetesEstate } from '../model/kubernetes.ts';
import { createAwsBuilder } from '../sources/aws/builder.ts';
import { type LiveOptions, readCluster, readCollections } from '../sources/kubernetes/live.ts';
import { readExports } from '../sources/manifests/read.ts';
import { createExportWriter } from '../sources/manifests/save.ts';
import type { AuditOptions } from './audit-options.ts';
import type { CommandIo } from './io.ts';

/** Null: all. */
export function namespacesOf({ allNamespaces, namespace }: AuditOptions): readonly string[] | null {
  return allNamespaces || namespace.length === 0 ? null : [...namespace];
}

/** `mayBeEmpty`: an estate without a workload is no error. */
export type Wanted = { mayBeEmpty?: boolean };

export async function gatherEstate(
  options: AuditOptions,
  io: CommandIo,
  wanted: Wanted = {},
): Promise<Estate> {
  if (options.configured.length > 0) return readFiles(options, wanted);
  const kubernetes = options.live ? await readLiveCluster(options, io, wanted) : null;
  return { kubernetes, aws: null, gcp: null, azure: null, databases: null };
}

/** Documents of all sources may lie in one folder; each builder takes its own. */
async function readFiles(options: AuditOptions, { mayBeEmpty = false }: Wanted): Promise<Estate> {
  const aws = createAwsBuilder();
  let awsDocuments = 0;
  const kubernetes = await readExports([...options.configured], {
    namespaces: namespacesOf(options),
    mayBeEmpty,
    others: [(document, path) => aws.add(document, path) && ++awsDocuments > 0],
  });
  return {
    kubernetes,
    aws: awsDocuments > 0 ? aws.finish(kubernetes.readAt) : null,
    gcp: null,
    azure: null,
    databases: null,
  };
}

async function readLiveCluster(
  options: AuditOptions,
  io: CommandIo,
  { mayBeEmpty = false }: Wanted,
): Promise<KubernetesEstate> {
  const { saveConfigured, kubeconfig, context } = options;
  const saved = saveConfigured === undefined ? null : await createExportWriter(saveConfigured);
  const live: LiveOptions = {
    namespaces: namespacesOf(options),
    ...(saved === null ? {} : { observer: saved }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  };
  const estate = await (mayBeEmpty ? readCollections(live) : readCluster(live));
  if (saved !== null) io.stderr(`wrote ${(await saved.finish()).length} files to ${saveConfigured}\n`);
  return estate;
}
