/**
 * Whether a role lets Kubernetes in: by a projected token (IRSA), or by EKS Pod Identity. Only the role's trust policy is
 * asked, and the resource control policies over it, where they are given; neither needs a policy of the caller.
 */

import { parseArn } from '../../match/aws/arn.ts';
import type { Caller } from '../../match/aws/caller.ts';
import type { Lookup } from '../../match/aws/context.ts';
import { type Decision, evaluate, type Layers } from '../../match/aws/evaluate.ts';
import { type Given, lookupOf } from '../../match/aws/facts.ts';
import { compilePolicy, type Found } from '../../match/aws/policy.ts';
import type { Request } from '../../match/aws/statement.ts';
import { list, nameOf, needWords } from '../../match/aws/words.ts';
import type { AwsPodIdentity, AwsRole } from '../../model/aws.ts';
import type { Answer } from '../../model/query.ts';
import { hop } from './attachments.ts';
import type { Controls } from './organization.ts';

/** Claims of a token: `issuer` without `https://`. */
export type WebIdentity = { issuer: string; subject: string; audience: string };
/** `wide`: it lets in more than the one that asks, as far as anybody can read from it. */
export type TrustAnswer = Answer & { wide: boolean };
/** Policies over the account of the role; null: not asked. */
export type Over = { controls: Controls; account: string } | null;

export function trustsWebIdentity(role: AwsRole, token: WebIdentity, over: Over = null): TrustAnswer {
  const partition = role.arn.split(':', 2)[1];
  const provider = `arn:${partition}:iam::${role.account}:oidc-provider/${token.issuer}`;
  const issuer = token.issuer.toLowerCase();
  const given = { [`${issuer}:sub`]: [token.subject], [`${issuer}:aud`]: [token.audience] };
  const caller: Caller = { type: 'federated', id: provider, account: null, role: null };
  const request = requestOf(role, caller, 'sts:assumerolewithwebidentity', given);
  const decision = evaluate(trustLayers(role, over), request);
  const wide = decision.by.some((found) => !pins(found, `${issuer}:sub`, token.subject));
  return answerOf(role, [{ decision, request }], wide, `trusts tokens of ${token.issuer}`);
}

/** Session tags of EKS by name, as far as they are known: `kubernetes-namespace`, `eks-cluster-arn` … */
export type PodIdentityTags = Readonly<Record<string, string>>;
const TAGS = [
  'eks-cluster-arn',
  'eks-cluster-name',
  'kubernetes-namespace',
  'kubernetes-service-account',
  'kubernetes-pod-name',
  'kubernetes-pod-uid',
];

/** Both `sts:AssumeRole` and `sts:TagSession` have to be allowed; the latter not where tags are switched off. */
export function trustsPodIdentity(
  role: AwsRole,
  association: Pick<AwsPodIdentity, 'disableSessionTags'>,
  tags: PodIdentityTags,
  over: Over = null,
): TrustAnswer {
  const cluster = Object.hasOwn(tags, 'eks-cluster-arn') ? [tags['eks-cluster-arn']!] : null;
  const account = cluster?.[0]?.split(':', 5)[4];
  const caller: Caller = { type: 'service', id: 'pods.eks.amazonaws.com', account: null, role: null };
  const given: Record<string, readonly string[]> = {
    ...(cluster ? { 'aws:sourcearn': cluster } : {}),
    ...(account ? { 'aws:sourceaccount': [account] } : {}),
  };
  const lookup = tagLookup(association.disableSessionTags ? null : tags);
  const actions = association.disableSessionTags ? ['sts:assumerole'] : ['sts:assumerole', 'sts:tagsession'];
  const decisions = actions.map((action) => {
    const request = requestOf(role, caller, action, given, lookup);
    return { decision: evaluate(trustLayers(role, over), request), request };
  });
  return answerOf(role, decisions, false, 'trusts pods.eks.amazonaws.com');
}

