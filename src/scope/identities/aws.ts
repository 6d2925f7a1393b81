/**
 * Where the AWS SDKs look for credentials in a pod, in their order: environment keys, web identity, container
 * credentials (EKS Pod Identity), instance metadata.
 * https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 *
 * EKS injects either of the middle two: where an association exists for the ServiceAccount, its webhook sets Pod Identity
 * and leaves the role annotation alone (aws/amazon-eks-pod-identity-webhook, pkg/handler/handler.go). Only a pod that
 * sets the variables of web identity itself has both, and then web identity is found first.
 */
import type { AwsCluster, AwsEstate, AwsPodIdentity } from '../../model/aws.ts';
import type { CredentialCandidate, Hop } from '../../model/configured.ts';
import type { Answer } from '../../model/query.ts';
import { clusterOf, isForeign, isOf } from './aws-cluster.ts';
import { nodeIdentities } from './aws-node.ts';
import { trustedOnly } from './aws-trusting.ts';
import { accountHop, annotation, ownHop, type PodContext, variable } from './context.ts';
import { type Found, ranked } from './rank.ts';

const ROLE = 'eks.amazonaws.com/role-arn';
const AUDIENCE = 'eks.amazonaws.com/audience';
const STS = 'sts.amazonaws.com';

export type AwsTrust = {
  /** May a token of this issuer, subject and audience assume the role? */
  webIdentity(role: string, token: { issuer: string | null; subject: string; audience: string }): Answer;
  /** May EKS hand out the role for this association, and is its target role to be had then? */
  podIdentity(association: AwsPodIdentity, cluster: AwsCluster | null): Answer;
  /** Roles that let in tokens of it, each for the audience that it takes. */
  trusting(issuer: string, subject: string): readonly Trusted[];
};
export type Trusted = { role: string; audience: string; answer: Answer };

export function awsCredentials(
  context: PodContext,
  estate: AwsEstate | null,
  trust: AwsTrust,
): CredentialCandidate[] {
  const cluster = estate && clusterOf(context, estate);
  const place = { cluster, associations: estate ? associationsOf(context, estate, cluster) : [] };
  const asked = webIdentity(context, place, trust);
  const found = ranked([
    ...staticKeys(context),
    ...asked,
    ...place.associations.map((one) => podIdentity(context, cluster, one, trust)),
    ...(estate ? nodeIdentities(context, estate, cluster) : []),
  ]);
  const injects = place.associations.length === 0 && annotation(context, ROLE) !== null;
  const injected = injects ? (annotation(context, AUDIENCE) ?? STS) : null;
  return [...found, ...trustedOnly(context, cluster, trust, { found, injected })];
}

function staticKeys(context: PodContext): Found[] {
  const key = variable(context, 'AWS_ACCESS_KEY_ID');
  if (!key) return [];
  const { container, from } = key;
  const where =
    from.from === 'secret' ? `Secret ${context.workload.namespace}/${from.object}` : 'the manifest';
  return [
    {
      cloud: 'aws',
      mechanism: 'static-keys',
      principal: null,
      state: 'works',
      reason: `container ${container.name} sets AWS_ACCESS_KEY_ID from ${where}, and every SDK takes that first`,
      path: [ownHop(context, `containers[${container.name}].env[AWS_ACCESS_KEY_ID]`, `keys from ${where}`)],
      conditions: [],
    },
  ];
}

/** Of several where the cluster is not known. */
type Place = { cluster: AwsCluster | null; associations: readonly AwsPodIdentity[] };

function associationsOf(
  context: PodContext,
  { podIdentities }: AwsEstate,
  cluster: AwsCluster | null,
): AwsPodIdentity[] {
  const { workload } = context;
  if (isForeign(context)) return [];
  return podIdentities.filter(
    (one) =>
      one.namespace === workload.namespace &&
      one.serviceAccount === workload.serviceAccount &&
      (cluster === null || isOf(one, cluster)),
  );
}

function webIdentity(context: PodContext, { cluster, associations }: Place, trust: AwsTrust): Found[] {
  const set = variable(context, 'AWS_ROLE_ARN');
  const annotated = annotation(context, ROLE);
  const role = set ? set.value : annotated;
  if (!set && !annotated) return accountUnread(context);
  const hops = set
    ? [ownHop(context, `containers[${set.container.name}].env[AWS_ROLE_ARN]`, `asks for ${role ?? 'a role'}`)]
    : [accountHop(context, `metadata.annotations["${ROLE}"]`, `asks for ${role}`)];
  const [association] = set ? [] : associations;
  if (association && cluster) return [displaced(role!, association, hops)];
  const base = { cloud: 'aws', mechanism: 'web-identity', path: hops, conditions: [] } as const;
  if (role === null)
    return [
      {
        ...base,
        principal: null,
        state: 'unknown',
        reason: 'AWS_ROLE_ARN is set from an object that is not read',
      },
    ];
  const { namespace, serviceAccount } = context.workload;
  const answer = trust.webIdentity(role, {
    issuer: cluster?.issuer ?? null,
    subject: `system:serviceaccount:${namespace}:${serviceAccount}`,
    audience: annotation(context, AUDIENCE) ?? STS,
  });
  const found = trusted({ ...base, principal: `aws:${role}` }, answer);
  return [association ? perhapsDisplaced(found, association) : found];
}

