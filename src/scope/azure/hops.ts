/** The steps from a principal to what it may do, each with the object and field that makes it. */
import type { AzureRoleAssignment } from '../../model/azure.ts';
import type { Hop } from '../../model/configured.ts';
import type { Principal, Role } from './world.ts';

export function hop(object: string, field: string, why: string, inherited = false): Hop {
  return { object, ref: null, field, why, inherited };
}

export function principalHop({ object, objectId }: Principal): Hop {
  return hop(object, 'principalId', objectId === null ? 'acts' : `acts as ${objectId}`);
}

export function roleName(assignment: AzureRoleAssignment, role: Role | null): string {
  return role?.source.name ?? assignment.roleName ?? assignment.role;
}

/** What names the principal in a subscription or below is its own; of a management group or a group it is not. */
export function assignmentHop(assignment: AzureRoleAssignment, role: Role | null, wide: boolean): Hop {
  const { id, scope, principalId } = assignment;
  const name = id.slice(id.lastIndexOf('/') + 1);
  const why = `gives ${roleName(assignment, role)} on ${scope} to ${principalId}`;
  return hop(`Role assignment ${name}`, 'roleDefinitionId', why, wide || isAbove(scope));
}

function isAbove(scope: string): boolean {
  return !scope.toLowerCase().startsWith('/subscriptions/');
}

export function roleHop({ source }: Role, block: number, field: 'actions' | 'dataActions'): Hop {
  return hop(`Role ${source.name}`, `permissions[${block}].${field}`, 'grants it');
}
