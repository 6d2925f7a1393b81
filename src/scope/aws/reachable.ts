/** Every identity that one becomes in any number of steps. */
import type { IdentityEdge } from '../../model/configured.ts';

/** Last edge of the shortest way to each principal, in the order in which they are reached; the start is none of them. */
export type Reach = ReadonlyMap<string, IdentityEdge>;

/** Cycles end where they began: each principal is asked once. */
export function reachable(start: string, edgesOf: (principal: string) => readonly IdentityEdge[]): Reach {
  const reach = new Map<string, IdentityEdge>();
  const queue = [start];
  for (const from of queue) {
    for (const edge of edgesOf(from)) {
      if (edge.to === start || reach.has(edge.to)) continue;
      reach.set(edge.to, edge);
      queue.push(edge.to);
    }
  }
  return reach;
}

/** The way to one of them, first edge first. */
export function wayTo(reach: Reach, principal: string): IdentityEdge[] {
  const way: IdentityEdge[] = [];
  for (let edge = reach.get(principal); edge; edge = reach.get(edge.from)) way.unshift(edge);
  return way;
}
