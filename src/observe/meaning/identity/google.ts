/**
 * Google Cloud: the metadata server, token exchange of workload identity federation, impersonation, and OAuth grants.
 * https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys, https://google.aip.dev/auth/4117,
 * https://cloud.google.com/iam/docs/reference/credentials/rest
 */
import { jsonValue } from '../../wire/json.ts';
import type { ExchangeReader, RequestHead } from '../../wire/types.ts';
import { scoped } from '../cloud/aws-credential.ts';
import { readForm } from '../cloud/params.ts';
import { endpointSaid } from '../endpoint.ts';
import { field, list, text } from '../json-fields.ts';
import type { Place } from '../request-target.ts';
import type { World } from '../said.ts';
import { type Whole, whole } from '../whole.ts';
import { bearerToken, tokenPrincipal } from './bearer.ts';
import { type Hop, sayHop, WORKLOAD } from './hop.ts';
import { claim, readClaims, subjectOf } from './jwt.ts';
import { identityOf } from './known.ts';

const EMAIL = /^[\w.+-]{1,128}@[\w.-]{1,128}$/;
const DECODER = new TextDecoder();

/** `default` is an account whose address another request may have asked for. */
type Default = { email: string | null };

function defaults(world: World): Default {
  return world.keep('gce-default', () => ({ email: null }));
}

function account(world: World, name: string): string {
  if (EMAIL.test(name)) return `gcp:${name}`;
  return `gcp:${defaults(world).email ?? 'default'}`;
}

function noteEmail(world: World, email: string | null): void {
  if (email !== null && EMAIL.test(email)) defaults(world).email = email;
}

function tokenIn({ answer }: Whole): string | null {
  const body = jsonValue(answer);
  const token = text(field(body, 'access_token')) ?? text(field(body, 'accessToken'));
  return token ?? text(field(body, 'id_token')) ?? text(field(body, 'token'));
}

const METADATA =
  /^\/computeMetadata\/v1(?:beta1)?\/instance\/service-accounts\/([^/]{1,256})\/(token|identity|email)?$/;

/** No hop, but it may tell whose the default account is. */
function aboutAccount(world: World, head: RequestHead, place: Place, plain: boolean): ExchangeReader {
  return whole((seen) => {
    const email = plain
      ? DECODER.decode(seen.answer.subarray(0, 300)).trim()
      : field(jsonValue(seen.answer), 'email');
    noteEmail(world, text(email));
    world.say(endpointSaid(head, place, seen.status, seen.ending));
  });
}

function metadata(world: World, head: RequestHead, place: Place): ExchangeReader | null {
  const [, name, what] = METADATA.exec(place.path) ?? [];
  if (name === undefined) return null;
  if (what === undefined || what === 'email') return aboutAccount(world, head, place, what === 'email');
  const audience = claim(place.query.get('audience'));
  return whole((seen) => {
    const to = account(world, name);
    const own = what === 'identity' ? DECODER.decode(seen.answer.subarray(0, 65_536)).trim() : tokenIn(seen);
    const source = `gce-metadata ${to.slice('gcp:'.length)}`;
    const words = { token: [what], ...(audience ? { audience: [audience] } : {}) };
    sayHop(world, { from: WORKLOAD, to, mechanism: 'gce-metadata', source, handedOut: [own], words }, seen);
  });
}

type Members = (name: string) => string | null;

/** A request of OAuth: a form, or JSON with the same names in camel case. */
function membersOf(head: RequestHead, body: Uint8Array): Members {
  if (!head.headers.get('content-type')?.includes('json')) {
    const form = readForm(body);
    return (name) => form.get(name);
  }
  const value = jsonValue(body);
  const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return (name) => text(field(value, name)) ?? text(field(value, camel(name)));
}

/** AWS's proof of identity is a signed request to STS, in JSON: whose key signed it is who comes. */
function awsSubject(world: World, token: string): string | null {
  const request = jsonValue(token.startsWith('%7B') ? unescaped(token) : token);
  for (const header of list(field(request, 'headers'))) {
    if (text(field(header, 'key'))?.toLowerCase() !== 'authorization') continue;
    const credential = /Credential=([^,\s]{1,300})/.exec(text(field(header, 'value')) ?? '')?.[1];
    const key = scoped(credential ?? '', false)?.keyId;
    if (key) return identityOf(world, key)?.principal ?? `aws:key:${world.fingerprint(key)}`;
  }
  return null;
}

function unescaped(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return '';
  }
}

function subjectOfToken(world: World, token: string): string {
  const claims = readClaims(token);
  const named = claims ? subjectOf(claims) : awsSubject(world, token);
  return named ?? identityOf(world, token)?.principal ?? WORKLOAD;
}

