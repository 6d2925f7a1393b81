/** The policy of the resource that is asked for: what was given, what a role trusts, and what is not known of it. */
import { type ArnText, parseArn, partOf } from '../../match/aws/arn.ts';
import type { ResourceLayer } from '../../match/aws/evaluate.ts';
import { compilePolicy, serviceOf } from '../../match/aws/policy.ts';
import { hasResourcePolicies, isAssume, ownPolicyDecides } from '../../match/aws/services.ts';
import type { AwsPolicy } from '../../model/aws.ts';
import type { EstateIndex } from './estate-index.ts';

export type AskedResource = {
  layer: ResourceLayer;
  /** Null: not known, and then taken for the caller's own. */
  account: string | null;
  /** Whether a policy of the resource might exist and nobody was asked for one. */
  notGiven: boolean;
};

/** `account`: of the caller; null: of none. */
export function askedResource(
  index: EstateIndex,
  action: string,
  resource: ArnText | null,
  account: string | null,
): AskedResource {
  const required = ownPolicyDecides(action, resource);
  if (isAssume(action)) return trustOf(index, resource, account);
  const given = resource && policyOf(index, resource);
  const owner = (resource && partOf(resource, 4)) ?? given?.account ?? null;
  const foreign = owner !== null && owner !== 'aws' && !owner.includes('*') && owner !== account;
  const name = `the policy of ${resource === null || resource.text === '*' ? 'the resource' : resource.text}`;
  const gap = given ? problemOf(name, given.policy) : gapOf(index, action, name, foreign || required);
  const policy = given ? compilePolicy(given.policy) : null;
  const layer = { name, policy, unread: gap, required, delegates: required && !foreign, foreign };
  return { layer, account: owner, notGiven: !given && gap === null && isAskable(index, action) };
}

function isAskable(index: EstateIndex, action: string): boolean {
  return hasResourcePolicies(serviceOf(action)) && index.coverage('aws-resource-policies')?.status !== 'read';
}

/**
 * A policy that was asked for and not read may deny or grant, and is said. Where nobody asked for policies of resources
 * at all, a caller's own account is judged by the identity's policies alone (the answer says so): else no answer
 * without them would ever be plain. What only such a policy can grant is not known then.
 */
function gapOf(index: EstateIndex, action: string, name: string, decides: boolean): string | null {
  if (!hasResourcePolicies(serviceOf(action))) return null;
  const coverage = index.coverage('aws-resource-policies');
  if (coverage?.status === 'read') return null;
  if (coverage?.status === 'denied' || coverage?.status === 'failed') return `${name}, which was not read`;
  return decides ? `${name}, which was not given` : null;
}

function problemOf(name: string, { problem }: AwsPolicy): string | null {
  return problem === null ? null : `${name}, which is not understood (${problem})`;
}

/** Objects are under the policy of their bucket, versions under their function's, indexes under their table's. */
function policyOf({ resourcePolicies }: EstateIndex, { text }: ArnText) {
  const exact = resourcePolicies.get(text);
  if (exact) return exact;
  if (text.startsWith('arn:aws:lambda:')) return resourcePolicies.get(text.split(':').slice(0, 7).join(':'));
  if (/:dynamodb:/.test(text)) return resourcePolicies.get(text.split('/').slice(0, 2).join('/'));
  return /^arn:[a-z-]+:s3:::/.test(text) ? resourcePolicies.get(text.split('/', 1)[0]!) : undefined;
}

function trustOf(index: EstateIndex, resource: ArnText | null, caller: string | null): AskedResource {
  const role = resource && index.roles.get(resource.text);
  const account = resource && partOf(resource, 4);
  const name = `the trust policy of ${resource?.text ?? 'the role'}`;
  const unread = role ? problemOf(name, role.trust) : missingRole(index, resource, account, name);
  const policy = role ? compilePolicy(role.trust) : null;
  const foreign = account !== null && account !== caller;
  return {
    layer: { name, policy, unread, required: true, delegates: false, foreign },
    account,
    notGiven: false,
  };
}

/** A role that is not in an account that was read does not exist: nobody assumes it. */
function missingRole(
  index: EstateIndex,
  resource: ArnText | null,
  account: string | null,
  name: string,
): string | null {
  if (resource === null || resource.pattern || account === null) return `${name}, which is not told`;
  return index.accounts.has(account) ? null : `${name}, which was not read`;
}

export function askedArn(resource: string | null): ArnText | null {
  return resource === null ? null : parseArn(resource, true);
}
