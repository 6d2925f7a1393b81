/** Everything that bindings give a principal, each with its way, less what deny policies and boundaries take. */
import type { Ternary } from '../../match/ternary.ts';
import type { Capability, Pattern } from '../../model/configured.ts';
import { unreadAbove } from './decide-on.ts';
import type { Grant } from './grants.ts';
import { boundaryHop, denyHop, grantHops, principalHop } from './hops.ts';
import type { Principal } from './principal.ts';
import { type Restriction, restrictions } from './restrictions.ts';
import type { World } from './world.ts';

const MAX_TOLD = 5;

export function capabilitiesOf(world: World, principal: Principal): Capability[] {
  if (principal.who.type === 'unknown' || principal.account?.disabled) return [];
  const granted = world.grants.of(principal).flatMap((grant) => capabilities(world, principal, grant));
  const groups = groupCapability(world, principal);
  return groups === null ? granted : [...granted, groups];
}

function capabilities(world: World, principal: Principal, grant: Grant): Capability[] {
  const { binding, resource, match } = grant;
  const names = world.hierarchy.spellings(resource);
  const facts = { permission: null, names: [], who: principal.who, context: {} };
  const { holds, words } = world.conditions(binding.condition, facts);
  if (holds === 'no') return [];
  const permissions = world.roles.permissions(binding.role);
  const ancestry = world.hierarchy.ancestry(resource);
  const unread = unreadAbove(world, ancestry) ?? world.boundaries.eligible(principal, resource, facts).gap;
  const open = [match.words, ...words, unread === null ? null : `${unread}: nothing there denies it`];
  const conditions = open.filter((one) => one !== null);
  const part = { principal, grant, conditions, resources: resourcesOf(world, names, resource) };
  if (permissions === null) return [unknownRole(world, part)];
  return restrictions(world, principal, { permissions, resource })
    .filter((one) => one.permissions.length > 0)
    .map((one, index) => capability(part, one, index));
}

type Part = {
  principal: Principal;
  grant: Grant;
  conditions: readonly string[];
  resources: readonly string[];
};

/** A folder's or an organization's grant is compared with names of projects, which do not tell what is above them. */
function resourcesOf(world: World, names: readonly string[], resource: string): readonly string[] {
  const above = resource.startsWith('folders/') || resource.startsWith('organizations/');
  if (!above) return names;
  return [resource, ...world.hierarchy.projectsIn(resource).flatMap(world.hierarchy.spellings)];
}

function cloudPattern(actions: readonly string[], resources: readonly string[]): Pattern {
  return { type: 'cloud', cloud: 'gcp', actions, notActions: false, resources, notResources: false };
}

function capability(part: Part, restriction: Restriction, index: number): Capability {
  const { grant, resources } = part;
  const { role } = grant.binding;
  const conditions = [...part.conditions, ...restriction.words];
  const hops = [...restriction.denials.map(denyHop), ...restriction.bounds.map(boundaryHop)];
  const count = restriction.permissions.length;
  return {
    ...base(part, `${index}`),
    summary: `${role} on ${grant.resource} (${count} permission${count === 1 ? '' : 's'})`,
    allow: [cloudPattern(restriction.permissions, resources)],
    deny: restriction.deny.map(({ permissions, resources: on }) => cloudPattern(permissions, on)),
    conditions,
    effect: effectOf(conditions.length === 0 ? 'yes' : 'unknown'),
    path: [...base(part, '').path, ...(restriction.words.length > 0 ? hops : [])],
  };
}

function effectOf(certain: Ternary): Capability['effect'] {
  return certain === 'yes' ? 'allow' : 'conditional';
}

function unknownRole(world: World, part: Part): Capability {
  const { binding, resource } = part.grant;
  return {
    ...base(part, 'unread'),
    summary: `whatever ${binding.role} grants on ${resource}`,
    allow: [],
    deny: [],
    conditions: [...part.conditions, world.roles.gap(binding.role)],
    effect: 'conditional',
  };
}

function base({ principal, grant }: Part, key: string) {
  const path = [principalHop(principal), ...grantHops(grant)];
  return {
    id: `cloud-action:${principal.id}:${grant.resource}/${grant.field}/${key}`,
    holder: { type: 'principal' as const, id: principal.id },
    kind: 'cloud-action' as const,
    origin: path.some((hop) => hop.inherited) ? ('inherited' as const) : ('direct' as const),
    path,
    source: 'gcp-policies',
  };
}

/** Members of groups are not read: one capability says that any of these groups may give more. */
function groupCapability(world: World, principal: Principal): Capability | null {
  const entries = world.grants.vagueMembers(principal);
  const [first] = entries;
  if (first === undefined) return null;
  const match = world.grants.match(principal, first);
  const members = entries.map(({ text }) => text);
  const told = members.slice(0, MAX_TOLD).join(', ');
  const more = members.length > MAX_TOLD ? ` and ${members.length - MAX_TOLD} more` : '';
  const part = { principal, grant: { ...first, match }, conditions: [], resources: [] };
  return {
    ...base(part, 'groups'),
    summary: `whatever ${told}${more} may do`,
    allow: [],
    deny: [],
    conditions: [`it is a member of ${told}${more}, whose members are not read`],
    effect: 'conditional',
  };
}
