/** What deny policies and access boundaries leave of a role's permissions on a resource. */
import { deniedPermission, enforcedByBoundary } from '../../match/gcp/permission.ts';
import { relativeName } from '../../match/gcp/resource.ts';
import { known, type Ternary } from '../../match/ternary.ts';
import type { Bound } from './boundary.ts';
import { type DenyRule, ruleDenies } from './deny.ts';
import type { Principal } from './principal.ts';
import type { World } from './world.ts';

/** Permissions that share one fate. */
export type Restriction = {
  permissions: readonly string[];
  words: readonly string[];
  denials: readonly DenyRule[];
  bounds: readonly Bound[];
  /** Taken for certain, on a part of the resource. */
  deny: readonly { permissions: readonly string[]; resources: readonly string[] }[];
};
type Granted = { permissions: readonly string[]; resource: string };
type Deny = { rule: DenyRule; where: 'here' | 'below' };

/** First what is granted without more, then what is only in case that a rule or a boundary does not hold. */
export function restrictions(world: World, principal: Principal, granted: Granted): Restriction[] {
  const rules = denialsOn(world, principal, granted.resource);
  const bounds = world.boundaries.of(principal);
  const free = rules.length === 0 && bounds.length === 0;
  if (free) return [{ permissions: granted.permissions, words: [], denials: [], bounds: [], deny: [] }];
  const fates = granted.permissions.map((permission) =>
    fateOf(world, { permission, rules, bounds, granted }),
  );
  const kept = (taken: Ternary) => granted.permissions.filter((_, index) => fates[index]!.taken === taken);
  const open = fates.filter(({ taken }) => taken === 'unknown');
  const sure = { words: [], denials: [], bounds: [] };
  const deny = belowDenials(world, rules, granted);
  return [
    { ...sure, permissions: kept('no'), deny },
    {
      permissions: kept('unknown'),
      words: [...new Set(open.flatMap(({ words }) => words))],
      denials: [...new Set(open.flatMap((one) => one.rules))],
      bounds: [...new Set(open.flatMap((one) => one.bounds))],
      deny,
    },
  ];
}

function denialsOn({ denials, hierarchy }: World, principal: Principal, resource: string): Deny[] {
  const above = new Set(hierarchy.ancestry(resource).names);
  return denials.of(principal).flatMap((rule): Deny[] => {
    if (above.has(rule.resource)) return [{ rule, where: 'here' }];
    return hierarchy.isIn(rule.resource, resource) === 'no' ? [] : [{ rule, where: 'below' }];
  });
}

type Fate = { taken: Ternary; words: string[]; rules: DenyRule[]; bounds: Bound[] };

function fateOf(
  world: World,
  asked: { permission: string; rules: readonly Deny[]; bounds: readonly Bound[]; granted: Granted },
): Fate {
  const { permission, rules, bounds, granted } = asked;
  const fate: Fate = { taken: 'no', words: [], rules: [], bounds: [] };
  for (const { rule, where } of rules) {
    const denies = ruleDenies(rule.rule, permission);
    if (denies === 'no') continue;
    const sure = denies === 'yes' && rule.denied === 'yes' && rule.rule.condition === null;
    if (sure && where === 'here') return { ...fate, taken: 'yes' };
    // What is denied below for certain is a deny pattern of the capability.
    if (sure) continue;
    fate.words.push(`deny policy ${rule.policy.name} ${rule.rule.field} does not apply`);
    fate.rules.push(rule);
  }
  for (const bound of bounds) boundFate(world, bound, { permission, resource: granted.resource }, fate);
  return fate.words.length === 0 ? fate : { ...fate, taken: 'unknown' };
}

/** Of several boundaries one is enough, and part of a project may be inside: what is not all inside is said. */
function boundFate(
  { hierarchy }: World,
  bound: Bound,
  asked: { permission: string; resource: string },
  fate: Fate,
) {
  const { boundary, binding } = bound;
  const resources = (boundary?.rules ?? []).flatMap((rule) => rule.resources.map(relativeName));
  const inside = known(resources.some((one) => hierarchy.isIn(asked.resource, one) === 'yes'));
  if (boundary !== null && inside === 'yes') return;
  const enforced =
    boundary === null ? 'unknown' : enforcedByBoundary(boundary.enforcementVersion, asked.permission);
  const hold = enforced === 'yes' ? '' : ', or its enforcement version does not hold for the permission';
  fate.words.push(`access boundary ${binding.policy} has the resource${hold}`);
  fate.bounds.push(bound);
}

function belowDenials({ hierarchy }: World, rules: readonly Deny[], { permissions }: Granted) {
  return rules
    .filter(({ rule, where }) => where === 'below' && rule.denied === 'yes' && rule.rule.condition === null)
    .map(({ rule }) => ({
      permissions: permissions.filter((one) => surely(rule, one)),
      resources: [
        ...new Set([rule.resource, ...hierarchy.projectsIn(rule.resource).flatMap(hierarchy.spellings)]),
      ],
    }))
    .filter((one) => one.permissions.length > 0);
}

function surely({ rule }: DenyRule, permission: string): boolean {
  return (
    rule.deniedPermissions.some((one) => deniedPermission(one, permission) === 'yes') &&
    ruleDenies(rule, permission) === 'yes'
  );
}
