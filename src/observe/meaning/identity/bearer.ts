/** Whose the bearer token of a request is: as an earlier answer told, else as it says itself, else its fingerprint. */
import type { Headers } from '../../wire/types.ts';
import { scoped } from '../cloud/aws-credential.ts';
import type { World } from '../said.ts';
import { readClaims, subjectOf } from './jwt.ts';
import { identityOf } from './known.ts';

export function bearerToken(headers: Headers): string | null {
  return /^Bearer\s+(\S{8,65536})$/i.exec(headers.get('authorization') ?? '')?.[1] ?? null;
}

const EKS = /^k8s-aws-v1\.([A-Za-z0-9_-]{1,8192})/;

/** The key with which the token of `aws eks get-token` was signed: it is a presigned GetCallerIdentity. */
function eksKey(token: string): string | null {
  const encoded = EKS.exec(token)?.[1];
  if (encoded === undefined) return null;
  const url = Buffer.from(encoded, 'base64url').toString();
  const credential = new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('X-Amz-Credential');
  return scoped(credential ?? '', true)?.keyId ?? null;
}

function eksPrincipal(world: World, token: string): string | null {
  const key = eksKey(token);
  return key === null ? null : (identityOf(world, key)?.principal ?? `aws:key:${world.fingerprint(key)}`);
}

/** Null: the token names nobody that could be told. */
export function tokenPrincipal(world: World, token: string): string | null {
  const known = identityOf(world, token)?.principal ?? eksPrincipal(world, token);
  if (known !== null) return known;
  const claims = readClaims(token);
  return claims && subjectOf(claims);
}

/** @param scheme of the fingerprint where nothing better is known: `gcp:token`. Null: the request bears none. */
export function bearerPrincipal(world: World, headers: Headers, scheme: string): string | null {
  const token = bearerToken(headers);
  return token === null ? null : (tokenPrincipal(world, token) ?? `${scheme}:${world.fingerprint(token)}`);
}
