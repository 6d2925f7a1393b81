/** What a JSON Web Token (RFC 7519) says of its bearer. The token itself, and its signature, are never kept. */
import { jsonValue } from '../../wire/json.ts';
import { field, list, text } from '../json-fields.ts';

export type Claims = {
  iss: string | null;
  sub: string | null;
  aud: readonly string[];
  /** Of Entra ID: the application, and its tenant. */
  client: string | null;
  tenant: string | null;
};

const SHAPE = /^([A-Za-z0-9_-]{2,4096})\.([A-Za-z0-9_-]{2,65536})\.[A-Za-z0-9_-]*$/;
/** Subjects and audiences are names and addresses; anything else might be a value. */
const NAME = /^[\w:./@|+=-]{1,256}$/;

export function claim(value: unknown): string | null {
  const one = text(value);
  return one !== null && NAME.test(one) ? one : null;
}

function audience(value: unknown): string[] {
  const all = typeof value === 'string' ? [value] : list(value);
  return all
    .slice(0, 8)
    .map(claim)
    .filter((one) => one !== null);
}

/** Null: no such token. Nothing is verified: that is for whoever it is shown to. */
export function readClaims(token: string): Claims | null {
  const payload = SHAPE.exec(token)?.[2];
  if (payload === undefined) return null;
  const body = jsonValue(Buffer.from(payload, 'base64url'));
  if (body === undefined) return null;
  return {
    iss: claim(field(body, 'iss')),
    sub: claim(field(body, 'sub')),
    aud: audience(field(body, 'aud')),
    client: claim(field(body, 'appid')) ?? claim(field(body, 'azp')),
    tenant: claim(field(body, 'tid')),
  };
}

const SERVICE_ACCOUNT = /^system:serviceaccount:[a-z0-9.-]{1,63}:[a-z0-9.:-]{1,253}$/;
const ENTRA = /^https:\/\/(?:login\.microsoftonline\.com|sts\.windows\.net)\//;

/** `system:serviceaccount:ns:name`, `azure:app:<client id>`, `oidc:<issuer's host>:<subject>`; null: it names nobody. */
export function subjectOf({ iss, sub, client }: Claims): string | null {
  if (sub !== null && SERVICE_ACCOUNT.test(sub)) return sub;
  if (client !== null && iss !== null && ENTRA.test(iss)) return `azure:app:${client}`;
  const host = /^https?:\/\/([^/]+)/.exec(iss ?? '')?.[1] ?? iss;
  return sub === null ? null : `oidc:${host ?? 'unknown-issuer'}:${sub}`;
}
