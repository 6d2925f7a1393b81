/** Calls of Google Cloud and Workspace, over REST and gRPC: permission, resource and service account. */
import { GCP_GRPC } from '../../../catalog/gcp-permissions.ts';
import type { ExchangeReader, RequestHead } from '../../wire/types.ts';
import { outcome, pathTemplate, readingSums, segmentTemplate } from '../endpoint.ts';
import { bearerToken, tokenPrincipal } from '../identity/bearer.ts';
import { identityEpoch } from '../identity/known.ts';
import { sayShown } from '../identity/shown.ts';
import type { Place } from '../request-target.ts';
import type { World } from '../said.ts';
import { type Whole, whole } from '../whole.ts';
import { gcpPath } from './gcp-method.ts';
import { gcpMethod, gcpPermission } from './gcp-table.ts';
import { listedIn } from './records.ts';

type Call = {
  /** Behind `gcp:`. */
  action: string;
  resource: string | null;
  method: string | null;
};

const ID = /^[\w.@~+()-]{1,128}$/;
/** Collections whose members are data, or new with every use. */
const DATA = new Set([
  'documents',
  'entities',
  'events',
  'executions',
  'files',
  'jobs',
  'messages',
  'objects',
  'operations',
  'sessions',
  'tasks',
  'threads',
]);

/** `projects/p/secrets/db/versions/latest`, ids of data as `*`. */
function resourceName(segments: readonly string[]): string | null {
  if (segments.length < 2 || !/^[a-z][A-Za-z]{2,40}$/.test(segments[0]!)) return null;
  const at = segments.findIndex((one, i) => i % 2 === 0 && DATA.has(one));
  const kept = at < 0 ? segments : [...segments.slice(0, at + 1), ...(segments.length > at + 1 ? ['*'] : [])];
  return kept
    .slice(0, 16)
    .map((one, i) => (i % 2 === 0 ? segmentTemplate(one).replace('{}', '*') : ID.test(one) ? one : '*'))
    .join('/');
}

