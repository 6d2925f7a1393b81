/** The single actions that a grant leaves: those of its patterns, but for what is denied on all that they are about. */
import type { Pattern } from '../model/configured.ts';
import { type ActionIndex, indexActions, isIn } from './aws/actions.ts';
import { type CloudPattern, cloudPatternMatches } from './cloud-action.ts';
import { type CloudPermission, expandCloudPattern } from './cloud-expand.ts';

type Grant = { allow: readonly Pattern[]; deny: readonly Pattern[] };

export function grantedPermissions({ allow, deny }: Grant): CloudPermission[] {
  return allow.filter(isCloud).flatMap((pattern) => left(pattern, deny));
}

function isCloud(pattern: Pattern): pattern is CloudPattern {
  return pattern.type === 'cloud';
}

/** Denies are one list for all grants of a principal, and grants are of many workloads. */
const known = new WeakMap<CloudPattern, { deny: readonly Pattern[]; permissions: CloudPermission[] }>();

function left(pattern: CloudPattern, deny: readonly Pattern[]): CloudPermission[] {
  const ready = known.get(pattern);
  if (ready?.deny === deny) return ready.permissions;
  const denied = deny.filter(isCloud);
  const all = expandCloudPattern(pattern);
  const permissions = denied.length === 0 ? all : all.filter((one) => !isDenied(one, pattern, denied));
  known.set(pattern, { deny, permissions });
  return permissions;
}

/** A deny of only some of its resources leaves it. */
function isDenied(
  permission: CloudPermission,
  pattern: CloudPattern,
  deny: readonly CloudPattern[],
): boolean {
  const { cloud, resources, notResources } = pattern;
  const action = nameOf(permission, pattern);
  const meant = deny.filter((one) => one.cloud === cloud && (cloud !== 'aws' || names(one, action)));
  if (meant.length === 0) return false;
  const about = notResources ? ['*'] : resources;
  return about.every((resource) =>
    meant.some((one) => cloudPatternMatches(one, { cloud, action, resource }) === 'yes'),
  );
}

/** Statements name hundreds of actions, and `*` is 22,000: each is held to those of its own service alone. */
const indexed = new WeakMap<CloudPattern, ActionIndex>();

function names(pattern: CloudPattern, action: string): boolean {
  const index = indexed.get(pattern) ?? indexActions(pattern.actions);
  indexed.set(pattern, index);
  return isIn(index, action) !== pattern.notActions;
}

function nameOf({ service, action }: CloudPermission, { cloud }: CloudPattern): string {
  if (cloud === 'gcp') return action;
  return (cloud === 'aws' ? `${service}:${action}` : action).toLowerCase();
}
