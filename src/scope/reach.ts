/** Everything that workloads reach in the clouds: identities, edge by edge, and what each of them may do there. */

import { keyOf } from '../match/identity.ts';
import type { Capability, ConfiguredWorkload, IdentityEdge } from '../model/configured.ts';
import type { CloudScope } from './cloud.ts';
import { cloudOfPrincipal } from './principal-id.ts';

export type Reach = { edges: readonly IdentityEdge[]; capabilities: readonly Capability[] };

/** Chains are followed this far in all: an estate in which everybody may become everybody must end, and say so. */
const MAX_PRINCIPALS = 20_000;

/** A principal by one session of it has other permissions than by another. */
type Start = { principal: string; session?: string };

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
  const queue = workloads.flatMap(startsOf);
  for (const start of queue) {
    const { principal, session } = start;
    if (seen.has(keyOf(start))) continue;
    if (seen.size >= MAX_PRINCIPALS) return { edges, capabilities, truncated: true };
    seen.add(keyOf(start));
    const by = session === undefined ? {} : { session };
    const own = scopes.filter(({ cloud }) => cloud === cloudOfPrincipal(principal));
    for (const scope of own)
      if (scope.knows(principal))
        for (const one of scope.capabilitiesOf(principal, session))
          capabilities.push(session === undefined ? one : { ...one, id: `${one.id} by ${session}`, session });
    const found = own.flatMap((scope) => scope.edgesOf(principal, session));
    for (const edge of [...found, ...federated(principal)]) {
      edges.push({ ...edge, ...by });
      const next = startOf(edge.to, edge.into);
      if (!seen.has(keyOf(next))) queue.push(next);
    }
  }
  return { edges, capabilities, truncated: false };
}

function startsOf({ principal, credentials = [] }: ConfiguredWorkload): Start[] {
  const known = credentials.flatMap(({ principal: of, session }) =>
    of === null ? [] : [startOf(of, session)],
  );
  return [{ principal }, ...known];
}

function startOf(principal: string, session: string | undefined): Start {
  return { principal, ...(session === undefined ? {} : { session }) };
}
