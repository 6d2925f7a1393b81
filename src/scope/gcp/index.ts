/** Effective scope of Google Cloud: what principals may do, what they can become, and by which way. */
import type { parseMember, Who } from '../../match/gcp/principal.ts';
import type { GcpEstate } from '../../model/gcp.ts';
import type { CloudScope } from '../cloud.ts';
import { capabilitiesOf } from './capabilities.ts';
import { decide } from './decide.ts';
import { edgesOf } from './impersonation.ts';
import { type World, worldOf } from './world.ts';

export { externalPrincipals, federationEdges } from './federation.ts';
export { nodeIdentities } from './node-identity.ts';
export { workloadIdentity } from './workload-identity.ts';

/** Principals are taken in any form: `gcp:e`, an address, `serviceAccount:e`, `principal://…`, `user:e`. */
export function createGcpScope(estate: GcpEstate): CloudScope {
  const world = worldOf(estate);
  return {
    cloud: 'gcp',
    knows: (principal) => knows(world, principal),
    capabilitiesOf: (principal) => capabilitiesOf(world, principal),
    edgesOf: (principal) => edgesOf(world, world.principals.of(principal)),
    decide: (request) => decide(world, request),
  };
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
