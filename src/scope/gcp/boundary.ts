/**
 * Principal access boundaries: a principal that any of them is bound to may use what it enforces only on the resources
 * of one of them. https://cloud.google.com/iam/docs/principal-access-boundary-policies
 */
import type { Facts, Holds } from '../../match/gcp/condition.ts';
import { enforcedByBoundary } from '../../match/gcp/permission.ts';
import { relativeName } from '../../match/gcp/resource.ts';
import { any, both, type Ternary } from '../../match/ternary.ts';
import type { GcpAccessBoundary, GcpBoundaryBinding, GcpCondition, GcpEstate } from '../../model/gcp.ts';
import type { Coverage } from './coverage.ts';
import type { Hierarchy } from './hierarchy.ts';
import { canonicalMember, matchMember } from './members.ts';
import { memory } from './memory.ts';
import type { Principal } from './principal.ts';

export type Bound = {
  binding: GcpBoundaryBinding;
  /** Null: the policy was not read. */
  boundary: GcpAccessBoundary | null;
  /** Whether it holds for the principal. */
  bound: Ternary;
};
export type Eligibility = {
  eligible: Ternary;
  words: readonly string[];
  /** The one that decides, or may. */
  by: Bound | null;
  /** What was not read. */
  gap: string | null;
};
export type Boundaries = {
  of(principal: Principal): readonly Bound[];
  eligible(principal: Principal, resource: string, facts: Facts): Eligibility;
};
type Conditions = (condition: GcpCondition | null, facts: Facts) => Holds;

export function createBoundaries(
  estate: GcpEstate,
  world: { hierarchy: Hierarchy; coverage: Coverage; conditions: Conditions },
): Boundaries {
  const byName = new Map(estate.boundaries.map((one) => [one.name, one]));
  const found = memory<readonly Bound[]>();
  const of = (principal: Principal) =>
    found(principal.key, () =>
      estate.boundaryBindings
        .map((binding) => bindingOf(principal, binding, byName, world))
        .filter(({ bound }) => bound !== 'no'),
    );
  return {
    of,
    eligible: (principal, resource, facts) => ({
      ...decide(of(principal), resource, facts, world.hierarchy),
      gap: gapOf(principal, of(principal), world),
    }),
  };
}

/** Its condition asks only who the principal is, so it is decided once. */
function bindingOf(
  principal: Principal,
  binding: GcpBoundaryBinding,
  byName: ReadonlyMap<string, GcpAccessBoundary>,
  { hierarchy, conditions }: { hierarchy: Hierarchy; conditions: Conditions },
): Bound {
  const member = canonicalMember(binding.target, hierarchy);
  const { match } = matchMember(principal, member, hierarchy, () => 'unknown');
  const facts = { permission: null, names: [], who: principal.who, context: {} };
  const { holds } = match === 'no' ? { holds: 'no' as const } : conditions(binding.condition, facts);
  return { binding, boundary: byName.get(binding.policy) ?? null, bound: both(match, holds) };
}

type Judged = Bound & { inside: Ternary; enforced: Ternary };

function decide(
  bounds: readonly Bound[],
  resource: string,
  facts: Facts,
  hierarchy: Hierarchy,
): Omit<Eligibility, 'gap'> {
  const judged = bounds.map((bound) => judge(bound, resource, facts, hierarchy));
  const free = judged.every(({ inside }) => inside === 'yes');
  const within = judged.some((one) => one.bound === 'yes' && one.enforced === 'yes' && one.inside === 'yes');
  if (free || within) return { eligible: 'yes', words: [], by: null };
  const outside = judged.every(({ inside }) => inside === 'no');
  const blocking = judged.find((one) => one.bound === 'yes' && one.enforced === 'yes');
  if (outside && blocking) return { eligible: 'no', words: [], by: blocking };
  const by = judged.find(({ inside }) => inside !== 'yes') ?? null;
  return { eligible: 'unknown', by, words: by === null ? [] : [wordsOf(by, resource, facts)] };
}

function judge(bound: Bound, resource: string, facts: Facts, hierarchy: Hierarchy): Judged {
  const { boundary } = bound;
  if (boundary === null) return { ...bound, inside: 'unknown', enforced: 'unknown' };
  const resources = boundary.rules.flatMap((rule) => rule.resources);
  const inside = any(resources, (one) => hierarchy.isIn(resource, relativeName(one)));
  const enforced =
    facts.permission === null ? 'unknown' : enforcedByBoundary(boundary.enforcementVersion, facts.permission);
  return { ...bound, inside, enforced };
}

function wordsOf({ binding, inside, enforced, bound }: Judged, resource: string, facts: Facts): string {
  const open = [
    bound === 'unknown' ? 'it is not bound to the principal' : null,
    enforced === 'unknown' ? `its enforcement version does not hold for ${facts.permission}` : null,
    inside === 'unknown' ? `${resource} is among its resources` : null,
  ].filter((one) => one !== null);
  return `access boundary ${binding.policy} does not block it: ${open.join(', or ')}`;
}

/** Only organizations have boundaries: they are bound to sets at each level above the principal. */
function gapOf(
  { home }: Principal,
  bounds: readonly Bound[],
  { hierarchy, coverage }: { hierarchy: Hierarchy; coverage: Coverage },
): string | null {
  const unread = bounds.find(({ boundary }) => boundary === null);
  if (unread) return `access boundary ${unread.binding.policy} was not read`;
  if (home === null) return 'which access boundaries hold for it is not known: its project is not known';
  const { names, gap } = hierarchy.ancestry(home);
  if (gap !== null) return `which access boundaries hold for it is not known: ${gap}`;
  if (!names.some((name) => name.startsWith('organizations/'))) return null;
  return names.map((name) => coverage.gap(name, 'policy-bindings')).find((one) => one !== null) ?? null;
}
