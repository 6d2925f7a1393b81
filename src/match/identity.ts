/** Which identities a workload reaches: its credentials, and what each of them can become, transitively. */
import type { ConfiguredWorkload, IdentityEdge, Reached } from '../model/configured.ts';

export type EdgeIndex = ReadonlyMap<string, readonly IdentityEdge[]>;

/** A chained session of AWS ends after an hour, but may be chained again: only cycles and this bound end it. */
const MAX_HOPS = 8;

export function indexEdges(edges: readonly IdentityEdge[]): EdgeIndex {
  return Map.groupBy(edges, ({ from }) => from);
}

/**
 * Each principal once, by its shortest way; a certain way before a conditional one. Candidates that are shadowed,
 * broken or out of reach give nothing.
 */
export function reachedPrincipals(workload: ConfiguredWorkload, edges: EdgeIndex): Reached[] {
  const found = new Map<string, Reached>();
  const queue = startsOf(workload);
  for (const reached of queue) {
    const known = found.get(reached.principal);
    if (known && known.conditions.length <= reached.conditions.length) continue;
    found.set(reached.principal, reached);
    if (reached.edges.length >= MAX_HOPS) continue;
    for (const edge of edges.get(reached.principal) ?? [])
      if (edge.session === sessionOf(reached)) queue.push(follow(reached, edge));
  }
  return [...found.values()];
}

/** The session by which it has the identity: what it becomes from there has sessions of its own. */
export function sessionOf({ credential, edges }: Reached): string | undefined {
  return edges.length === 0 ? credential?.session : undefined;
}

function startsOf({ principal, credentials = [] }: ConfiguredWorkload): Reached[] {
  const own: Reached = { principal, credential: null, edges: [], path: [], conditions: [] };
  const usable = credentials.filter(
    ({ status, principal: of }) => of !== null && (status === 'effective' || status === 'unknown'),
  );
  return [
    own,
    ...usable.map((credential) => ({
      principal: credential.principal!,
      credential,
      edges: [],
      path: credential.path,
      conditions:
        credential.status === 'unknown' && credential.conditions.length === 0
          ? [credential.reason]
          : credential.conditions,
    })),
  ];
}

function follow(reached: Reached, edge: IdentityEdge): Reached {
  return {
    principal: edge.to,
    credential: reached.credential,
    edges: [...reached.edges, edge],
    path: [...reached.path, ...edge.path],
    conditions: [...reached.conditions, ...edge.conditions],
  };
}
