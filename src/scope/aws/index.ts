/**
 * The AWS side of effective scope: who may do what, becomes whom, and by which policy. Pure; everything is compiled at
 * first use, and kept as long as the scope is.
 *
 * What was not read is said: SCPs and RCPs that were refused, a boundary, a policy of a resource that was asked for in
 * vain make an allow conditional on them; where the grant itself would come from what was not read, the answer is
 * cannot-tell. Where nothing of an organization was given, or no policies of resources at all, an account's own resources
 * are judged without them, and the reason says so. A resource whose ARN tells no account (buckets) is taken for the
 * caller's own, unless its policy was given with one.
 */
import type { AwsEstate, AwsRole } from '../../model/aws.ts';
import type { Capability, IdentityEdge } from '../../model/configured.ts';
import type { Answer } from '../../model/query.ts';
import type { CloudRequest, CloudScope } from '../cloud.ts';
import { invocationOf, invoke } from './agent-runtimes.ts';
import { capabilities } from './capabilities.ts';
import { ask, assumeEdges, type EdgeWorld } from './edges-assume.ts';
import { passEdges } from './edges-pass.ts';
import { takeoverEdges } from './edges-takeover.ts';
import { type EstateIndex, indexEstate } from './estate-index.ts';
import { decideFederated, federatedAccount } from './federated-users.ts';
import { changes } from './gains.ts';
import { type Own, ownLayers, type Session } from './layers.ts';
import { controlsOf } from './organization.ts';
import { podSessions } from './pod-sessions.ts';
import { arnOf, findPrincipal } from './principals.ts';
import { type Reach, reachGraph } from './reachable.ts';
import { indexGrants, resourceGrants } from './resource-grants.ts';
import {
  type PodIdentityTags,
  type TrustAnswer,
  trustsPodIdentity,
  trustsWebIdentity,
  type WebIdentity,
} from './trust.ts';
import { indexTrust } from './trust-index.ts';
import { trustingRoles } from './trusting.ts';

export type { Session } from './layers.ts';
export type { Reach } from './reachable.ts';
export { type PodIdentityTags, type TrustAnswer, trustsPodIdentity, trustsWebIdentity, type WebIdentity };

/** Principals are given as ARNs, with or without `aws:` before them; `*` is whoever has no credentials. */
export type AwsScope = CloudScope & {
  /** The same for a session that was made with these tags and this policy, and no others. */
  capabilitiesUnder(principal: string, session: Session): readonly Capability[];
  decideUnder(request: CloudRequest, session: Session): Answer;
  /** Every identity that it becomes in any number of steps. */
  reachable(principal: string): Reach;
  role(arn: string): AwsRole | null;
  /** Roles of any account that may let in tokens of that issuer and subject: `webIdentity` tells. */
  trusting(issuer: string, subject: string): readonly AwsRole[];
  /** Trust policy, RCPs and the OIDC provider of the role's account together. */
  webIdentity(role: string, token: WebIdentity): TrustAnswer;
  podIdentity(role: string, association: { disableSessionTags: boolean }, tags: PodIdentityTags): TrustAnswer;
};

export function createAwsScope(estate: AwsEstate): AwsScope {
  const index = indexEstate(estate);
  const world: EdgeWorld = { index, controls: controlsOf(index), trust: indexTrust(index) };
  const grants = indexGrants(index);
  const sessions = podSessions(estate);
  const trusting = trustingRoles(world.trust);
  const changed = changes(world);
  const own = remember((principal) => {
    const found = findPrincipal(index, principal);
    return found && ownLayers(world, found, null);
  });
  const under = (principal: string, session: Session) => {
    const found = findPrincipal(index, principal);
    return found && ownLayers(world, found, session);
  };
  const listed = (one: Own | null) =>
    one ? capabilities(world, one, resourceGrants(grants, one.principal)) : [];
  /** By a session that is not of this estate: as without one. */
  const by = (principal: string, session: string | undefined) => {
    if (session === undefined) return own(principal);
    const made = sessions.get(session);
    return made ? under(principal, made) : (changed.get(arnOf(principal), session)?.own ?? own(principal));
  };
  const listEdges = (principal: string) => edges(world, own(principal));
  const graph = reachGraph(listEdges);
  const edgesOf = (principal: string, session?: string): readonly IdentityEdge[] => {
    const gained = session === undefined ? null : changed.get(arnOf(principal), session);
    if (gained) return edges(world, gained.own).filter(({ to }) => !gained.known.has(to));
    if (session !== undefined && sessions.get(session)) {
      const into = sessions.after(session);
      const made = by(principal, session);
      const found = edges(world, made).map((edge) =>
        into !== null && GOES_ON.has(edge.by) ? { ...edge, into } : edge,
      );
      return [...found, ...changed.from(made, found, session)];
    }
    const found = listEdges(principal);
    graph.remember(`aws:${arnOf(principal)}`, found);
    return [...found, ...changed.from(own(principal), found)];
  };
  return {
    cloud: 'aws',
    knows: (principal) => own(principal) !== null,
    capabilitiesOf: (principal, session) => listed(by(principal, session)),
    capabilitiesUnder: (principal, session) => listed(under(principal, session)),
    edgesOf,
    decide: (request) => decide(world, by(request.principal, request.session), request),
    decideUnder: (request, session) => decide(world, under(request.principal, session), request),
    reachable: (principal) => graph.from(`aws:${arnOf(principal)}`),
    role: (arn) => index.roles.get(arnOf(arn)) ?? null,
    trusting: (issuer, subject) => trusting(() => providersOf(index, issuer), issuer, subject),
    webIdentity: (role, token) => webIdentity(world, role, token),
    podIdentity: (role, association, tags) => {
      const found = index.roles.get(arnOf(role));
      if (!found) return unknownRole(index, role);
      return trustsPodIdentity(found, association, tags, over(world, found));
    },
  };
}