function perhapsDisplaced(found: Found, { cluster, arn }: AwsPodIdentity): Found {
  if (found.state === 'broken') return found;
  const condition = `this cluster is not EKS cluster ${cluster}, where ${arn} takes its place`;
  return { ...found, state: 'unknown', conditions: [...found.conditions, condition] };
}

/** Not a candidate of the pod any more: it works only for pods from before the association. */
function displaced(role: string, association: AwsPodIdentity, path: readonly Hop[]): Found {
  return {
    cloud: 'aws',
    mechanism: 'web-identity',
    principal: `aws:${role}`,
    state: 'unreachable',
    reason: `Pod Identity association ${association.arn} takes its place: EKS injects one of the two, and pods started before it keep the role`,
    path,
    conditions: [],
  };
}

function accountUnread(context: PodContext): Found[] {
  const { account, accountGap, workload } = context;
  if (account || accountGap === null) return [];
  const who = `ServiceAccount ${workload.namespace}/${workload.serviceAccount}`;
  return [
    {
      cloud: 'aws',
      mechanism: 'web-identity',
      principal: null,
      state: 'unknown',
      reason: `${who} may name a role in its annotations, and was not read: ${accountGap}`,
      path: [],
      conditions: [],
    },
  ];
}

function podIdentity(
  context: PodContext,
  cluster: AwsCluster | null,
  association: AwsPodIdentity,
  trust: AwsTrust,
): Found {
  const { arn, role, targetRole, namespace, serviceAccount } = association;
  const path = [
    accountHop(context, 'metadata.name', `EKS associates it in cluster ${association.cluster}`),
    awsHop(`EKS Pod Identity association ${arn}`, 'roleArn', `gives ${namespace}/${serviceAccount} ${role}`),
    ...(targetRole
      ? [awsHop(`EKS Pod Identity association ${arn}`, 'targetRoleArn', `goes on to ${targetRole}`)]
      : []),
  ];
  const answer = trust.podIdentity(association, cluster);
  const found = trusted(
    {
      ...{ cloud: 'aws', mechanism: 'pod-identity', principal: `aws:${targetRole ?? role}` },
      ...{ path, conditions: [], session: arn },
    },
    answer,
  );
  if (cluster || found.state !== 'works') return found;
  const conditions = [`this cluster is EKS cluster ${association.cluster}, which the export does not tell`];
  return { ...found, state: 'unknown', conditions, reason: `${found.reason}, if ${conditions[0]}` };
}

function trusted(base: Omit<Found, 'state' | 'reason'>, answer: Answer): Found {
  const { reason, verdict } = answer;
  if (verdict === 'deny') {
    const path = [...base.path, ...answer.path, ...refusal(base.principal, answer)];
    return { ...base, path, state: 'broken', reason };
  }
  const found = { ...base, ...waysOf(base, answer), reason };
  if (verdict === 'allow') return { ...found, state: 'works' };
  const conditions = answer.conditions.length > 0 ? answer.conditions : [reason];
  return { ...found, state: 'unknown', conditions };
}

/** A trust that lets in others' tokens as well is no less the role's own. */
function waysOf(
  { mechanism, path }: Pick<Found, 'mechanism' | 'path'>,
  answer: Answer,
): Pick<Found, 'path' | 'shared'> {
  const wide = mechanism === 'web-identity' ? answer.path.filter(({ inherited }) => inherited) : [];
  if (wide.length === 0) return { path: [...path, ...answer.path] };
  return { path: [...path, ...answer.path.map((hop) => ({ ...hop, inherited: false }))], shared: wide };
}

/** What nothing allows has no statement to point at: the trust policy as a whole is what has to change. */
function refusal(principal: string | null, { path, reason }: Answer): Hop[] {
  if (principal === null || path.length > 0) return [];
  const object = `Role ${principal.replace(/^aws:/, '')}`;
  return [{ object, ref: null, field: 'AssumeRolePolicyDocument', why: reason, inherited: true }];
}

function awsHop(object: string, field: string, why: string): Hop {
  return { object, ref: null, field, why, inherited: false };
}
