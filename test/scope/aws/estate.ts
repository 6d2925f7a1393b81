/** Estates from the few policies that a case is about; whatever is not named was read, and there is none of it. */
import type { AwsEstate, AwsPolicy, AwsRole, AwsUser } from '../../../src/model/aws.ts';
import type { ResourceName } from '../../../src/model/kubernetes.ts';
import { parsePolicy } from '../../../src/sources/aws/policy-document.ts';

export const ACCOUNT = '111122223333';
export const OTHER = '444455556666';

export function emptyEstate(): AwsEstate {
  return {
    accounts: [{ id: ACCOUNT, alias: null, origin: 'test' }],
    roles: [],
    users: [],
    groups: [],
    policies: [],
    oidcProviders: [],
    clusters: [],
    podIdentities: [],
    nodegroups: [],
    instances: [],
    instanceProfiles: [],
    resourcePolicies: [],
    organization: null,
    lastAccessed: [],
    readAt: null,
    coverage: [covered('aws-organizations'), covered('aws-resource-policies')],
    warnings: [],
  };
}

export function covered(resource: ResourceName, status: 'read' | 'denied' = 'read') {
  return { source: 'test', resource, namespaces: null, status, objects: 0, reason: null };
}

export function inline(document: unknown, name = 'p'): AwsPolicy {
  return parsePolicy(document, `inline ${name}`, name);
}

/** Trusts nobody, unless a document says so. */
export function roleOf(arn: string, policies: readonly AwsPolicy[], trust?: unknown): AwsRole {
  const [, , , , account = '', path = ''] = arn.split(':');
  return {
    arn,
    name: path.split('/').at(-1)!,
    path: `/${path.split('/').slice(1, -1).join('/')}/`.replace('//', '/'),
    account,
    inline: policies,
    attached: [],
    trust: parsePolicy(trust ?? { Version: '2012-10-17', Statement: [] }, 'trust', `trust of ${arn}`),
    boundary: null,
    tags: {},
    instanceProfiles: [],
    created: null,
  };
}

export function userOf(arn: string, policies: readonly AwsPolicy[]): AwsUser {
  const { name, account } = roleOf(arn, policies);
  return { arn, name, account, inline: policies, attached: [], groups: [], boundary: null, tags: {} };
}

export function allow(actions: string | string[], resource: string | string[] = '*', more: object = {}) {
  return document({ Effect: 'Allow', Action: actions, Resource: resource, ...more });
}

export function document(...statements: object[]) {
  return { Version: '2012-10-17', Statement: statements };
}

export function trusting(principal: object | string, more: object = {}) {
  return document({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: principal, ...more });
}
