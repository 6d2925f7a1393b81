/** Which identities a workload reaches: its credentials, and what each of them can become, transitively. */
import type { ConfiguredWorkload, IdentityEdge, Reached } from '../model/configured.ts';

export type EdgeIndex = ReadonlyMap<string, readonly IdentityEdge[]>;

/** A chained session of AWS ends after an hour, but may be chained again: only cycles and this bound end it. */
const MAX_HOPS = 8;

export function indexEdges(edges: readonly IdentityEdge[]): EdgeIndex {
  return Map.groupBy(edges, ({ from }) => from);
}

/**
 * Each principal once for each session by which it is had, by its shortest way; a certain way before a conditional
 * one. Those that take a change of permissions first come beside the others.
 * `makesTokens`: by whoever makes tokens of its ServiceAccount as it likes, or pods with them. Candidates that are shadowed, broken or out of reach give nothing.
 */
export function reachedPrincipals(
  workload: ConfiguredWorkload,
  edges: EdgeIndex,
  { makesTokens = false } = {},
): Reached[] {
  const found = new Map<string, Reached>();
  const queue = startsOf(workload, makesTokens);
  for (const reached of queue) {
    const key = `${isGained(reached)} ${keyOf(reached)}`;
    const known = found.get(key);
    if (known && known.conditions.length <= reached.conditions.length) continue;
    found.set(key, reached);
    if (reached.edges.length >= MAX_HOPS) continue;
    for (const edge of edges.get(reached.principal) ?? [])
      if (edge.session === reached.session) queue.push(follow(reached, edge));
  }
  return [...found.values()];
}

/** Of an identity that is had by one session: what it may by another is another matter. */
export function keyOf({ principal, session = '' }: Pick<Reached, 'principal' | 'session'>): string {
  return `${session} ${principal}`;
}

/** Whether it is had only once somebody has changed what an identity may do: until then that is nobody's. */
export function isGained({ edges }: Pick<Reached, 'edges'>): boolean {
  return edges.some(({ gains }) => gains !== undefined);
}

function startsOf({ principal, credentials = [] }: ConfiguredWorkload, makesTokens: boolean): Reached[] {
  const own: Reached = { principal, credential: null, edges: [], path: [], conditions: [] };
  const usable = credentials.filter(
    ({ status, principal: of, token }) =>
      of !== null &&
      (status === 'effective' ||
        status === 'unknown' ||
        (status === 'trusted' && (makesTokens || token === undefined))),
  );
  return [
    own,
    ...usable.map((credential) => ({
      principal: credential.principal!,
      ...by(credential.session),
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

function by(session: string | undefined): Pick<Reached, 'session'> {
  return session === undefined ? {} : { session };
}

function follow(reached: Reached, edge: IdentityEdge): Reached {
  return {
    principal: edge.to,
    ...by(edge.into),
    credential: reached.credential,
    edges: [...reached.edges, edge],
    path: [...reached.path, ...edge.path],
    conditions: [...reached.conditions, ...edge.conditions],
  };
}
