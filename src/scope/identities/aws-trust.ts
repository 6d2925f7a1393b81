/** Trust of AWS roles, as credential sources ask for it; without an estate nothing is known of any. */
import type { AwsScope } from '../aws/index.ts';
import type { AwsTrust } from './aws.ts';

export function awsTrust(scope: AwsScope | null): AwsTrust {
  if (!scope) return { webIdentity: unread, podIdentity: unread };
  return {
    webIdentity(role, { issuer, subject, audience }) {
      if (issuer !== null) return scope.webIdentity(role, { issuer, subject, audience });
      const reason = 'the issuer of its tokens is not known: no EKS cluster was read that this one must be';
      return { verdict: 'cannot-tell', reason, path: [], conditions: [] };
    },
    podIdentity(association, cluster) {
      const { role, targetRole, namespace, serviceAccount } = association;
      const answer = scope.podIdentity(role, association, {
        'kubernetes-namespace': namespace,
        'kubernetes-service-account': serviceAccount,
        'eks-cluster-name': association.cluster,
        ...(cluster ? { 'eks-cluster-arn': cluster.arn } : {}),
      });
      if (targetRole === null || answer.verdict === 'deny') return answer;
      const onward = scope.decide({
        principal: role,
        action: 'sts:AssumeRole',
        resource: targetRole,
        context: association.externalId === null ? {} : { 'sts:externalid': [association.externalId] },
      });
      const conditions = [...answer.conditions, ...onward.conditions];
      const worst = onward.verdict === 'allow' ? answer : onward;
      return { ...worst, path: [...answer.path, ...onward.path], conditions };
    },
  };
}

function unread() {
  return { verdict: 'cannot-tell' as const, reason: 'AWS was not read', path: [], conditions: [] };
}
