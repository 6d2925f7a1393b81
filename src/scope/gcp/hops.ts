/** The steps of the way from a principal to what it may do, each with the object and field that makes it. */
import type { Hop } from '../../model/configured.ts';
import type { Bound } from './boundary.ts';
import type { DenyRule } from './deny.ts';
import type { Entry, Grant } from './grants.ts';
import type { Principal } from './principal.ts';

export function hop(object: string, field: string, why: string, inherited = false): Hop {
  return { object, ref: null, field, why, inherited };
}

export function principalHop({ object, who }: Principal): Hop {
  return hop(object, who.type === 'workload' ? 'subject' : 'email', 'is who asks');
}

/**
 * A binding that names the principal, on a project or on a resource, is its own configuration; one of a folder, an
 * organization, a group or a set is not.
 */
export function grantHops(grant: Grant): Hop[] {
  const { binding } = grant;
  return [bindingHop(grant, grant.match.wide), hop(binding.role, 'includedPermissions', 'grants it')];
}

export function bindingHop({ resource, binding, text, field }: Entry, wide: boolean): Hop {
  const above = resource.startsWith('folders/') || resource.startsWith('organizations/');
  return hop(`Allow policy of ${resource}`, field, `gives ${binding.role} to ${text}`, wide || above);
}

export function denyHop({ policy, resource, rule }: DenyRule): Hop {
  const why = `denies it on ${resource} and all below`;
  return hop(`Deny policy ${policy.name}`, rule.field, why, !resource.startsWith('projects/'));
}

export function boundaryHop({ binding }: Bound): Hop {
  return hop(
    `Access boundary ${binding.policy}`,
    `bound by ${binding.name}`,
    `holds ${binding.target} to its resources`,
    true,
  );
}