/** Ways by which a role is assumed by the session itself, and has its tags; compute has sessions of its own. */
const GOES_ON: ReadonlySet<string> = new Set(['sts:AssumeRole', 'iam:UpdateAssumeRolePolicy']);

function remember(find: (principal: string) => Own | null): (principal: string) => Own | null {
  const known = new Map<string, Own | null>();
  return (principal) => {
    const arn = arnOf(principal);
    const found = known.get(arn);
    if (found !== undefined) return found;
    const made = find(arn);
    if (made) known.set(arn, made);
    return made;
  };
}

/** One edge to each, the plainest. What is reached for certain is not asked for by other means. */
function edges(world: EdgeWorld, own: Own | null): IdentityEdge[] {
  if (own === null || own.principal.caller.account === null) return [];
  const found = new Map<string, IdentityEdge>();
  const done = new Set<string>();
  const isDone = (arn: string) => done.has(arn);
  for (const make of [assumeEdges, passEdges, takeoverEdges])
    for (const edge of make(world, own, isDone)) {
      if (!found.has(edge.to) || edge.effect === 'allow') found.set(edge.to, edge);
      if (edge.effect === 'allow') done.add(arnOf(edge.to));
    }
  found.delete(own.principal.id);
  return [...found.values()];
}

function decide(world: EdgeWorld, own: Own | null, request: CloudRequest): Answer {
  const { principal, action, resource, context } = request;
  const given: Record<string, readonly string[]> = Object.create(null);
  for (const [key, values] of Object.entries(context)) given[key.toLowerCase()] = values;
  const asked = action.toLowerCase();
  const arn = arnOf(principal);
  const account = federatedAccount(world, arn);
  if (account !== null) return decideFederated(world, { arn, account }, { action: asked, resource, given });
  if (own === null) return cannotTell(missing(world.index, arn));
  const on = (one: string | null) => ask(world, own, asked, one, given);
  const invocation = invocationOf(asked, resource);
  return invocation ? invoke(on, invocation, world.index.resourcePolicies.keys()) : on(resource);
}

/** A name that nothing was found under is mistyped as often as it is without permissions. */
function missing({ estate }: EstateIndex, arn: string): string {
  const [, account] = /^arn:[a-z-]+:(?:iam|sts)::(\d{12}):(?:role|user|assumed-role)\//.exec(arn) ?? [];
  const unread = `${arn} is not among the principals that were read`;
  if (account === undefined) return unread;
  const row = estate.coverage.find(({ source }) => source === `aws:${account}:authorization-details`);
  if (row?.status !== 'read') return `${unread}: ${row?.reason ?? `account ${account} was not read`}`;
  return `there is no ${arn}: the users and roles of account ${account} were read, and it is none of them`;
}

function cannotTell(reason: string): Answer {
  return { verdict: 'cannot-tell', reason, path: [], conditions: [] };
}

function over(world: EdgeWorld, { account }: AwsRole) {
  return { controls: world.controls(account), account };
}

function unknownRole({ accounts }: EstateIndex, role: string): TrustAnswer {
  const account = arnOf(role).split(':', 5)[4] ?? '';
  if (!accounts.has(account)) return { ...cannotTell(`${arnOf(role)} was not read`), wide: false };
  return { verdict: 'deny', reason: `there is no ${arnOf(role)}`, path: [], conditions: [], wide: false };
}

/** Without the provider in the role's account, or for an audience that it does not take, no token is accepted. */
function webIdentity(world: EdgeWorld, role: string, token: WebIdentity): TrustAnswer {
  const found = world.index.roles.get(arnOf(role));
  if (!found) return unknownRole(world.index, role);
  const answer = trustsWebIdentity(found, token, over(world, found));
  if (answer.verdict === 'deny') return answer;
  const providers = world.index.estate.oidcProviders.filter((one) => one.account === found.account);
  const provider = providers.find((one) => one.url === token.issuer);
  const missing = `account ${found.account} has no OIDC provider for ${token.issuer}`;
  if (!provider) return providers.length > 0 ? refusal(missing) : unlisted(world, found, token, answer);
  const audiences = `the OIDC provider ${provider.arn} does not take the audience ${token.audience}`;
  return provider.clientIds.includes(token.audience) ? answer : refusal(audiences);
}

/** As the roles' trust names them, whether or not any was listed. */
function providersOf({ estate }: EstateIndex, issuer: string): string[] {
  const partitions = new Set(estate.roles.map(({ arn }) => arn.split(':', 2)[1]!));
  return estate.accounts.flatMap(({ id }) =>
    [...partitions].map((one) => `arn:${one}:iam::${id}:oidc-provider/${issuer}`),
  );
}

function refusal(reason: string): TrustAnswer {
  return { verdict: 'deny', reason, path: [], conditions: [], wide: false };
}

/** No provider at all was listed: they were refused, or nobody asked for them. */
function unlisted(
  { index }: EdgeWorld,
  { account }: AwsRole,
  { issuer }: WebIdentity,
  answer: TrustAnswer,
): TrustAnswer {
  const status = index.coverage('aws-iam')?.status;
  const provider = `account ${account} has an OIDC provider for ${issuer}: none was read`;
  if (status === 'denied' || status === 'failed') return conditional(answer, provider);
  return { ...answer, reason: `${answer.reason}; no OIDC providers were given` };
}

function conditional(answer: TrustAnswer, condition: string): TrustAnswer {
  if (answer.verdict === 'cannot-tell') return answer;
  return { ...answer, verdict: 'conditional', conditions: [...answer.conditions, condition] };
}
