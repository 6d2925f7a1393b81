/** Effective scope of Google Cloud: what principals may do, what they can become, and by which way. */
import type { parseMember, Who } from '../../match/gcp/principal.ts';
import type { GcpEstate } from '../../model/gcp.ts';
import type { CloudScope } from '../cloud.ts';
import { capabilitiesOf } from './capabilities.ts';
import { decide } from './decide.ts';
import { type Gained, gainsOf } from './gains.ts';
import { edgesOf } from './impersonation.ts';
import { memory } from './memory.ts';
import type { Principal } from './principal.ts';
import { type World, worldOf } from './world.ts';

export { externalPrincipals, federationEdges } from './federation.ts';
export { nodeIdentities } from './node-identity.ts';
export { workloadIdentity } from './workload-identity.ts';

/** Principals are taken in any form: `gcp:e`, an address, `serviceAccount:e`, `principal://…`, `user:e`. */
export function createGcpScope(estate: GcpEstate): CloudScope {
  const world = worldOf(estate);
  const gains = memory<readonly Gained[]>();
  const gainedBy = (principal: Principal) => gains(principal.key, () => gainsOf(world, principal));
  const find = (text: string, session?: string) => {
    const principal = world.principals.of(text);
    if (session === undefined) return principal;
    return gainedBy(principal).find(({ edge }) => edge.into === session)?.principal ?? principal;
  };
  return {
    cloud: 'gcp',
    knows: (principal) => knows(world, principal),
    capabilitiesOf: (principal, session) => capabilitiesOf(world, find(principal, session)),
    edgesOf: (principal, session) => {
      const found = find(principal, session);
      if (found.extra) return newEdges(world, found, world.principals.of(principal));
      return [...edgesOf(world, found), ...gainedBy(found).map(({ edge }) => edge)];
    },
    decide: (request) => decide(world, request, find(request.principal, request.session)),
  };
}

/** To accounts that it does not become for certain as it is. */
function newEdges(world: World, gained: Principal, before: Principal) {
  const certain = edgesOf(world, before).filter(({ effect }) => effect === 'allow');
  const known = new Set(certain.map(({ to }) => to));
  return edgesOf(world, gained).filter(({ to }) => !known.has(to));
}

/** An account that was read, or a principal of a project that was read, or one that some policy names. */
function knows(world: World, text: string): boolean {
  const principal = world.principals.of(text);
  if (principal.account !== null) return true;
  const home = principal.home !== null && world.estate.nodes.some(({ name }) => name === principal.home);
  return home || world.grants.of(principal).some(({ member }) => names(member, principal.who));
}

function names(member: ReturnType<typeof parseMember>, who: Who): boolean {
  if (who.type === 'workload') return member.kind === 'subject';
  return member.kind === 'service-account' || member.kind === 'user';
}
