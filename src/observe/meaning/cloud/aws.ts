/** Calls of AWS APIs: signed ones wherever they go, and unsigned ones to AWS's own hosts or by AWS's own SDKs. */
import type { ExchangeReader, RequestHead } from '../../wire/types.ts';
import { outcome, readingSums } from '../endpoint.ts';
import { identityEpoch, identityOf } from '../identity/known.ts';
import { sayShown } from '../identity/shown.ts';
import type { Place } from '../request-target.ts';
import type { Said, World } from '../said.ts';
import { type Whole, whole } from '../whole.ts';
import { type AwsCredential, awsCredential } from './aws-credential.ts';
import { awsOutcome } from './aws-error.ts';
import { awsHost } from './aws-host.ts';
import { type Asked, type AwsRequest, asked } from './aws-request.ts';
import type { Scope } from './aws-resource.ts';
import { type AwsUse, awsUses } from './aws-uses.ts';
import { readCbor } from './cbor.ts';
import { listedIn } from './records.ts';

const EMPTY = new Uint8Array();

/** Null: not a call of AWS. */
export function awsRequest(head: RequestHead, place: Place): AwsRequest | null {
  const credential = awsCredential(head, place);
  const host = awsHost(place.host);
  const sdk = head.headers.has('amz-sdk-invocation-id') || head.headers.has('x-amz-target');
  if (!credential && !host && !sdk) return null;
  return {
    head,
    place,
    host,
    credential,
    signing: signedFor(credential, host?.service ?? null),
    body: EMPTY,
  };
}

/** Hosts that are called otherwise than what their requests are signed for. */
const SIGNED_AS: ReadonlyMap<string, string> = new Map([
  ['s3-control', 's3'],
  ['s3-accesspoint', 's3'],
  ['bedrock-runtime', 'bedrock'],
  ['bedrock-agent', 'bedrock'],
  ['bedrock-agent-runtime', 'bedrock'],
  ['lambda-url', 'lambda'],
]);

function signedFor(credential: AwsCredential | null, host: string | null): string | null {
  return credential?.service ?? (host === null ? null : (SIGNED_AS.get(host) ?? host));
}

export type Principal = { id: string | null; account: string | null; key: string };

const API_KEY = /^Bearer (\S{16,})$/;

/** Whose key it is, if an earlier answer told; else its fingerprint. Never the key. */
export function awsPrincipal(world: World, { credential, head }: AwsRequest): Principal {
  if (credential) {
    const known = identityOf(world, credential.keyId);
    const id = known?.principal ?? `aws:key:${world.fingerprint(credential.keyId)}`;
    return { id, account: known?.account ?? null, key: `${credential.kind}-key` };
  }
  const bearer = API_KEY.exec(head.headers.get('authorization') ?? '');
  if (bearer) return { id: `aws:api-key:${world.fingerprint(bearer[1]!)}`, account: null, key: 'api-key' };
  return { id: null, account: null, key: 'anonymous' };
}

function scopeOf({ credential, host }: AwsRequest, { account }: Principal): Scope {
  const region = credential?.region ?? host?.region ?? null;
  return { partition: host?.partition ?? 'aws', region, account };
}

/** Operations whose answers list things; what an object or a function returns is its own affair. */
const LISTING = /^(?:List|Describe|Scan|Query|Search|Get|Batch|Select|Retrieve|Receive|Execute)/;
const DECODER = new TextDecoder();
/** How a body begins: `<`, or a map of CBOR. */
const XML = 0x3c;
const CBOR_MAP = 0xa0;

function longest(lists: ReadonlyMap<string, number> = new Map()): number {
  return [...lists.values()].reduce((most, one) => Math.max(most, one), 0);
}

/** How many things came back: the longest list of the answer. */
function recordsOf({ signing }: AwsRequest, { name }: Asked, body: Uint8Array): number {
  if (name === null || !LISTING.test(name) || body.length === 0) return 0;
  if (signing === 's3')
    return name.startsWith('List')
      ? (DECODER.decode(body).match(/<(?:Contents|Bucket|Version)>/g)?.length ?? 0)
      : 0;
  const start = body[0]!;
  if (start === XML) return 0;
  return start >= CBOR_MAP ? longest(readCbor(body)?.lists) : listedIn(body);
}

function wordsOf(
  request: AwsRequest,
  asked: Asked,
  principal: Principal,
  code: string | null,
): Said['words'] {
  const { credential, host, place } = request;
  const region = credential?.region ?? host?.region;
  return {
    key: [credential?.presigned ? `${principal.key} presigned` : principal.key],
    ...(asked.name === null ? {} : { operation: [asked.name] }),
    ...(region ? { region: [region] } : {}),
    // Signed for AWS, sent elsewhere: a compatible store, a proxy, an emulator.
    ...(host ? {} : { endpoint: [place.authority] }),
    ...(code === null ? {} : { error: [code] }),
  };
}

/** Keys that nothing in this tree was seen to obtain: they were configured, or handed over before the window. */
function keyRow(world: World, { credential }: AwsRequest, { id, key }: Principal, at: number): void {
  if (id === null || !/^aws:(?:api-)?key:/.test(id)) return;
  const source = credential && credential.kind !== 'static' ? `${key} of unknown origin` : key;
  sayShown(world, { source, principal: id, context: 'aws' }, at);
}

/** What the request alone tells, read when it came: as whom is decided by what was known then. */
type Told = { what: Asked; principal: Principal; uses: readonly AwsUse[] };

function tell(world: World, request: AwsRequest): Told {
  const what = asked(request);
  const principal = awsPrincipal(world, request);
  return { what, principal, uses: awsUses(request, what, scopeOf(request, principal)) };
}

function sayUses(world: World, request: AwsRequest, { what, principal, uses }: Told, seen: Whole): void {
  const { error, denied, code } = awsOutcome(seen.response, seen.answer);
  const epoch = principal.id === null || denied ? undefined : identityEpoch(world, 'aws', principal.id);
  const records = error ? 0 : recordsOf(request, what, seen.answer);
  const words = wordsOf(request, what, principal, code);
  for (const [i, { action, resource }] of uses.entries()) {
    // An operation that uses several permissions moved its bytes, and returned its records, once.
    const once =
      i === 0 ? { ...(records > 0 ? { records } : {}), ...(epoch ? { epoch } : {}) } : { bytes: 0 };
    world.say({
      kind: 'cloud-action',
      subject: `aws:${action}`,
      context: resource,
      principal: principal.id,
      ...outcome(seen.status, seen.ending),
      error,
      denied,
      sums: readingSums(seen.ending),
      ...(words ? { words } : {}),
      ...once,
    });
  }
}

export function awsReader(world: World, request: AwsRequest): ExchangeReader {
  let told: Told | null = null;
  const reader = whole((seen) => {
    told ??= tell(world, request);
    sayUses(world, request, told, seen);
    keyRow(world, request, told.principal, seen.ending.at);
  });
  return {
    ...reader,
    item(side, item, at) {
      if (side === 'request' && item.t === 'body') told = tell(world, { ...request, body: item.bytes });
      else reader.item(side, item, at);
    },
  };
}