/** As IAM conditions write it, the name folded to its first segment. */
function objectName(bucket: string, name: string | undefined): string {
  const base = `projects/_/buckets/${ID.test(bucket) ? bucket : '*'}`;
  if (name === undefined) return base;
  const [first = '', ...rest] = name.split('/');
  return `${base}/objects/${rest.length > 0 && first !== '' && segmentTemplate(first) === first ? `${first}/*` : '*'}`;
}

const XML_VERBS: ReadonlyMap<string, string> = new Map([
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['PUT', 'create'],
  ['POST', 'create'],
  ['DELETE', 'delete'],
]);

/** The XML API of Cloud Storage, which signed URLs use: `/bucket/object`, or the bucket in the host. */
function storageXml({ method }: RequestHead, { host, segments }: Place): Call | null {
  const label = /^(.+)\.storage\.googleapis\.com$/.exec(host)?.[1];
  const [bucket = '', ...key] = label === undefined ? segments : [label, ...segments];
  const verb = XML_VERBS.get(method);
  if (verb === undefined || bucket === '') return null;
  const name = key.join('/');
  const kind = name === '' ? 'buckets' : 'objects';
  const listing = name === '' && method === 'GET';
  const action = listing ? 'storage.objects.list' : `storage.${kind}.${verb}`;
  return { action, resource: objectName(bucket, name === '' ? undefined : name), method: null };
}

const JSON_API = /^(?:storage|upload|download|resumable|batch)$/;

/** Uploads and downloads go by paths of their own. */
function plainSegments({ segments }: Place): readonly string[] {
  const [first, second] = segments;
  if (first === 'download') return segments.slice(1);
  return first === 'resumable' && second === 'upload' ? segments.slice(1) : segments;
}

function restResource(service: string, segments: readonly string[]): string | null {
  if (service === 'storage') {
    const at = segments.indexOf('b');
    return at < 0 || !segments[at + 1] ? null : objectName(segments[at + 1]!, segments[at + 3]);
  }
  const own = segments.findIndex((one) => /^(?:projects|folders|organizations|users)$/.test(one));
  return own < 0 ? null : resourceName(gcpPath(segments.slice(own)).segments);
}

/** Documents lie in documents, to any depth: a collection or a document is all that the method depends on. */
function shallow(segments: readonly string[]): readonly string[] {
  const at = segments.indexOf('documents');
  const depth = segments.length - at - 1;
  if (at < 0 || depth < 3) return segments;
  return [...segments.slice(0, at + 1), ...segments.slice(-(depth % 2 === 0 ? 2 : 1))];
}

const VERB = /^[a-z]{1,20}(?:[A-Z][a-z]{1,20}){0,5}$/;

/** With its custom verb, which is no part of the id before it. */
function unruledPath(segments: readonly string[]): string {
  const { segments: own, verb } = gcpPath(segments);
  const version = segments.slice(0, segments.length - own.length);
  return `${pathTemplate([...version, ...own])}${verb === null ? '' : `:${VERB.test(verb) ? verb : '{}'}`}`;
}

function rest(head: RequestHead, place: Place): Call {
  const own = plainSegments(place);
  const segments = place.host.startsWith('firestore.') ? shallow(own) : own;
  const method = head.method === 'HEAD' ? 'GET' : head.method;
  const { id, service } = gcpMethod(place.host, method, segments);
  const permission = id === null ? null : gcpPermission(id);
  const verb = /^[A-Z]{3,10}$/.test(method) ? method : 'OTHER';
  const unknown = id === null ? `${service}:?${verb} ${unruledPath(segments)}` : `?${id}`;
  return { action: permission ?? unknown, resource: restResource(service, own), method: id };
}

const GRPC = /^\/(google\.[a-z0-9_.]{2,80}\.[A-Z]\w{1,60})\/([A-Z]\w{1,80})$/;

/** The resource of a gRPC call is in its message, and in a header for routing. */
function grpc({ headers }: RequestHead, { path }: Place): Call | null {
  const match = GRPC.exec(path);
  if (!match) return null;
  const name = `${match[1]}/${match[2]}`;
  const id = GCP_GRPC.get(name) ?? null;
  const [routed] = [...new URLSearchParams(headers.get('x-goog-request-params') ?? '').values()];
  const resource = routed === undefined ? null : resourceName(routed.split('/'));
  return { action: (id && gcpPermission(id)) ?? `?${name}`, resource, method: name };
}

function callOf(head: RequestHead, place: Place): Call {
  const xml = /(?:^|\.)storage\.googleapis\.com$/.test(place.host) && !JSON_API.test(place.segments[0] ?? '');
  return grpc(head, place) ?? (xml ? storageXml(head, place) : null) ?? rest(head, place);
}

/** Token exchanges and batches of calls: the one is no permission, of the other the parts are not read. */
const NOT_CALLS = /^(?:oauth2|accounts|sts)\./;

function principalOf(world: World, { headers }: RequestHead, { query }: Place): string | null {
  const token = bearerToken(headers);
  const key = headers.get('x-goog-api-key') ?? query.get('key');
  if (token !== null) return tokenPrincipal(world, token);
  return key === null || key === undefined ? null : `gcp:api-key:${world.fingerprint(key)}`;
}

/** PERMISSION_DENIED and UNAUTHENTICATED, where the answer has no message. */
function refused({ response }: Whole): boolean {
  const status = response?.headers.get('grpc-status');
  return status === '7' || status === '16';
}

function failed({ response }: Whole): boolean {
  return (response?.headers.get('grpc-status') ?? '0') !== '0';
}

/** Null: no API of Google. */
export function readGcp(world: World, head: RequestHead, place: Place): ExchangeReader | null {
  if (!/\.googleapis\.com$/.test(place.host) || NOT_CALLS.test(place.host)) return null;
  return whole((seen) => {
    const { action, resource, method } = callOf(head, place);
    const principal = principalOf(world, head, place);
    const told = outcome(seen.status, seen.ending);
    const denied = told.denied || refused(seen);
    const epoch = principal === null || denied ? undefined : identityEpoch(world, 'gcp', principal);
    const records = /\.(?:list|search|query|runQuery)$/.test(method ?? '') ? listedIn(seen.answer) : 0;
    world.say({
      kind: 'cloud-action',
      subject: `gcp:${action}`,
      context: resource,
      principal,
      ...told,
      error: told.error || denied || failed(seen),
      denied,
      ...(records > 0 ? { records } : {}),
      sums: readingSums(seen.ending),
      ...(method === null ? {} : { words: { method: [method] } }),
      ...(epoch ? { epoch } : {}),
    });
    if (principal?.startsWith('gcp:api-key:'))
      sayShown(world, { source: 'api-key', principal, context: 'gcp' }, seen.ending.at);
  });
}
