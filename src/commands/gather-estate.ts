/** Reads the configured side: the cluster and the clouds, live or from exports, with one answer either way. */
import type { AwsEstate } from '../model/aws.ts';
import type { Estate } from '../model/estate.ts';
import type { GcpEstate } from '../model/gcp.ts';
import type { KubernetesEstate } from '../model/kubernetes.ts';
import { createAwsBuilder } from '../sources/aws/builder.ts';
import { createAzureBuilder } from '../sources/azure/builder.ts';
import { createDatabaseBuilder } from '../sources/databases/builder.ts';
import { createDocumentSaver } from '../sources/files/document-saver.ts';
import { createGcpBuilder } from '../sources/gcp/builder.ts';
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
  const files = options.configured.length > 0;
  const read = files ? await readFiles(options, wanted) : await readLive(options, io, wanted);
  const aws = options.aws ? await readLiveAws(options, io) : read.aws;
  const gcp = options.gcpProject.length > 0 ? await readLiveGcp(options, io) : read.gcp;
  return { ...read, aws, gcp };
}

async function readLive(options: AuditOptions, io: CommandIo, wanted: Wanted): Promise<Estate> {
  const kubernetes = options.live ? await readLiveCluster(options, io, wanted) : null;
  return { kubernetes, aws: null, gcp: null, azure: null, databases: null };
}

async function readLiveAws(options: AuditOptions, io: CommandIo): Promise<AwsEstate> {
  const { awsProfile, awsRegion, awsRole, awsLastAccessed, saveConfigured } = options;
  const { readAws } = await import('../sources/aws/live.ts');
  const saved = saveConfigured === undefined ? null : await createDocumentSaver(saveConfigured, 'aws');
  const estate = await readAws({
    regions: awsRegion,
    assumeRoles: awsRole,
    lastAccessed: awsLastAccessed,
    ...(awsProfile === undefined ? {} : { profile: awsProfile }),
    ...(saved === null ? {} : { observer: saved }),
  });
  if (saved !== null) io.stderr(`wrote ${(await saved.finish()).length} files to ${saveConfigured}/aws\n`);
  return estate;
}

async function readLiveGcp({ gcpProject, saveConfigured }: AuditOptions, io: CommandIo): Promise<GcpEstate> {
  const { readGcp } = await import('../sources/gcp/live.ts');
  const saved = saveConfigured === undefined ? null : await createDocumentSaver(saveConfigured, 'gcp');
  const estate = await readGcp({ projects: gcpProject, ...(saved === null ? {} : { observer: saved }) });
  if (saved !== null) io.stderr(`wrote ${(await saved.finish()).length} files to ${saveConfigured}/gcp\n`);
  return estate;
}

/** Documents of all sources may lie in one folder; each builder takes its own. */
async function readFiles(options: AuditOptions, { mayBeEmpty = false }: Wanted): Promise<Estate> {
  const aws = createAwsBuilder();
  const gcp = createGcpBuilder();
  const azure = createAzureBuilder();
  const databases = createDatabaseBuilder();
  const taken = { aws: 0, gcp: 0, azure: 0, databases: 0 };
  const kubernetes = await readExports([...options.configured], {
    namespaces: namespacesOf(options),
    mayBeEmpty,
    others: [
      (document, path) => aws.add(document, path) && ++taken.aws > 0,
      (document, path) => gcp.add(document, path) && ++taken.gcp > 0,
      (document, path) => azure.add(document, path) && ++taken.azure > 0,
      (document, path) => databases.add(document, path) && ++taken.databases > 0,
    ],
  });
  return {
    kubernetes,
    aws: taken.aws > 0 ? aws.finish(kubernetes.readAt) : null,
    gcp: taken.gcp > 0 ? gcp.finish(kubernetes.readAt) : null,
    azure: taken.azure > 0 ? azure.finish(kubernetes.readAt) : null,
    databases: taken.databases > 0 ? databases.finish(kubernetes.readAt) : null,
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
