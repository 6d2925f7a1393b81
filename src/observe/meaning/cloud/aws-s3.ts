/**
 * S3: buckets stand in the path or in the host, keys are data, and some operations are told apart by headers.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
import type { Headers } from '../../wire/types.ts';
import { segmentTemplate } from '../endpoint.ts';
import { decode, type Place } from '../request-target.ts';
import type { AwsHost } from './aws-host.ts';
import type { Scope } from './aws-resource.ts';

/** Also of access points, by alias. */
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/;
/** Query members that only requests for a bucket have: with an empty path the host names it. */
const OF_BUCKETS = ['list-type', 'prefix', 'delimiter', 'location', 'versions', 'uploads', 'delete'];

/** The bucket in the host, where it is there. */
function hostBucket({ host, path, query }: Place, aws: AwsHost | null): string | null {
  if (aws) return /^s3(?:-accesspoint|express)?$/.test(aws.service) ? aws.label : null;
  const [label = '', ...rest] = host.split('.');
  const named = rest.length > 0 && !/^[\d.]+$|^\[/.test(host);
  const empty = path === '/' && OF_BUCKETS.some((name) => query.has(name));
  return named && (rest.join('.') === 'localhost' || empty) ? label : null;
}

/** Path segments as if the bucket stood in the path. */
export function s3Segments(place: Place, aws: AwsHost | null): readonly string[] {
  if (aws?.service === 's3-control') return place.segments;
  const bucket = hostBucket(place, aws);
  return bucket === null ? place.segments : [bucket, ...place.segments];
}

/** What reads or writes a version that it names is another action. */
const VERSIONED: ReadonlyMap<string, string> = new Map([
  ['s3:GetObject', 's3:GetObjectVersion'],
  ['s3:DeleteObject', 's3:DeleteObjectVersion'],
  ['s3:GetObjectAcl', 's3:GetObjectVersionAcl'],
  ['s3:PutObjectAcl', 's3:PutObjectVersionAcl'],
  ['s3:GetObjectTagging', 's3:GetObjectVersionTagging'],
  ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'],
  ['s3:DeleteObjectTagging', 's3:DeleteObjectVersionTagging'],
  ['s3:GetObjectAttributes', 's3:GetObjectVersionAttributes'],
]);

export function versioned(action: string, query: URLSearchParams): string {
  return query.get('versionId') ? (VERSIONED.get(action) ?? action) : action;
}

const PUTS = new Set(['PutObject', 'CopyObject', 'UploadPart', 'UploadPartCopy']);

/** Operations with one path: a copy names its source in a header, and parts their upload in the query. */
export function s3Operation(name: string, { query }: Place, headers: Headers): string {
  const upload = query.has('uploadId');
  const copies = headers.has('x-amz-copy-source');
  if (PUTS.has(name)) {
    const part = upload && query.has('partNumber');
    return part ? (copies ? 'UploadPartCopy' : 'UploadPart') : copies ? 'CopyObject' : 'PutObject';
  }
  if (name === 'AbortMultipartUpload' || name === 'DeleteObject')
    return upload ? 'AbortMultipartUpload' : 'DeleteObject';
  return name === 'GetObject' && upload ? 'ListParts' : name;
}

/** Keys are folded to their first segment: `arn:aws:s3:::bucket/reports/*`. */
function objectArn(bucketArn: string, key: string, accessPoint: boolean): string {
  const [first = '', ...rest] = key.split('/');
  const prefix = rest.length > 0 && first !== '' && segmentTemplate(first) === first ? `${first}/*` : '*';
  return `${bucketArn}/${accessPoint ? 'object/' : ''}${prefix}`;
}

function bucketArn(bucket: string, scope: Scope, aws: AwsHost | null): { arn: string; accessPoint: boolean } {
  const point = aws?.service === 's3-accesspoint' ? /^(.+)-(\d{12})$/.exec(bucket) : null;
  if (!point)
    return {
      arn: bucket.startsWith('arn:') ? bucket : `arn:${scope.partition}:s3:::${bucket}`,
      accessPoint: false,
    };
  const arn = `arn:${scope.partition}:s3:${scope.region ?? '*'}:${point[2]}:accesspoint/${point[1]}`;
  return { arn, accessPoint: true };
}

/** @param key null: the bucket itself. */
export function s3Arn(bucket: string, key: string | null, scope: Scope, aws: AwsHost | null): string | null {
  if (!BUCKET.test(bucket) && !/^arn:aws[a-z-]*:s3:[\w:/-]{1,200}$/.test(bucket)) return null;
  const { arn, accessPoint } = bucketArn(bucket, scope, aws);
  return key === null ? arn : objectArn(arn, key, accessPoint || arn.includes(':accesspoint/'));
}

/** `/bucket/key?versionId=…` */
export function copySource(headers: Headers, scope: Scope): string | null {
  const [path = ''] = (headers.get('x-amz-copy-source') ?? '').split('?');
  const [bucket = '', ...key] = decode(path).replace(/^\//, '').split('/');
  return s3Arn(bucket, key.join('/'), scope, null);
}
