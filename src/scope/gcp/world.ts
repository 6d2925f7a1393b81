/** All that decisions about one estate share, compiled once. */
import { createConditions } from '../../match/gcp/condition.ts';
import type { GcpEstate } from '../../model/gcp.ts';
import { type Boundaries, createBoundaries } from './boundary.ts';
import { type Coverage, createCoverage } from './coverage.ts';
import { createDenials, type Denials } from './deny.ts';
import { createGrants, type Grants } from './grants.ts';
import { createHierarchy, type Hierarchy } from './hierarchy.ts';
import { createPrincipals, type Principals } from './principal.ts';
import { createRoles, type Roles } from './roles.ts';

export type World = {
  estate: GcpEstate;
  hierarchy: Hierarchy;
  coverage: Coverage;
  principals: Principals;
  roles: Roles;
  grants: Grants;
  denials: Denials;
  boundaries: Boundaries;
  conditions: ReturnType<typeof createConditions>;
};

const worlds = new WeakMap<GcpEstate, World>();

/** One for each estate: identity chains and questions share it. */
export function worldOf(estate: GcpEstate): World {
  const ready = worlds.get(estate);
  if (ready) return ready;
  const made = createWorld(estate);
  worlds.set(estate, made);
  return made;
}

function createWorld(estate: GcpEstate): World {
  const hierarchy = createHierarchy(estate);
  const coverage = createCoverage(estate, hierarchy.canonical);
  const conditions = createConditions();
  return {
    estate,
    hierarchy,
    coverage,
    conditions,
    principals: createPrincipals(estate, { hierarchy, coverage }),
    roles: createRoles(estate.roles, hierarchy.canonical),
    grants: createGrants(estate, hierarchy, coverage),
    denials: createDenials(estate, hierarchy, conditions),
    boundaries: createBoundaries(estate, { hierarchy, coverage, conditions }),
  };
}