/** Tags that EKS sends and whose value is not known stay unknown; others are never sent. */
function tagLookup(tags: PodIdentityTags | null): Lookup {
  const sent = tags === null ? [] : TAGS;
  return (key) => {
    if (key === 'aws:tagkeys') return sent;
    const name = /^aws:requesttag\/(.+)$/.exec(key)?.[1];
    if (name === undefined) return null;
    if (tags !== null && Object.hasOwn(tags, name)) return [tags[name]!];
    return sent.includes(name) ? null : [];
  };
}

function requestOf(role: AwsRole, caller: Caller, action: string, given: Given, more?: Lookup): Request {
  const resource = parseArn(role.arn, false);
  const facts = {
    action,
    caller,
    name: null,
    tags: null,
    resource,
    resourceAccount: role.account,
    resourceTags: role.tags,
    membershipOf: () => ({ id: null, paths: null }),
  };
  const base = lookupOf(facts, given);
  const lookup: Lookup = more ? (key) => more(key) ?? base(key) : base;
  return { caller, bounded: false, action, resource, lookup };
}

function trustLayers(role: AwsRole, over: Over): Layers {
  const name = `the trust policy of ${role.arn}`;
  const { problem } = role.trust;
  const unread = problem === null ? null : `${name}, which is not understood (${problem})`;
  const policy = compilePolicy(role.trust);
  const gap = `the RCPs over account ${over?.account}, which were not read, do not deny it`;
  return {
    identity: null,
    boundary: null,
    session: null,
    serviceControl: [],
    resourceControl: over?.controls.resource ?? [],
    organizationGap: over?.controls.refused ? gap : null,
    resource: { name, policy, unread, required: true, delegates: false, foreign: false },
  };
}

/** Whether a statement names the one subject, by a condition without wildcards. */
function pins({ statement }: Found, key: string, subject: string): boolean {
  return statement.conditions.some(
    (one) =>
      one.key === key &&
      one.operator !== null &&
      !one.operator.negated &&
      !one.operator.ifExists &&
      one.operator.qualifier !== 'all' &&
      one.source.values.every((value) => value === subject || !/[*?]/.test(value)),
  );
}

type Asked = { decision: Decision; request: Request };
const ORDER: readonly Answer['verdict'][] = ['allow', 'conditional', 'cannot-tell', 'deny'];

/** All have to be allowed: the worst decides. */
function answerOf(role: AwsRole, asked: readonly Asked[], wide: boolean, what: string): TrustAnswer {
  const worst = asked.reduce((a, b) => (rank(b) > rank(a) ? b : a));
  const { verdict, denied } = worst.decision;
  const conditions = asked.flatMap(({ decision, request }) => needWords(decision.needs, request));
  const deciding = denied ? [denied] : asked.flatMap(({ decision }) => decision.by);
  return {
    verdict,
    reason: reasonOf(role, worst, conditions, what),
    path: [...new Set(deciding)].map((found) => trustHop(role, found, wide)),
    conditions: verdict === 'conditional' ? [...new Set(conditions)] : [],
    wide: wide && verdict !== 'deny',
  };
}

function rank({ decision }: Asked): number {
  return ORDER.indexOf(decision.verdict);
}

function reasonOf(
  role: AwsRole,
  { decision, request }: Asked,
  conditions: readonly string[],
  what: string,
): string {
  const { verdict, denied, why } = decision;
  if (denied) return `denied by ${nameOf(denied)} of ${role.arn}`;
  if (verdict === 'deny') return `${why} (${request.action})`;
  return verdict === 'allow' ? `${role.arn} ${what}` : `${role.arn} ${what} if ${list(conditions)}`;
}

function trustHop(role: AwsRole, { statement }: Found, wide: boolean) {
  const { source } = statement;
  const whom = list((source.principals ?? []).map(({ value }) => value));
  const why = wide ? `lets in ${whom}, and more than this one ServiceAccount` : `lets in ${whom}`;
  return hop(`Role ${role.arn}`, `AssumeRolePolicyDocument.${source.field}`, why, wide);
}
