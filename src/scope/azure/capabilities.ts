/** One capability a block and plane of each role that a principal was assigned; one more for all groups together. */
import { DATA_OPERATIONS } from '../../match/azure/plane.ts';
import type { AzureRoleAssignment } from '../../model/azure.ts';
import type { Capability, Pattern } from '../../model/configured.ts';
import { assignmentGap } from './decide.ts';
import { conditionOf } from './grants.ts';
import { assignmentHop, principalHop, roleHop, roleName } from './hops.ts';
import type { Principal, Role, World } from './world.ts';

const MAX_TOLD = 5;
const PLANES = [
  { field: 'actions', except: 'notActions' },
  { field: 'dataActions', except: 'notDataActions' },
] as const;

export function capabilitiesOf(world: World, principal: Principal): Capability[] {
  const own = world.assignments(principal).flatMap((one) => ofAssignment(world, principal, one));
  const unknown = [unreadCapability(world, principal), groupCapability(world, principal)];
  return [...own, ...unknown.filter((one) => one !== null)];
}

function ofAssignment(world: World, principal: Principal, assignment: AzureRoleAssignment): Capability[] {
  const role = world.role(assignment);
  if (role === null) return [unknownRole(principal, assignment)];
  return role.source.permissions.flatMap((_, block) =>
    PLANES.flatMap((plane) => ofBlock(principal, assignment, { role, block, plane }) ?? []),
  );
}

type Part = { role: Role; block: number; plane: (typeof PLANES)[number] };

function ofBlock(
  principal: Principal,
  assignment: AzureRoleAssignment,
  { role, block, plane }: Part,
): Capability | null {
  const permission = role.source.permissions[block]!;
  const actions = permission[plane.field];
  if (actions.length === 0) return null;
  const { scope, condition } = assignment;
  const taken = permission[plane.except];
  const data = plane.field === 'actions' ? DATA_OPERATIONS : [];
  const conditions = [...conditionOf(condition), ...conditionOf(permission.condition)];
  const path = [
    principalHop(principal),
    assignmentHop(assignment, role, false),
    roleHop(role, block, plane.field),
  ];
  return {
    ...base(principal, `${assignment.id}/${block}/${plane.field}`, path),
    summary: `${role.source.name}: ${actions.length} ${plane.field} on ${scope}`,
    allow: [pattern(actions, scope === '/' ? '*' : scope)],
    deny: [taken, data].filter((one) => one.length > 0).map((one) => pattern(one, '*')),
    conditions,
    effect: conditions.length > 0 ? 'conditional' : 'allow',
  };
}

function pattern(actions: readonly string[], resource: string): Pattern {
  return {
    type: 'cloud',
    cloud: 'azure',
    actions,
    notActions: false,
    resources: [resource],
    notResources: false,
  };
}

function unknownRole(principal: Principal, assignment: AzureRoleAssignment): Capability {
  const name = roleName(assignment, null);
  return unknown(principal, {
    key: assignment.id,
    path: [principalHop(principal), assignmentHop(assignment, null, false)],
    summary: `whatever ${name} grants on ${assignment.scope}`,
    condition: `the definition of ${name} was not read (az role definition list)`,
  });
}

/** Without its object id, or without the assignments, nothing is known of it: that is no empty list. */
function unreadCapability(world: World, principal: Principal): Capability | null {
  const gap =
    principal.objectId === null
      ? 'the object id of its service principal was not read (az ad sp list)'
      : assignmentGap(world);
  if (gap === null) return null;
  const path = [principalHop(principal)];
  return unknown(principal, {
    key: 'unread',
    path,
    summary: 'whatever further roles it was assigned',
    condition: gap,
  });
}

function groupCapability({ vague, role }: World, principal: Principal): Capability | null {
  const [first] = vague;
  if (first === undefined) return null;
  const groups = [...new Set(vague.map(({ principalId }) => principalId))];
  const more = groups.length > MAX_TOLD ? ` and ${groups.length - MAX_TOLD} more` : '';
  const told = `${groups.slice(0, MAX_TOLD).join(', ')}${more}`;
  return unknown(principal, {
    key: 'groups',
    path: [principalHop(principal), assignmentHop(first, role(first), true)],
    summary: `whatever groups ${told} may do`,
    condition: `it is a member of ${told}, whose members are not read`,
  });
}

type Unknown = { key: string; path: Capability['path']; summary: string; condition: string };

function unknown(principal: Principal, { key, path, summary, condition }: Unknown): Capability {
  return {
    ...base(principal, key, path),
    summary,
    allow: [],
    deny: [],
    conditions: [condition],
    effect: 'conditional',
  };
}

function base({ id }: Principal, key: string, path: Capability['path']) {
  return {
    id: `cloud-action:${id}:${key}`,
    holder: { type: 'principal' as const, id },
    kind: 'cloud-action' as const,
    origin: path.some(({ inherited }) => inherited) ? ('inherited' as const) : ('direct' as const),
    path,
    source: 'azure-role-assignments',
  };
}
