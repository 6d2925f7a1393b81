/**
 * One operation of one principal: the sum of its role assignments on the resource and all above it.
 * https://learn.microsoft.com/azure/role-based-access-control/overview
 */
import { AZURE_OWN_ROLES } from '../../catalog/azure-planes.ts';
import { resourceGap } from '../../match/source-coverage.ts';
import type { Hop } from '../../model/configured.ts';
import type { Answer } from '../../model/query.ts';
import type { CloudRequest } from '../cloud.ts';
import { type Asked, askedOf, type Grant, grantBy } from './grants.ts';
import { principalHop } from './hops.ts';
import type { Principal, World } from './world.ts';

/** What takes away, or gives for a time, and is not in these exports. */
const UNMODELLED = 'deny assignments, eligible (PIM) assignments and locks are not modelled';

export function decide(world: World, { principal: text, action, resource }: CloudRequest): Answer {
  const principal = world.principal(text);
  if (principal === null)
    return cannotTell(`${text.slice(0, 300)} is not among the identities that were read`, []);
  const asked = askedOf(action, resource);
  if (AZURE_OWN_ROLES.test(asked.action))
    return cannotTell('Cosmos DB grants it by role assignments of its own, which are not read', [
      principalHop(principal),
    ]);
  return decideFor(world, principal, asked);
}

export function decideFor(world: World, principal: Principal, asked: Asked): Answer {
  const path = [principalHop(principal)];
  if (principal.objectId === null)
    return cannotTell(
      `role assignments name ${principal.object} by its object id, which was not read (az ad sp list)`,
      path,
    );
  const own = bestOf(world.assignments(principal).map((one) => grantBy(world, one, asked, false)));
  if (own !== null && own.conditions.length === 0) return answer(own, path);
  const found = own ?? bestOf(world.vague.map((one) => grantBy(world, one, asked, true)));
  if (found !== null) return answer(found, path);
  const gap = assignmentGap(world);
  if (gap !== null) return cannotTell(`no role assignment that was read grants it, but ${gap}`, path);
  const where = asked.resource === null ? '' : ` on ${asked.resource}`;
  const reason = `no role assignment of ${principal.object} grants ${asked.action}${where}${planeNote(world, principal, asked)}; ${UNMODELLED}`;
  return { verdict: 'deny', reason, path, conditions: [] };
}

/** Null: none. The one that asks the least. */
export function bestOf(grants: readonly (Grant | null)[]): Grant | null {
  let best: Grant | null = null;
  for (const one of grants)
    if (one !== null && (best === null || one.conditions.length < best.conditions.length)) best = one;
  return best;
}

function answer({ hops, conditions, assignment }: Grant, start: readonly Hop[]): Answer {
  return {
    verdict: conditions.length === 0 ? 'allow' : 'conditional',
    reason: `${hops.at(-1)!.object}, assigned on ${assignment.scope}, grants it; ${UNMODELLED}`,
    path: [...start, ...hops],
    conditions,
  };
}

export function cannotTell(reason: string, path: readonly Hop[]): Answer {
  return { verdict: 'cannot-tell', reason, path, conditions: [] };
}

/** Roles that were not read make their own assignments conditional. */
export function assignmentGap({ estate }: World): string | null {
  return resourceGap(estate.coverage, 'azure-role-assignments', null, 'role-assignments');
}

/** Owners are surprised: `*` of the management plane reads no data. */
function planeNote(world: World, principal: Principal, { action, plane, resource }: Asked): string {
  if (plane !== 'data') return '';
  const managed = { action, plane: 'management' as const, resource };
  const found = bestOf(world.assignments(principal).map((one) => grantBy(world, one, managed, false)));
  return found === null
    ? ''
    : `: it is an operation of data, and ${found.hops.at(-1)!.object} grants management only`;
}
