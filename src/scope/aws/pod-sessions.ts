/**
 * Sessions that EKS Pod Identity makes: their tags, which are transitive and so go on along every chain of roles, and the
 * policy that limits the identity that the pod ends up as: the target role where there is one, else the role itself. To
 * a role that is assumed from there the policy does not go on.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining,
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html,
 * https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html
 */
import type { AwsEstate, AwsPodIdentity, AwsTags } from '../../model/aws.ts';
import { type Session, sendsTags } from './layers.ts';
import { namedTags } from './named-tags.ts';

export type PodSessions = {
  /** By ARN of the association, or by the name of what goes on of it. */
  get(name: string): Session | undefined;
  /** Name of the session that a role has which is assumed by that one; null: none in particular. */
  after(name: string): string | null;
};

/** What goes on of several sessions is one and the same, unless policies tell their tags apart: chains may be long. */
export function podSessions(estate: AwsEstate): PodSessions {
  const { podIdentities } = estate;
  const sessions = new Map(podIdentities.map((one) => [one.arn, podSession(one)]));
  const next = new Map<string, string>();
  const named = podIdentities.length === 0 ? new Set<string>() : namedTags(estate);
  for (const one of podIdentities) {
    const tagged = taggedSession(one);
    if (!sendsTags(tagged)) continue;
    const name = nameOf(tagged, named);
    if (!sessions.has(name)) sessions.set(name, tagged);
    next.set(one.arn, name).set(name, name);
  }
  return { get: (name) => sessions.get(name), after: (name) => next.get(name) ?? null };
}

function nameOf({ tags }: Session, named: ReadonlySet<string>): string {
  const told = Object.entries(tags).filter(([name]) => named.has(name.toLowerCase()));
  const values = told.map(([name, value]) => `${name}=${value}`);
  return ['tags of EKS Pod Identity', ...values].join(' ');
}

function podSession(association: AwsPodIdentity): Session {
  return { ...taggedSession(association), policy: association.sessionPolicy };
}

/** With the tags alone: what the pod is on its way to the target role. */
export function taggedSession(association: AwsPodIdentity): Session {
  if (association.disableSessionTags) return { policy: null, tags: {} };
  const tags = podFacts(association);
  return { policy: null, tags, open: ALL.filter((name) => !Object.hasOwn(tags, name)) };
}

const ALL = [
  'eks-cluster-arn',
  'eks-cluster-name',
  'kubernetes-namespace',
  'kubernetes-service-account',
  'kubernetes-pod-name',
  'kubernetes-pod-uid',
];

/** By name of the tag that says it, whether or not tags are sent; names of pods are made as they start. */
export function podFacts({ cluster, clusterArn, namespace, serviceAccount }: AwsPodIdentity): AwsTags {
  return {
    'kubernetes-namespace': namespace,
    'kubernetes-service-account': serviceAccount,
    'eks-cluster-name': cluster,
    ...(clusterArn === undefined ? {} : { 'eks-cluster-arn': clusterArn }),
  };
}
