/** One role assignment against one question: which block of the role grants it, and what has to hold for that. */
import { globMatches } from '../../match/aws/glob.ts';
import { type Plane, planeOf } from '../../match/azure/plane.ts';
import { scopeCovers } from '../../match/azure/scope.ts';
import type { AzureRoleAssignment } from '../../model/azure.ts';
import type { Hop } from '../../model/configured.ts';
import { assignmentHop, roleHop, roleName } from './hops.ts';
import type { Block, Role, World } from './world.ts';

export type Asked = {
  /** Lower case. */
  action: string;
  plane: Plane;
  /** Null: any. */
  resource: string | null;
};
export type Grant = { assignment: AzureRoleAssignment; hops: readonly Hop[]; conditions: readonly string[] };

export function askedOf(action: string, resource: string | null): Asked {
  return { action: action.toLowerCase(), plane: planeOf(action), resource };
}

const MAX_CONDITION = 200;

/** Null: the assignment gives nothing of it. `wide`: it is of a group. */
export function grantBy(
  world: World,
  assignment: AzureRoleAssignment,
  asked: Asked,
  wide: boolean,
): Grant | null {
  const covers = asked.resource === null ? 'yes' : scopeCovers(assignment.scope, asked.resource);
  if (covers === 'no') return null;
  const role = world.role(assignment);
  const own = [
    ...(covers === 'unknown' ? [`${asked.resource} is below ${assignment.scope}`] : []),
    ...membership(assignment, wide),
    ...conditionOf(assignment.condition),
  ];
  const start = assignmentHop(assignment, role, wide);
  if (role === null)
    return {
      assignment,
      hops: [start],
      conditions: [...own, `${roleName(assignment, null)}, which was not read, grants it`],
    };
  const found = blockOf(role, asked);
  if (found === null) return null;
  const { index, field, words } = found;
  const hops = [start, roleHop(role, index, field)];
  return {
    assignment,
    hops,
    conditions: [...own, ...words, ...conditionOf(role.source.permissions[index]!.condition)],
  };
}

export function membership({ principalId }: AzureRoleAssignment, wide: boolean): string[] {
  return wide ? [`it is a member of group ${principalId}, whose members are not read`] : [];
}

export function conditionOf(condition: string | null): string[] {
  if (condition === null) return [];
  const cut = condition.length > MAX_CONDITION ? `${condition.slice(0, MAX_CONDITION)} …` : condition;
  return [`the condition holds: ${cut}`];
}

type Found = { index: number; field: 'actions' | 'dataActions'; words: readonly string[] };

/** A block that grants it for certain before one that may. */
function blockOf({ blocks }: Role, { action, plane }: Asked): Found | null {
  let maybe: Found | null = null;
  for (const [index, block] of blocks.entries()) {
    if (plane !== 'management' && grants(block, 'dataActions', action))
      return { index, field: 'dataActions', words: [] };
    if (plane === 'data' || !grants(block, 'actions', action)) continue;
    if (plane === 'management') return { index, field: 'actions', words: [] };
    maybe ??= { index, field: 'actions', words: [`${action} is of the management plane, not of data`] };
  }
  return maybe;
}

const EXCEPT = { actions: 'notActions', dataActions: 'notDataActions' } as const;

/** `notActions` take away from their own block only: another block or role may give it all the same. */
function grants(block: Block, field: keyof typeof EXCEPT, action: string): boolean {
  const matches = (name: keyof Block) => block[name].some((glob) => globMatches(glob, action));
  return matches(field) && !matches(EXCEPT[field]);
}
