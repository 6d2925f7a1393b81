/**
 * Credentials that AWS puts at link-local addresses: instance metadata, container credentials, EKS Pod Identity; and
 * those of IAM Identity Center and Cognito, which are handed out by their own APIs.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html,
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
import { jsonValue } from '../../wire/json.ts';
import type { ExchangeReader, RequestHead } from '../../wire/types.ts';
import { endpointSaid } from '../endpoint.ts';
import { field, text } from '../json-fields.ts';
import type { Place } from '../request-target.ts';
import type { World } from '../said.ts';
import { type Whole, whole } from '../whole.ts';
import { rolePrincipal } from './aws-sts.ts';
import { sayHop, WORKLOAD } from './hop.ts';
import { readClaims, subjectOf } from './jwt.ts';

const ROLE = /^\/[\w.-]{1,32}\/meta-data\/iam\/security-credentials\/([\w+=,.@-]{1,64})$/;
const ABOUT = /^\/[\w.-]{1,32}\/(?:meta-data\/iam\/info|dynamic\/instance-identity\/document)$/;

function keyIn(body: unknown): string | null {
  const key = text(field(body, 'AccessKeyId')) ?? text(field(body, 'roleCredentials', 'accessKeyId'));
  return key ?? text(field(body, 'Credentials', 'AccessKeyId'));
}

/** Of the instance, once something told. */
type Instance = { account: string | null };

function instance(world: World): Instance {
  return world.keep('aws-instance', () => ({ account: null }));
}

/** No hop, and yet a request: it is said as any other. */
function about(world: World, head: RequestHead, place: Place): ExchangeReader {
  return whole((seen) => {
    noteAccount(world, seen);
    world.say(endpointSaid(head, place, seen.status, seen.ending));
  });
}

function noteAccount(world: World, { answer }: Whole): void {
  const body = jsonValue(answer);
  const told = text(field(body, 'accountId')) ?? text(field(body, 'InstanceProfileArn'))?.split(':')[4];
  if (told && /^\d{12}$/.test(told)) instance(world).account = told;
}

function instanceRole(world: World, head: RequestHead, role: string): ExchangeReader {
  const version = head.headers.has('x-aws-ec2-metadata-token') ? 'imds-v2' : 'imds-v1';
  return whole((seen) => {
    const key = keyIn(jsonValue(seen.answer));
    const { account } = instance(world);
    const hop = {
      from: WORKLOAD,
      to: `aws:role:${role}`,
      mechanism: version,
      source: `${version} role/${role}`,
    } as const;
    sayHop(world, { ...hop, handedOut: [key], account }, seen);
  });
}

/** The agent's answer names the account only: the role belongs to the association of this ServiceAccount. */
function podIdentity(world: World, head: RequestHead): ExchangeReader {
  const claims = readClaims(head.headers.get('authorization') ?? '');
  const from = (claims && subjectOf(claims)) ?? WORKLOAD;
  return whole((seen) => {
    const body = jsonValue(seen.answer);
    const told = text(field(body, 'AccountId'));
    const account = told !== null && /^\d{12}$/.test(told) ? told : null;
    const whose = from.replace(/^system:serviceaccount:/, '');
    const to = `aws:pod-identity:${account ?? '*'}:${whose}`;
    const hop = {
      from,
      to,
      mechanism: 'eks-pod-identity',
      source: `pod-identity ${whose}`,
      account,
    } as const;
    sayHop(world, { ...hop, handedOut: [keyIn(body)] }, seen);
  });
}

function container(world: World): ExchangeReader {
  return whole((seen) => {
    const body = jsonValue(seen.answer);
    const { principal, account } = rolePrincipal(text(field(body, 'RoleArn')) ?? undefined);
    const source = `container-credentials ${principal.replace(/^aws:/, '')}`;
    const hop = {
      from: WORKLOAD,
      to: principal,
      mechanism: 'container-credentials',
      source,
      account,
    } as const;
    sayHop(world, { ...hop, handedOut: [keyIn(body)] }, seen);
  });
}

const SSO = /^(?:portal\.sso\.[a-z0-9-]+\.amazonaws\.com|[\w-]+\.awsapps\.com)$/;

/** GetRoleCredentials of IAM Identity Center: a person's session becomes a role. */
function singleSignOn(world: World, { query }: Place): ExchangeReader | null {
  const account = query.get('account_id') ?? '';
  const role = query.get('role_name') ?? '';
  if (!/^\d{12}$/.test(account) || !/^[\w+=,.@-]{1,64}$/.test(role)) return null;
  return whole((seen) => {
    const to = `aws:sso:${account}:${role}`;
    const hop = {
      from: WORKLOAD,
      to,
      mechanism: 'sso-role',
      source: `sso ${account}/${role}`,
      account,
    } as const;
    sayHop(world, { ...hop, handedOut: [keyIn(jsonValue(seen.answer))] }, seen);
  });
}

const IDENTITY = /^[a-z0-9-]{5,20}:[0-9a-f-]{36}$/;

function cognito(world: World): ExchangeReader {
  return whole((seen) => {
    const id = text(field(jsonValue(seen.request), 'IdentityId')) ?? '';
    const to = `aws:cognito:${IDENTITY.test(id) ? id : '*'}`;
    const hop = { from: WORKLOAD, to, mechanism: 'cognito-identity', source: 'cognito-identity' } as const;
    sayHop(world, { ...hop, handedOut: [keyIn(jsonValue(seen.answer))] }, seen);
  });
}

const POD_IDENTITY = new Set(['169.254.170.23', '[fd00:ec2::23]']);

/** Null: no place where AWS hands out credentials. */
export function readAwsMetadata(world: World, head: RequestHead, place: Place): ExchangeReader | null {
  const role = ROLE.exec(place.path)?.[1];
  if (role !== undefined) return instanceRole(world, head, role);
  if (ABOUT.test(place.path)) return about(world, head, place);
  if (POD_IDENTITY.has(place.host) && place.path === '/v1/credentials') return podIdentity(world, head);
  if (place.host === '169.254.170.2') return /credentials/.test(place.path) ? container(world) : null;
  if (SSO.test(place.host) && place.path === '/federation/credentials') return singleSignOn(world, place);
  const target = head.headers.get('x-amz-target') ?? '';
  return target.endsWith('.GetCredentialsForIdentity') ? cognito(world) : null;
}
