/** Azure Blob Storage and Data Lake. https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api */
import type { RequestHead } from '../../wire/types.ts';
import type { Place } from '../request-target.ts';
import { type ObjectAccess, splitBucket } from './object-key.ts';

const HOST =
  /^(?<account>[a-z0-9]{3,24})(?:-secondary)?\.(?:z\d+\.)?(?:blob|dfs)\.(?:core\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)|storage\.azure\.net)$/;
/** The emulator's only account; it stands in the path there. */
const EMULATED = 'devstoreaccount1';

const WRITES: ReadonlyMap<string, string> = new Map([
  ['block', 'put-part'],
  ['blocklist', 'put'],
  ['page', 'put-part'],
  ['appendblock', 'put-part'],
  ['append', 'put-part'],
  ['flush', 'put'],
]);

function operationOf({ method, headers }: RequestHead, part: string | null): string | null {
  if (method === 'GET') return part === null ? 'get' : 'get-metadata';
  if (method === 'HEAD') return 'head';
  if (method === 'DELETE') return 'delete';
  if (method !== 'PUT' && method !== 'PATCH') return null;
  if (headers.has('x-ms-copy-source')) return 'copy';
  return part === null ? 'put' : (WRITES.get(part) ?? 'put-metadata');
}

/** Null: not Azure's, or about the account or a container itself. */
export function azureBlobAccess(head: RequestHead, place: Place): ObjectAccess | null {
  const emulated = place.segments[0] === EMULATED;
  const account = HOST.exec(place.host)?.groups?.account ?? (emulated ? EMULATED : null);
  if (account === null) return null;
  const { bucket: container, key } = splitBucket(emulated ? place.segments.slice(1) : place.segments);
  const { query } = place;
  const base = { scheme: 'azblob', bucket: `${account}/${container}`, key, listed: null } as const;
  const listing = query.get('comp') === 'list' || query.get('resource') === 'filesystem';
  if (head.method === 'GET' && listing && container !== '')
    return {
      ...base,
      key: query.get('prefix') ?? query.get('directory') ?? '',
      operation: 'list',
      listed: query.get('comp') === 'list' ? { tags: ['Blob'] } : { member: 'paths' },
    };
  if (key === '') return null;
  const operation = operationOf(head, query.get('comp') ?? query.get('action'));
  return operation === null ? null : { ...base, operation };
}
