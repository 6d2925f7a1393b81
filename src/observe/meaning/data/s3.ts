/** S3 and what speaks its protocol (MinIO, Ceph, R2, GCS's XML API), by host or by the scope of the signature. */
import type { RequestHead } from '../../wire/types.ts';
import type { Place } from '../request-target.ts';
import { type ObjectAccess, splitBucket } from './object-key.ts';

/** Virtual-host style puts the bucket before; regions, dual-stack, FIPS, acceleration and access points in between. */
const AWS =
  /^(?:(?<bucket>[a-z0-9][a-z0-9.-]{1,80})\.)?s3(?:-accelerate|-fips|-accesspoint(?:-fips)?|express-[a-z0-9-]+)?(?:\.dualstack)?(?:[.-][a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?$/;
const GCS = /^(?:(?<bucket>[a-z0-9][a-z0-9._-]{1,220})\.)?storage\.googleapis\.com$/;
const GCS_JSON = /^\/(?:(?:download|upload|resumable\/upload)\/)?storage\/v1(?:\/|$)|^\/batch\//;
/** Path style first: the account is no bucket. */
const R2 = /^(?:(?<bucket>[a-z0-9][a-z0-9-]{1,62})\.)?[0-9a-f]{32}\.(?:[a-z]+\.)?r2\.cloudflarestorage\.com$/;

/** The credential scope names the service: `AKIA…/20261121/us-east-1/s3/aws4_request`. */
const SCOPE = /\/(?:s3|s3express)\/aws4_request/;

function isSigned({ headers }: RequestHead, place: Place): boolean {
  const authorization = (headers.get('authorization') ?? '').slice(0, 1_024);
  return SCOPE.test(authorization) || SCOPE.test(place.query.get('X-Amz-Credential') ?? '');
}

type Where = { scheme: 's3' | 'gs'; bucket: string; key: string };

function where(head: RequestHead, place: Place): Where | null {
  const own = AWS.exec(place.host) ?? R2.exec(place.host);
  const google = GCS.exec(place.host);
  if (!own && !google && !isSigned(head, place)) return null;
  // The JSON API of the same host, and its batches, are read elsewhere.
  if (google && GCS_JSON.test(place.path)) return null;
  if (place.host.includes('.s3-control.') || place.host.startsWith('s3-control.')) return null;
  const scheme = google ? 'gs' : 's3';
  const bucket = (own ?? google)?.groups?.bucket;
  if (bucket === undefined) return { scheme, ...splitBucket(place.segments) };
  return { scheme, bucket, key: place.segments.join('/') };
}

/** Queries that ask for the objects themselves; any other sub-resource is about configuration. */
const LISTINGS: ReadonlySet<string> = new Set([
  'list-type',
  'prefix',
  'delimiter',
  'marker',
  'max-keys',
  'encoding-type',
  'continuation-token',
  'start-after',
  'fetch-owner',
  'versions',
  'key-marker',
  'version-id-marker',
  'x-id',
]);

function subresource(place: Place): string | null {
  for (const key of place.query.keys())
    if (!LISTINGS.has(key) && !/^(?:x-amz-|awsaccesskeyid|expires|signature|x-goog-)/i.test(key)) return key;
  return null;
}

const CONTENT: ReadonlySet<string> = new Set(['versionId', 'partNumber', 'uploadId', 'uploads', 'append']);

function onObject(head: RequestHead, place: Place): string | null {
  const { query } = place;
  const about = subresource(place);
  const told = about !== null && !CONTENT.has(about) && !about.startsWith('response-');
  switch (head.method) {
    case 'GET':
      if (query.has('uploadId')) return null;
      return told ? 'get-metadata' : 'get';
    case 'HEAD':
      return 'head';
    case 'PUT':
      if (head.headers.has('x-amz-copy-source')) return 'copy';
      return query.has('partNumber') ? 'put-part' : told ? 'put-metadata' : 'put';
    case 'POST':
      if (query.has('uploads')) return 'put-start';
      return query.has('select') ? 'get' : query.has('uploadId') ? 'put' : null;
    case 'DELETE':
      return query.has('uploadId') ? 'put-abort' : told ? 'put-metadata' : 'delete';
    default:
      return null;
  }
}

function onBucket({ method }: RequestHead, place: Place): Pick<ObjectAccess, 'operation' | 'listed'> | null {
  if (method === 'POST' && place.query.has('delete'))
    return { operation: 'delete', listed: { tags: ['Deleted'] } };
  // A form upload from a browser: the key is in the form.
  if (method === 'POST' && subresource(place) === null) return { operation: 'put', listed: null };
  if (method !== 'GET' || subresource(place) !== null) return null;
  return { operation: 'list', listed: { tags: ['Contents', 'Version', 'DeleteMarker'] } };
}

/** Null: not S3, or about a bucket's configuration. */
export function s3Access(head: RequestHead, place: Place): ObjectAccess | null {
  const at = where(head, place);
  if (!at) return null;
  if (at.bucket === '')
    return head.method === 'GET' ? { ...at, operation: 'list', listed: { tags: ['Bucket'] } } : null;
  if (at.key === '') {
    const done = onBucket(head, place);
    return done && { ...at, key: place.query.get('prefix') ?? '', ...done };
  }
  const operation = onObject(head, place);
  return operation === null ? null : { ...at, operation, listed: null };
}

/** A copy reads its source too: `/bucket/key?versionId=…`, percent-encoded. */
export function copySource({ headers }: RequestHead): { bucket: string; key: string } | null {
  const source = headers.get('x-amz-copy-source');
  if (!source) return null;
  const segments = source.slice(0, 2_048).split('?')[0]!.replace(/%2f/gi, '/').split('/');
  return splitBucket(segments[0] === '' ? segments.slice(1) : segments);
}
