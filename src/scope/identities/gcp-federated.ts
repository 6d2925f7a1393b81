/**
 * Tokens of a cluster outside Google that lie in pods and that a workload identity pool exchanges: by a credentials file
 * that names its provider, or by whoever makes the exchange itself.
 * https://cloud.google.com/iam/docs/workload-identity-federation-with-kubernetes
 */
import type { AwsEstate } from '../../model/aws.ts';
import type { AzureEstate } from '../../model/azure.ts';
import type { CredentialCandidate } from '../../model/configured.ts';
import type { GcpEstate } from '../../model/gcp.ts';
import type { VolumeMount } from '../../model/kubernetes.ts';
import { externalPrincipals } from '../gcp/index.ts';
import { clusterOf } from './aws-cluster.ts';
import { accountHop, ownHop, type PodContext, variable } from './context.ts';

type Estates = { aws: AwsEstate | null; azure: AzureEstate | null; gcp: GcpEstate | null };

/** Each provider that takes a token which is mounted for its audience. */
export function exchangedTokens(context: PodContext, estates: Estates): CredentialCandidate[] {
  const { gcp } = estates;
  if (gcp === null || gcp.providers.length === 0) return [];
  const found = issuersOf(context, estates).flatMap((issuer) =>
    tokensOf(context).flatMap((mount) => exchanged(context, gcp, issuer, mount)),
  );
  return [...new Map(found.map((one) => [`${one.principal} ${one.reason}`, one])).values()];
}

/** Of the cluster that it is, where that is known. */
function issuersOf(context: PodContext, { aws, azure }: Estates): string[] {
  const eks = aws && clusterOf(context, aws)?.issuer;
  const aks = azure?.clusters.length === 1 && eks == null ? azure.clusters[0]!.issuer : null;
  return [...(eks ? [`https://${eks}`] : []), ...(aks ? [aks] : [])];
}

function tokensOf({ workload }: PodContext): (VolumeMount & { audience: string })[] {
  return workload.mounts.flatMap((one) =>
    one.source === 'service-account-token' && one.audience ? [{ ...one, audience: one.audience }] : [],
  );
}

function exchanged(
  context: PodContext,
  gcp: GcpEstate,
  issuer: string,
  { audience, field, mountPath }: VolumeMount & { audience: string },
): CredentialCandidate[] {
  const { namespace, serviceAccount } = context.workload;
  const subject = `system:serviceaccount:${namespace}:${serviceAccount}`;
  const file = variable(context, 'GOOGLE_APPLICATION_CREDENTIALS');
  const before = [
    ownHop(context, field, `mounts a token for audience ${audience} at ${mountPath}`),
    accountHop(context, 'metadata.name', 'is what it tells'),
  ];
  return externalPrincipals(gcp, { type: 'oidc', issuer, subject, audience }).map((one) => {
    const named = file ? [`${file.value ?? 'its credentials file'} names ${one.provider}`] : [];
    return {
      ...({ cloud: 'gcp', mechanism: 'federated-token', principal: one.principal } as const),
      status: file ? 'unknown' : 'trusted',
      reason: `${one.provider} takes its token${file ? '' : ', which nothing is set up to exchange'}`,
      path: [...before, ...one.path],
      conditions: [...named, ...one.conditions],
    };
  });
}
