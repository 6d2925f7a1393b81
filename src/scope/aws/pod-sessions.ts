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

/** By ARN of the association; what goes on of a session, by the name that `chained` gives it. */
export function podSessions({ podIdentities }: AwsEstate): ReadonlyMap<string, Session> {
  return new Map(
    podIdentities.flatMap((one): [string, Session][] => {
      const tagged = taggedSession(one);
      const own: [string, Session] = [one.arn, podSession(one)];
      return sendsTags(tagged) ? [own, [chained(one.arn), tagged]] : [own];
    }),
  );
}

/** The session that a role has which is assumed by another session. */
export function chained(session: string): string {
  return session.endsWith(TAGS_OF) ? session : `${session}${TAGS_OF}`;
}

const TAGS_OF = '#tags';

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
