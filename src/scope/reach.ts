/** Everything that workloads reach in the clouds: identities, edge by edge, and what each of them may do there. */
import type { Capability, ConfiguredWorkload, IdentityEdge } from '../model/configured.ts';
import type { CloudScope } from './cloud.ts';

export type Reach = { edges: readonly IdentityEdge[]; capabilities: readonly Capability[] };

/** Chains are followed this far in all: an estate in which everybody may become everybody must end, and say so. */
const MAX_PRINCIPALS = 20_000;

/**
 * Every scope is asked about every principal, since a role of one cloud may be federated into another. Shadowed
 * credentials count too: once they are seen in use, what they give must be known.
 */
export function reachOf(
  workloads: readonly ConfiguredWorkload[],
  scopes: readonly CloudScope[],
  kubernetesEdges: readonly IdentityEdge[] = [],
): Reach & { truncated: boolean } {
  const edges: IdentityEdge[] = [...kubernetesEdges];
  const capabilities: Capability[] = [];
  const seen = new Set<string>();
  const starts = workloads.flatMap(({ principal, credentials = [] }) => [
    principal,
    ...credentials.flatMap((one) => (one.principal === null ? [] : [one.principal])),
  ]);
  const queue = [...new Set([...starts, ...kubernetesEdges.map(({ to }) => to)])];
  for (const principal of queue) {
    if (seen.has(principal)) continue;
    if (seen.size >= MAX_PRINCIPALS) return { edges, capabilities, truncated: true };
    seen.add(principal);
    for (const scope of scopes) {
      if (scope.knows(principal)) capabilities.push(...scope.capabilitiesOf(principal));
      for (const edge of scope.edgesOf(principal)) {
        edges.push(edge);
        if (!seen.has(edge.to)) queue.push(edge.to);
      }
    }
  }
  return { edges, capabilities, truncated: false };
}
