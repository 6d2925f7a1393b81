/** Everything that workloads reach in the clouds: identities, edge by edge, and what each of them may do there. */
import type { Capability, ConfiguredWorkload, IdentityEdge } from '../model/configured.ts';
import type { CloudScope } from './cloud.ts';
import { cloudOfPrincipal } from './principal-id.ts';

export type Reach = { edges: readonly IdentityEdge[]; capabilities: readonly Capability[] };

/** Chains are followed this far in all: an estate in which everybody may become everybody must end, and say so. */
const MAX_PRINCIPALS = 20_000;

/**
 * Shadowed credentials count too: once they are seen in use, what they give must be known. `federated`: what a principal
 * becomes in other clouds.
 */
export function reachOf(
  workloads: readonly ConfiguredWorkload[],
  scopes: readonly CloudScope[],
  federated: (principal: string) => readonly IdentityEdge[],
): Reach & { truncated: boolean } {
  const edges: IdentityEdge[] = [];
  const capabilities: Capability[] = [];
  const seen = new Set<string>();
  const starts = workloads.flatMap(({ principal, credentials = [] }) => [
    principal,
    ...credentials.flatMap((one) => (one.principal === null ? [] : [one.principal])),
  ]);
  const queue = [...new Set(starts)];
  for (const principal of queue) {
    if (seen.has(principal)) continue;
    if (seen.size >= MAX_PRINCIPALS) return { edges, capabilities, truncated: true };
    seen.add(principal);
    const own = scopes.filter(({ cloud }) => cloud === cloudOfPrincipal(principal));
    for (const scope of own)
      if (scope.knows(principal)) capabilities.push(...scope.capabilitiesOf(principal));
    for (const edge of [...own.flatMap((scope) => scope.edgesOf(principal)), ...federated(principal)]) {
      edges.push(edge);
      if (!seen.has(edge.to)) queue.push(edge.to);
    }
  }
  return { edges, capabilities, truncated: false };
}
