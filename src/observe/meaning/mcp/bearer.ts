/** Under which identity a server is asked: a keyed hash of what a bearer token says of its holder, never the token. */
import type { Headers } from '../../wire/types.ts';
import { type JsonObject, object, text } from '../json-fields.ts';
import type { World } from '../said.ts';

const MAX_TOKEN = 16 * 1024;
/** A JWT (RFC 7519): only its payload is read, neither header nor signature. */
const JWT = /^bearer\s+[\w-]+\.([\w-]+)\.[\w-]*$/i;

/** Who; else for which client. Names of RFC 7519, RFC 9068, and of Entra and Okta. */
const HOLDERS = ['sub', 'client_id', 'azp', 'appid', 'cid'] as const;

/** `oauth:<fingerprint>` of issuer and holder. Null: no bearer, or one that only its issuer can read. */
export function bearerOf(headers: Headers, { fingerprint }: Pick<World, 'fingerprint'>): string | null {
  const authorization = headers.get('authorization') ?? '';
  if (authorization.length > MAX_TOKEN) return null;
  const claims = claimsOf(JWT.exec(authorization)?.[1]);
  if (!claims) return null;
  const holder = HOLDERS.map((name) => text(claims[name])).find((one) => one !== null && one !== '');
  return holder ? `oauth:${fingerprint(`${text(claims.iss) ?? ''}\0${holder}`)}` : null;
}

function claimsOf(payload: string | undefined): JsonObject | null {
  if (payload === undefined) return null;
  try {
    return object(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  } catch {
    return null;
  }
}
