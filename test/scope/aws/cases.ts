/**
 * Cases of fixtures/aws/evaluation: the policies that a rule of the documentation is about, as an estate and a question.
 * Those in `pages/` are the published examples themselves, one file a page (or a guide), with what the page says of them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { AwsEstate, AwsLevel, AwsPolicy } from '../../../src/model/aws.ts';
import type { PodIdentityTags, WebIdentity } from '../../../src/scope/aws/index.ts';
import type { CloudRequest } from '../../../src/scope/cloud.ts';
import { parsePolicy } from '../../../src/sources/aws/policy-document.ts';
import { ACCOUNT, covered, emptyEstate, OTHER, roleOf, userOf } from './estate.ts';

const DIRECTORY = fileURLToPath(new URL('../../../fixtures/aws/evaluation/', import.meta.url));

/** Nested lists are several policies, of which each may be used by more cases than one. */
type Statements = object | object[];
export type Case = {
  name: string;
  /** Page, where the file has many: beside `source`, or with its whole address. */
  page?: string;
  /** ARN, or its part behind the account; a role where it is absent. */
  principal?: string;
  tags?: Record<string, string>;
  identity?: Statements;
  boundary?: Statements;
  session?: Statements;
  /** Brought by the session. */
  sessionTags?: Record<string, string>;
  /** Asked instead of a principal: a projected token, or a pod with the tags that EKS sends for it. */
  token?: WebIdentity;
  pod?: PodIdentityTags;
  /** One entry per level: its policies' statements. */
  scps?: Statements[];
  rcps?: Statements[];
  /** Account → `o-…/r-…/ou-…` without policies; nothing where it is in no organization. */
  paths?: Record<string, string>;
  /** Statements of the policy of the resource; of a role: its trust policy. */
  resource?: Statements;
  /** The same of several, by ARN. */
  resources?: Record<string, Statements>;
  /** Of the resource; the principal's own account where it is absent. */
  owner?: string;
  /** Of a role or user that is the resource. */
  resourceTags?: Record<string, string>;
  version?: string;
  /** What was not read. */
  unread?: ('organization' | 'organization-not-given' | 'resource' | 'identity' | 'boundary')[];
  management?: boolean;
  ask: string;
  on?: string;
  context?: Record<string, string | string[]>;
  expect: 'allow' | 'deny' | 'conditional' | 'cannot-tell';
  conditions?: string[];
  reason?: string;
};
export type CaseFile = { file: string; source: string; cases: Case[] };

export function caseFiles(): CaseFile[] {
  return readdirSync(DIRECTORY, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => ({ file, ...(parse(readFileSync(DIRECTORY + file, 'utf8')) as Omit<CaseFile, 'file'>) }));
}

export function principalOf({ principal = 'role/app' }: Case): string {
  return /^(arn:|\*)|\.amazonaws\.com$/.test(principal) ? principal : `arn:aws:iam::${ACCOUNT}:${principal}`;
}

export function requestOf(one: Case): CloudRequest {
  const context = Object.fromEntries(
    Object.entries(one.context ?? {}).map(([k, v]) => [k.toLowerCase(), [v].flat()]),
  );
  return { principal: principalOf(one), action: one.ask, resource: one.on ?? null, context };
}

function policy(one: Case, statements: Statements, id: string): AwsPolicy {
  const list = [statements].flat(Number.POSITIVE_INFINITY);
  return parsePolicy({ Version: one.version ?? '2012-10-17', Statement: list }, id, id);
}

function accountOf(one: Case): string {
  return principalOf(one).split(':')[4] || ACCOUNT;
}

export function sessionOf(one: Case) {
  if (!one.session && !one.sessionTags) return null;
  return { policy: one.session ? policy(one, one.session, 'session') : null, tags: one.sessionTags ?? {} };
}

export function estateOf(one: Case): AwsEstate {
  const estate = emptyEstate();
  const unread = new Set(one.unread);
  const coverage = [
    ...(unread.has('organization-not-given')
      ? []
      : [covered('aws-organizations', unread.has('organization') ? 'denied' : 'read')]),
    covered('aws-resource-policies', unread.has('resource') ? 'denied' : 'read'),
  ];
  const policies = one.boundary && !unread.has('boundary') ? [policy(one, one.boundary, 'arn:boundary')] : [];
  const accounts = [...new Set([ACCOUNT, accountOf(one)])].map((id) => ({ id, alias: null, origin: 'test' }));
  return {
    ...estate,
    accounts,
    ...holders(one),
    ...resources(one),
    oidcProviders: providers(one),
    policies,
    coverage,
    organization: organization(one),
  };
}

