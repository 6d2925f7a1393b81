/** Effective scope of Azure as far as role assignments tell it: what identities may do, and what they can become. */
import type { AzureEstate } from '../../model/azure.ts';
import type { CloudScope } from '../cloud.ts';
import { capabilitiesOf } from './capabilities.ts';
import { decide } from './decide.ts';
import { edgesOf } from './edges.ts';
import { worldOf } from './world.ts';

/** Principals are taken as `azure:app:<client id>`, as a client id, or as an object id. */
export function createAzureScope(estate: AzureEstate): CloudScope {
  const world = worldOf(estate);
  const of = <T>(text: string, make: (principal: NonNullable<ReturnType<typeof world.principal>>) => T[]) => {
    const principal = world.principal(text);
    return principal === null ? [] : make(principal);
  };
  return {
    cloud: 'azure',
    knows: (text) => world.principal(text) !== null,
    capabilitiesOf: (text) => of(text, (principal) => capabilitiesOf(world, principal)),
    edgesOf: (text) => of(text, (principal) => edgesOf(world, principal)),
    decide: (request) => decide(world, request),
  };
}
