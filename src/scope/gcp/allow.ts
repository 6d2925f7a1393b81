/** What the allow policies along the ancestry say of one permission. */
import type { Facts } from '../../match/gcp/condition.ts';
import { nodeOf } from '../../match/gcp/resource.ts';
import { both } from '../../match/ternary.ts';
import type { Grant } from './grants.ts';
import type { Ancestry } from './hierarchy.ts';
import type { Principal } from './principal.ts';
import type { World } from './world.ts';

export type Found = { grant: Grant; words: readonly string[] };
export type Allowed = {
  /** One that grants it for certain. */
  yes: Found | null;
  /** One that does where its words hold. */
  maybe: Found | null;
  /** What was not read and could grant it. */
  gaps: readonly string[];
};

/** Groups of one role on one resource that are told: any of them would do. */
const MAX_GROUPS = 20;

export function allowed(world: World, principal: Principal, ancestry: Ancestry, facts: Facts): Allowed {
  const wanted = new Set(ancestry.names);
  const gaps: string[] = [];
  let maybe: Found | null = null;
  for (const grant of candidates(world, principal, wanted, facts)) {
    const role = world.roles.grants(grant.binding.role, facts.permission!);
    if (role === 'no') continue;
    const { holds, words } = world.conditions(grant.binding.condition, facts);
    if (holds === 'no') continue;
    if (role === 'unknown') {
      gaps.push(world.roles.gap(grant.binding.role));
      continue;
    }
    const open = grant.match.words === null ? words : [grant.match.words, ...words];
    if (both(grant.match.match, holds) === 'yes') return { yes: { grant, words: [] }, maybe: null, gaps: [] };
    maybe ??= { grant, words: open };
  }
  return { yes: null, maybe, gaps: [...gaps, ...unread(world, ancestry)] };
}

/** The principal's own ones before the groups that it may be in. */
function* candidates(
  world: World,
  principal: Principal,
  wanted: ReadonlySet<string>,
  { permission }: Facts,
): Generator<Grant> {
  for (const grant of world.grants.of(principal)) if (wanted.has(grant.resource)) yield grant;
  for (const resource of wanted)
    for (const [role, entries] of world.grants.vagueOn(resource)) {
      if (world.roles.grants(role, permission!) === 'no') continue;
      for (const entry of entries.slice(0, MAX_GROUPS)) {
        const match = world.grants.match(principal, entry);
        if (match.match !== 'no') yield { ...entry, match };
      }
    }
}

function unread({ coverage }: World, { names, gap }: Ancestry): string[] {
  const nodes = names.filter((name) => nodeOf(name) === name);
  const own = names.filter((name) => nodeOf(name) !== name);
  const gaps = nodes.map((node) => coverage.gap(node, 'iam-policy'));
  // Of a resource and its parts, one has the policy: a bucket, not its objects.
  const ownRead = own.length === 0 || own.some((name) => coverage.gap(name, 'iam-policy') === null);
  if (!ownRead) gaps.push(coverage.gap(own.at(-1)!, 'iam-policy'));
  return [...gaps, gap].filter((one) => one !== null);
}
