/** Google Cloud Storage's JSON API, on its own host or an emulator's. https://cloud.google.com/storage/docs/json_api/v1 */

import type { RequestHead } from '../../wire/types.ts';
import { type Place, placeOf } from '../request-target.ts';
import type { ObjectAccess } from './object-key.ts';

const PREFIXES = ['', 'download', 'upload', 'resumable/upload'].map((one) =>
  one === '' ? [] : one.split('/'),
);

/** Segments behind `/storage/v1/b/`; the object's name is one encoded segment, decoded by then. */
function behind(segments: readonly string[]): { via: string; rest: readonly string[] } | null {
  for (const prefix of PREFIXES) {
    const start = [...prefix, 'storage', 'v1', 'b'];
    if (start.every((part, i) => segments[i] === part))
      return { via: prefix.at(-1) ?? '', rest: segments.slice(start.length) };
  }
  return null;
}

function operationOf(method: string, via: string, place: Place, action: string | undefined): string | null {
  if (method === 'POST')
    return via === 'upload' ? 'put' : action === 'compose' ? 'put' : action ? 'copy' : null;
  if (method === 'GET')
    return via === 'download' || place.query.get('alt') === 'media' ? 'get' : 'get-metadata';
  if (method === 'PUT') return via === 'upload' ? 'put-part' : 'put-metadata';
  if (method === 'PATCH') return 'put-metadata';
  return method === 'DELETE' ? 'delete' : null;
}

const ACTIONS: ReadonlySet<string | undefined> = new Set(['rewriteTo', 'copyTo', 'compose']);

/** Null: no request for objects. */
export function gcsAccess(head: RequestHead, place: Place = placeOf(head)): ObjectAccess | null {
  const found = behind(place.segments);
  const [bucket, collection, object, action] = found?.rest ?? [];
  if (!found || !bucket || collection !== 'o') return null;
  const base = { scheme: 'gs', bucket, listed: null } as const;
  const { query } = place;
  if (!object) {
    if (head.method === 'GET' && found.via === '')
      return { ...base, key: query.get('prefix') ?? '', operation: 'list', listed: { member: 'items' } };
    const operation = operationOf(head.method, found.via, place, undefined);
    return operation === null ? null : { ...base, key: query.get('name') ?? '', operation };
  }
  const operation = operationOf(head.method, found.via, place, ACTIONS.has(action) ? action : undefined);
  return operation === null ? null : { ...base, key: object, operation };
}
