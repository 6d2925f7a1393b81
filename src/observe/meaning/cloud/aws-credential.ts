/**
 * Who signed a request to AWS: Signature Version 4 and 4A in the header or the query, and version 2.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import type { RequestHead } from '../../wire/types.ts';
import type { Place } from '../request-target.ts';

export type KeyKind = 'static' | 'temporary' | 'unknown';

export type AwsCredential = {
  /** Lives only while the exchange is read; what is kept of it is a fingerprint. */
  keyId: string;
  kind: KeyKind;
  /** Of the credential scope; null where the scheme has none. */
  region: string | null;
  service: string | null;
  presigned: boolean;
};

const KEY_ID = /^[A-Za-z0-9_-]{8,128}$/;
const WORD = /^[A-Za-z0-9-]{1,64}$/;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids */
function kindOf(keyId: string): KeyKind {
  if (keyId.startsWith('AKIA')) return 'static';
  return keyId.startsWith('ASIA') ? 'temporary' : 'unknown';
}

function word(text: string | undefined): string | null {
  return text !== undefined && WORD.test(text) ? text : null;
}

/** `KEY/20261121/us-east-1/s3/aws4_request`; of version 4A there is no region. */
export function scoped(credential: string, presigned: boolean): AwsCredential | null {
  const parts = credential.split('/');
  const [keyId = ''] = parts;
  if (!KEY_ID.test(keyId) || parts.at(-1) !== 'aws4_request') return null;
  const regional = parts.length === 5;
  return {
    keyId,
    kind: kindOf(keyId),
    region: regional ? word(parts[2]) : null,
    service: word(parts.at(-2))?.toLowerCase() ?? null,
    presigned,
  };
}

function unscoped(keyId: string | undefined, presigned: boolean): AwsCredential | null {
  if (!keyId || !KEY_ID.test(keyId)) return null;
  return { keyId, kind: kindOf(keyId), region: null, service: null, presigned };
}

/** Null: not signed, or not in a way that AWS knows. */
export function awsCredential(
  { headers }: Pick<RequestHead, 'headers'>,
  { query }: Place,
): AwsCredential | null {
  const header = headers.get('authorization') ?? '';
  if (/^AWS4-/.test(header)) return scoped(/Credential=([^,\s]{1,300})/.exec(header)?.[1] ?? '', false);
  if (header.startsWith('AWS ')) return unscoped(/^AWS ([^:]{1,128}):/.exec(header)?.[1], false);
  const inQuery = query.get('X-Amz-Credential');
  if (inQuery !== null) return scoped(inQuery, true);
  return unscoped(query.get('AWSAccessKeyId') ?? undefined, query.has('Signature'));
}
