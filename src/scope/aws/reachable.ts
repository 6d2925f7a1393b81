/**
 * Every identity that one becomes in any number of steps. Kept are numbers alone, a list for each principal that was
 * asked: an account in which everybody becomes everybody has millions of edges.
 */
import type { IdentityEdge } from '../../model/configured.ts';

export type Reach = {
  /** All that are reached, nearest first; the start is none of them. */
  principals: readonly string[];
  /** The shortest way to one of them, first edge first; none: it is not reached. */
  wayTo(principal: string): IdentityEdge[];
};
type EdgesOf = (principal: string) => readonly IdentityEdge[];
type Graph = {
  names: string[];
  ids: Map<string, number>;
  next: (Int32Array | undefined)[];
  /** Number of the last walk that came by. */
  seen: number[];
  walks: number;
  edgesOf: EdgesOf;
};

export type ReachGraph = {
  from(start: string): Reach;
  /** Spares asking for the edges of a principal once more. */
  remember(principal: string, edges: readonly IdentityEdge[]): void;
};

export function reachGraph(edgesOf: EdgesOf): ReachGraph {
  const graph: Graph = { names: [], ids: new Map(), next: [], seen: [], walks: 0, edgesOf };
  return {
    from: (start) => {
      const walked = walk(graph, idOf(graph, start));
      return {
        principals: walked.order.slice(1).map((id) => graph.names[id]!),
        wayTo: (principal) => wayTo(graph, walked, principal),
      };
    },
    remember: (principal, edges) => keep(graph, idOf(graph, principal), edges),
  };
}

function idOf({ names, ids, seen }: Graph, name: string): number {
  const known = ids.get(name);
  if (known !== undefined) return known;
  ids.set(name, names.length);
  seen.push(0);
  return names.push(name) - 1;
}

function keep(graph: Graph, id: number, edges: readonly IdentityEdge[]): Int32Array {
  const found = Int32Array.from(edges, (edge) => idOf(graph, edge.to));
  graph.next[id] = found;
  return found;
}

/** `from[i]` is the place in `order` of the one before. */
type Walk = { order: number[]; from: number[] };

/** Breadth first, so that ways are shortest; each principal is asked once, so that cycles end. */
function walk(graph: Graph, start: number): Walk {
  const { seen } = graph;
  graph.walks++;
  const number = graph.walks;
  const order = [start];
  const from = [0];
  seen[start] = number;
  for (let place = 0; place < order.length; place++) {
    const id = order[place]!;
    const next = graph.next[id] ?? keep(graph, id, graph.edgesOf(graph.names[id]!));
    for (let i = 0; i < next.length; i++) {
      const to = next[i]!;
      if (seen[to] === number) continue;
      seen[to] = number;
      order.push(to);
      from.push(place);
    }
  }
  return { order, from };
}

function wayTo(graph: Graph, { order, from }: Walk, principal: string): IdentityEdge[] {
  const way: IdentityEdge[] = [];
  const id = graph.ids.get(principal);
  let place = id === undefined ? -1 : order.indexOf(id);
  while (place > 0) {
    const before = from[place]!;
    const to = graph.names[order[place]!]!;
    way.unshift(graph.edgesOf(graph.names[order[before]!]!).find((edge) => edge.to === to)!);
    place = before;
  }
  return way;
}