const POOL =
  /^\/\/iam\.googleapis\.com\/((?:projects|locations)\/[\w./:-]{1,200}\/(?:workloadIdentityPools|workforcePools)\/[\w.-]{1,64}|locations\/global\/workforcePools\/[\w.-]{1,64})(?:\/providers\/([\w.-]{1,64}))?$/;

function exchange(world: World, head: RequestHead): ExchangeReader {
  return whole((seen) => {
    const member = membersOf(head, seen.request);
    const [, pool = 'unknown', provider] = POOL.exec(member('audience') ?? '') ?? [];
    const to = `gcp:pool:${pool}`;
    const from = subjectOfToken(world, member('subject_token') ?? '');
    const hop: Hop = {
      from,
      to,
      mechanism: 'gcp-token-exchange',
      source: `gcp-federation ${pool}`,
      handedOut: [tokenIn(seen)],
    };
    sayHop(world, { ...hop, ...(provider ? { words: { provider: [provider] } } : {}) }, seen);
  });
}

/** Tokens of Google are opaque, and rotate: without the answer that handed one out nobody is named. */
function callerOf(world: World, { headers }: RequestHead): string {
  const token = bearerToken(headers);
  return (token === null ? null : tokenPrincipal(world, token)) ?? WORKLOAD;
}

const IMPERSONATE =
  /^\/v1\/projects\/[^/]{1,64}\/serviceAccounts\/([^/]{1,256}):(generateAccessToken|generateIdToken|signJwt|signBlob)$/;

function impersonation(world: World, head: RequestHead, { path }: Place): ExchangeReader | null {
  const [, name = '', method] = IMPERSONATE.exec(path) ?? [];
  if (!method) return null;
  return whole((seen) => {
    const from = callerOf(world, head);
    const to = EMAIL.test(name)
      ? `gcp:${name}`
      : /^\d{5,30}$/.test(name)
        ? `gcp:account:${name}`
        : 'gcp:account:unknown';
    const hop: Hop = {
      from,
      to,
      mechanism: 'gcp-impersonation',
      source: `gcp-impersonation ${to.slice(4)}`,
      handedOut: [tokenIn(seen)],
    };
    sayHop(world, { ...hop, words: { method: [method] } }, seen);
  });
}

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** A service account's own key signs; with a `sub` it acts for a user of the domain. */
function jwtBearer(member: Members, token: string | null): Hop {
  const claims = readClaims(member('assertion') ?? '');
  const from = claims?.iss && EMAIL.test(claims.iss) ? `gcp:${claims.iss}` : WORKLOAD;
  const to = claims?.sub && EMAIL.test(claims.sub) ? `gcp:${claims.sub}` : from;
  const source = `service-account-key ${from.replace(/^gcp:/, '')}`;
  return { from, to, mechanism: 'gcp-jwt-bearer', source, handedOut: [token] };
}

function refresh(member: Members, token: string | null): Hop {
  const client = claim(member('client_id')) ?? 'unknown';
  const source = `refresh-token ${client}`;
  return {
    from: WORKLOAD,
    to: `gcp:client:${client}`,
    mechanism: 'gcp-refresh-token',
    source,
    handedOut: [token],
  };
}

function grant(world: World, head: RequestHead, place: Place): ExchangeReader {
  return whole((seen) => {
    const member = membersOf(head, seen.request);
    const kind = member('grant_type');
    if (kind === JWT_BEARER) sayHop(world, jwtBearer(member, tokenIn(seen)), seen);
    else if (kind === 'refresh_token') sayHop(world, refresh(member, tokenIn(seen)), seen);
    else world.say(endpointSaid(head, place, seen.status, seen.ending));
  });
}

/** Null: nowhere that Google hands out tokens. */
export function readGoogleIdentity(world: World, head: RequestHead, place: Place): ExchangeReader | null {
  const { host, path } = place;
  if (path.startsWith('/computeMetadata/')) return metadata(world, head, place);
  if (/^sts(?:\.[a-z0-9-]+)?(?:\.rep)?\.googleapis\.com$/.test(host) && /^\/v1(?:beta)?\/token$/.test(path))
    return exchange(world, head);
  if (/^iamcredentials(?:\.[a-z0-9.-]+)?\.googleapis\.com$/.test(host))
    return impersonation(world, head, place);
  const grants =
    host === 'oauth2.googleapis.com' || (host === 'www.googleapis.com' && path.startsWith('/oauth2/'));
  return grants && /\/token$/.test(path) ? grant(world, head, place) : null;
}
