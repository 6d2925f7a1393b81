/**
 * Makes src/catalog/gcp-methods.json: methods of Google APIs whose id does not follow from their path by rule
 * (observe/meaning/cloud/gcp-method.ts). Source: the discovery documents in google-api-python-client (Apache-2.0).
 *
 *   node bin/catalog/gcp.ts <googleapiclient/discovery_cache/documents> <client version>
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gcpPath, ruledMethod } from '../../src/observe/meaning/cloud/gcp-method.ts';

/** What agents are given: data, models, secrets, identity, compute, and people's own documents and mail. */
const APIS = `storage.v1 bigquery.v2 secretmanager.v1 pubsub.v1 firestore.v1 datastore.v1 aiplatform.v1 iam.v1
  iamcredentials.v1 cloudresourcemanager.v3 container.v1 run.v2 cloudfunctions.v2 logging.v2 monitoring.v3 cloudkms.v1
  spanner.v1 sqladmin.v1 artifactregistry.v1 discoveryengine.v1 documentai.v1 translate.v3 speech.v1 vision.v1 language.v2
  cloudtasks.v2 cloudbuild.v1 redis.v1 dialogflow.v3 cloudasset.v1 cloudscheduler.v1 compute.v1 dlp.v2 workflows.v1
  workflowexecutions.v1 bigtableadmin.v2 alloydb.v1 dataproc.v1 dataflow.v1b3 drive.v3 gmail.v1 calendar.v3 sheets.v4 docs.v1
  people.v1`.split(/\s+/);

type Method = {
  id: string;
  httpMethod: string;
  path: string;
  flatPath?: string;
  mediaUpload?: { protocols: { simple?: { path: string } } };
};
type Tree = { methods?: Record<string, Method>; resources?: Record<string, Tree> };
type Document = Tree & { name: string; rootUrl: string; servicePath: string };

function methodsOf({ methods, resources }: Tree): Method[] {
  return [...Object.values(methods ?? {}), ...Object.values(resources ?? {}).flatMap(methodsOf)];
}

/** As the wire shows it, with `{}` for ids. */
function wirePath({ servicePath }: Document, { path, flatPath }: Method): string {
  const own = (flatPath ?? path).replace(/\{\+?\w+\}/g, '{id}');
  return `/${servicePath}${own}`.replace(/\/+/g, '/');
}

function lineOf(document: Document, method: Method, words: ReadonlySet<string>): string[] {
  const uploads = method.mediaUpload?.protocols.simple?.path.replace(/\{\+?\w+\}/g, '{id}');
  const paths = [wirePath(document, method), ...(uploads ? [uploads] : [])];
  return paths
    .filter((path) => {
      const known = gcpPath(path.split('/').slice(1));
      return ruledMethod(document.name, method.httpMethod, known, words) !== method.id;
    })
    .map((path) => `${method.httpMethod} ${path} ${method.id}`);
}

type Host = { name: string; words: Set<string>; lines: Set<string> };

const [root = '', version] = process.argv.slice(2);
const hosts = new Map<string, Host>();
for (const api of APIS) {
  const document = JSON.parse(readFileSync(join(root, `${api}.json`), 'utf8')) as Document;
  const { host } = new URL(document.rootUrl);
  const entry: Host = hosts.get(host) ?? { name: document.name, words: new Set(), lines: new Set() };
  hosts.set(host, entry);
  const methods = methodsOf(document);
  for (const { id } of methods) for (const word of id.split('.').slice(1)) entry.words.add(word);
  for (const method of methods)
    for (const line of lineOf(document, method, entry.words)) entry.lines.add(line);
}

const out = fileURLToPath(new URL('../../src/catalog/gcp-methods.json', import.meta.url));
const body = [...hosts].map(([host, { name, words, lines }]) => {
  const entry = { name, words: [...words].sort().join(' '), methods: [...lines].join('\n') };
  return `${JSON.stringify(host)}: ${JSON.stringify(entry)}`;
});
writeFileSync(
  out,
  `{"sources": ${JSON.stringify({ 'google-api-python-client': version })},\n"hosts": {\n${body.join(',\n')}\n}}\n`,
);
