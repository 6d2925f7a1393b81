/** Accesses to objects in S3, Google Cloud Storage and Azure Blob Storage: bucket, first prefix, operation, objects. */
import { jsonValue } from '../wire/json.ts';
import type { Ending, ExchangeReader, RequestHead } from '../wire/types.ts';
import { azureBlobAccess } from './data/azure-blob.ts';
import { gcsAccess } from './data/gcs.ts';
import { countAt } from './data/json-count.ts';
import { type ObjectAccess, objectSubject } from './data/object-key.ts';
import { accessSaid } from './data/rows.ts';
import { copySource, s3Access } from './data/s3.ts';
import type { Place } from './request-target.ts';
import type { Said, World } from './said.ts';

export function objectAccess(head: RequestHead, place: Place): ObjectAccess | null {
  return gcsAccess(head, place) ?? azureBlobAccess(head, place) ?? s3Access(head, place);
}

const DECODER = new TextDecoder('latin1');

function countTag(text: string, tag: string): number {
  const open = `<${tag}>`;
  let found = 0;
  for (let at = text.indexOf(open); at >= 0; at = text.indexOf(open, at + open.length)) found++;
  return found;
}

/** Objects that a listing returned, or that a request for many says it did. */
function countListed(listed: NonNullable<ObjectAccess['listed']>, bytes: Uint8Array): number {
  if ('member' in listed) return countAt(jsonValue(bytes), [listed.member]) ?? 0;
  const text = DECODER.decode(bytes);
  return listed.tags.reduce((sum, tag) => sum + countTag(text, tag), 0);
}

const ONE: ReadonlySet<string> = new Set(['get', 'put', 'copy', 'delete']);

function recordsOf({ operation, listed }: ObjectAccess, count: number, status: number | null): number | null {
  if (listed) return count;
  return ONE.has(operation) && status !== null && status < 300 ? 1 : null;
}

type Seen = { head: RequestHead; status: number | null; count: number; ending: Ending };

function saids(access: ObjectAccess, { head, status, count, ending }: Seen): Said[] {
  const { operation } = access;
  const records = recordsOf(access, count, status);
  const own = accessSaid({ subject: objectSubject(access), operation, records, head, status, ending });
  const source = operation === 'copy' && access.scheme === 's3' ? copySource(head) : null;
  if (!source) return [own];
  const subject = objectSubject({ scheme: 's3', ...source });
  const { bytes: _, ...read } = accessSaid({ subject, operation: 'get', records, head, status, ending });
  return [read, own];
}

export function objectReader(world: World, head: RequestHead, access: ObjectAccess): ExchangeReader {
  let status: number | null = null;
  let count = 0;
  let truncated = false;
  return {
    item(side, item) {
      if (side === 'request' || item.t !== 'body' || !access.listed || (status ?? 0) >= 300) return;
      count += countListed(access.listed, item.bytes);
      truncated ||= item.truncated;
    },
    response(answer) {
      status = answer.status;
    },
    end(ended) {
      const ending = { ...ended, truncated: access.listed ? ended.truncated || truncated : false };
      for (const said of saids(access, { head, status, count, ending })) world.say(said);
    },
  };
}
