/**
 * Whoever can make, change or enter pods of another ServiceAccount, or make its tokens, has the credentials that these
 * pods find in the clouds. Who only impersonates it at the API server has none of them.
 */
import type { EdgeIndex } from '../match/identity.ts';
import { keyOf, reachedPrincipals } from '../match/identity.ts';
import type { ConfiguredWorkload, IdentityEdge, Reached } from '../model/configured.ts';

const BRINGS_CREDENTIALS: ReadonlySet<string> = new Set([
  'create serviceaccounts/token',
  'create pods',
  'change the pods of workloads',
  'pods/exec',
  'pods/ephemeralcontainers',
  'change images of pods',
  'nodes/proxy',
]);

/** Those by which one says for which audience a token is, and so has whoever trusts the ServiceAccount. */
const MAKES_TOKENS: ReadonlySet<string> = new Set([
  'create serviceaccounts/token',
  'create pods',
  'change the pods of workloads',
]);

/** `reached`: of one workload. Each principal of a cloud by the first way, once for each session of it. */
export function throughPods(
  reached: readonly Reached[],
  workloads: readonly ConfiguredWorkload[],
  edges: EdgeIndex,
): Reached[] {
  const found = new Map<string, Reached>();
  for (const way of reached.filter(bringsCredentials))
    for (const workload of workloads.filter((one) => isMeant(way.principal, one.principal)))
      for (const one of reachedPrincipals(workload, edges, { makesTokens: makesTokens(way) }))
        if (one.credential !== null && !found.has(keyOf(one))) found.set(keyOf(one), joined(way, one));
  return [...found.values()];
}

function bringsCredentials({ edges, principal }: Reached): boolean {
  return principal.startsWith('system:serviceaccount:') && edges.length > 0 && edges.every(carries);
}

function makesTokens({ edges }: Reached): boolean {
  return MAKES_TOKENS.has(edges.at(-1)!.by);
}

function carries({ by }: IdentityEdge): boolean {
  return BRINGS_CREDENTIALS.has(by);
}

/** Many ServiceAccounts are one pattern: `system:serviceaccount:research:*`. */
function isMeant(pattern: string, principal: string): boolean {
  return pattern.endsWith('*') ? principal.startsWith(pattern.slice(0, -1)) : pattern === principal;
}

function joined(way: Reached, one: Reached): Reached {
  return {
    ...one,
    edges: [...way.edges, ...one.edges],
    path: [...way.path, ...one.path],
    conditions: [...way.conditions, ...one.conditions],
  };
}
