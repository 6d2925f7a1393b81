/** Subjects of object stores: `s3://bucket/prefix/`. Of a key only its first segment is kept, and only if it is a word. */
import { segmentTemplate } from '../endpoint.ts';

export type ObjectAccess = {
  scheme: 's3' | 'gs' | 'azblob';
  /** With the account before it for Azure; empty: all buckets were listed. */
  bucket: string;
  /** Object key, or prefix of a listing. */
  key: string;
  operation: string;
  /** XML elements, or members of a JSON list, that are the objects of the answer; null: no list. */
  listed: { tags: readonly string[] } | { member: string } | null;
};

const BUCKET = /^[A-Za-z0-9$][A-Za-z0-9._/$:-]{0,254}$/;

export function objectSubject({
  scheme,
  bucket,
  key,
}: Pick<ObjectAccess, 'scheme' | 'bucket' | 'key'>): string {
  if (bucket === '') return `${scheme}://`;
  const container = BUCKET.test(bucket) ? bucket : '?';
  const slash = key.indexOf('/');
  return slash <= 0
    ? `${scheme}://${container}/`
    : `${scheme}://${container}/${segmentTemplate(key.slice(0, slash))}/`;
}

/** Bucket or container, and the rest. */
export function splitBucket(segments: readonly string[]): { bucket: string; key: string } {
  return { bucket: segments[0] ?? '', key: segments.slice(1).join('/') };
}