function holders(one: Case): Pick<AwsEstate, 'roles' | 'users'> {
  const arn = principalOf(one);
  const own = one.identity ? [policy(one, one.identity, 'inline p')] : [];
  const attached = one.unread?.includes('identity') ? ['arn:aws:iam::aws:policy/Unread'] : [];
  const more = { attached, tags: one.tags ?? {}, boundary: one.boundary ? 'arn:boundary' : null };
  const others = subjects(one);
  if (arn.includes(':user/'))
    return { ...others, users: [{ ...userOf(arn, own), ...more }, ...others.users] };
  const session = /^arn:aws:sts::(\d+):assumed-role\/([^/]+)/.exec(arn);
  const role = session ? `arn:aws:iam::${session[1]}:role/${session[2]}` : arn;
  const roles = role.includes(':role/') ? [{ ...roleOf(role, own), ...more }] : [];
  return { ...others, roles: [...roles, ...others.roles] };
}

/** The role or user that is asked about. */
function subjects({ on = '', resource, resourceTags: tags = {} }: Case): Pick<AwsEstate, 'roles' | 'users'> {
  const trust = { Version: '2012-10-17', Statement: [resource ?? []].flat(Number.POSITIVE_INFINITY) };
  const known = resource !== undefined || Object.keys(tags).length > 0;
  return {
    roles: known && on.includes(':role/') ? [{ ...roleOf(on, [], trust), tags }] : [],
    users: known && on.includes(':user/') ? [{ ...userOf(on, []), tags }] : [],
  };
}

/** That of the token, in the account of the role, for the audience of STS. */
function providers({ token, on = '' }: Case): AwsEstate['oidcProviders'] {
  if (!token) return [];
  const account = on.split(':')[4]!;
  const arn = `arn:aws:iam::${account}:oidc-provider/${token.issuer}`;
  return [{ arn, account, url: token.issuer, clientIds: ['sts.amazonaws.com'] }];
}

function resources(one: Case): Pick<AwsEstate, 'resourcePolicies'> {
  const { on = '', resource, resources: several = {} } = one;
  const account = one.owner ?? accountOf(one);
  const bucket = on.startsWith('arn:aws:s3:::') ? on.split('/')[0]! : on;
  const own = resource && on !== '' && !on.includes(':role/') ? { [bucket]: resource } : {};
  const given = Object.entries({ ...own, ...several });
  return {
    resourcePolicies: given.map(([arn, statements]) => ({
      resource: arn,
      account,
      policy: policy(one, statements, 'resource'),
    })),
  };
}

function levelsIn([account, path]: [string, string]): [string, AwsLevel[]] {
  const above = path.split('/').slice(1);
  const ids = above.length === 0 ? [] : [...above, account];
  return [account, ids.map((id) => ({ id, serviceControl: [], resourceControl: [] }))];
}

function organization(one: Case): AwsEstate['organization'] {
  if (!one.scps && !one.rcps && !one.paths) return null;
  const told = Object.entries(one.paths ?? {});
  const named = (kind: string, levels: Statements[] = []) =>
    levels.map((level, i) => policy(one, level, `${kind}-${i}`));
  const service = named('scp', one.scps);
  const resource = named('rcp', one.rcps);
  const path: AwsLevel[] = Array.from({ length: Math.max(service.length, resource.length) }, (_, i) => ({
    id: `level-${i}`,
    serviceControl: service[i] ? [service[i].id] : [],
    resourceControl: resource[i] ? [resource[i].id] : [],
  }));
  const managementAccount = one.management ? ACCOUNT : '999999999999';
  return {
    id: told.map(([, entity]) => entity.split('/')[0]).find(Boolean) ?? 'o-1',
    managementAccount,
    paths: { [ACCOUNT]: path, [OTHER]: path, ...Object.fromEntries(told.map(levelsIn)) },
    policies: [...service, ...resource],
  };
}
