/**
 * Roles that trust a ServiceAccount which nothing makes ask for them: no annotation, no association, no variable. Its
 * pods have them at once where a token for their audience lies there, or where they may make one; else whoever makes
 * its tokens or pods does.
 * https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
 */
import type { AwsCluster } from '../../model/aws.ts';
import type { CredentialCandidate } from '../../model/configured.ts';
import type { AwsTrust } from './aws.ts';
import { accountHop, type PodContext } from './context.ts';

/** `found`: what is configured; of roles among it nothing is said again. `injected`: audience of the webhook's token. */
export function trustedOnly(
  context: PodContext,
  cluster: AwsCluster | null,
  trust: AwsTrust,
  { found, injected }: { found: readonly CredentialCandidate[]; injected: string | null },
): CredentialCandidate[] {
  const { account, accountGap, workload } = context;
  if (!cluster?.issuer || (account === null && accountGap !== null)) return [];
  const configured = new Set(found.map(({ principal }) => principal));
  const name = `${workload.namespace}/${workload.serviceAccount}`;
  const subject = `system:serviceaccount:${workload.namespace}:${workload.serviceAccount}`;
  return trust.trusting(cluster.issuer, subject).flatMap(({ role, audience, answer }) => {
    if (configured.has(`aws:${role}`)) return [];
    const token = injected === audience || asksFor(context, audience) || context.mintsTokens;
    const path = [
      accountHop(context, 'metadata.name', 'is what its tokens tell'),
      ...answer.path.map((hop) => ({ ...hop, inherited: true })),
    ];
    return [
      {
        ...({
          cloud: 'aws',
          mechanism: 'web-identity',
          status: 'trusted',
          principal: `aws:${role}`,
        } as const),
        reason: `nothing asks for it, but it lets in tokens of ServiceAccount ${name} for audience ${audience}: ${whoHas(context, token)}`,
        ...{ path, conditions: answer.conditions },
        ...(token ? {} : { token: `a token of ServiceAccount ${name} for audience ${audience} is made` }),
      },
    ];
  });
}

function asksFor({ workload }: PodContext, audience: string): boolean {
  return workload.mounts.some((one) => one.source === 'service-account-token' && one.audience === audience);
}

function whoHas({ mintsTokens }: PodContext, token: boolean): string {
  if (token) return mintsTokens ? 'its pods may make one' : 'one lies in its pods';
  return 'who makes its tokens or pods, or changes it, acts as this role';
}
