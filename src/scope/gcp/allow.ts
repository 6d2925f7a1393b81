/** What the allow policies along the ancestry say of one permission. */
import type { Facts } from '../../match/gcp/condition.ts';
import type { Grant } from './grants.ts';
import type { Ancestry } from './hierarchy.ts';
import { isVague } from './members.ts';
import type { Principal } from './principal.ts';
import type { World } from './world.ts';

export type Found = { grant: Grant; certain: boolean; words: readonly string[] };
export type Allowed = {
  /** One that grants it for certain. */
  yes: Found | null;
  /** One that does where its words hold. */
  maybe: Found | null;
  /** What was not read and could grant it. */
  gaps: readonly string[];
};

export function allowed(world: World, principal: Principal, ancestry: Ancestry, facts: Facts): Allowed {
  const wanted = new Set(ancestry.names);
  const gaps: string[] = [];
  let maybe: Found | null = null;
  for (const grant of candidates(world, principal, wanted, facts)) {
    const answer = judge(world, grant, facts);
    if (answer === null) continue;
    if ('gap' in answer) gaps.push(answer.gap);
    else if (answer.certain) return { yes: answer, maybe: null, gaps: [] };
    else maybe ??= answer;
    // Of users a domain may be certain; of anybody else no vague member is better than what may hold already.
    if (maybe !== null && principal.who.type !== 'user' && isVague(grant.member)) break;
  }
  return { yes: null, maybe, gaps: [...gaps, ...unread(world, ancestry)] };
}

/** Null: it does not grant it. */
function judge(world: World, grant: Grant, facts: Facts): Found | { gap: string } | null {
  const { role, condition } = grant.binding;
  const granted = world.roles.grants(role, facts.permission!);
  if (granted === 'no') return null;
  const { holds, words } = world.conditions(condition, facts);
  if (holds === 'no') return null;
  if (granted === 'unknown') return { gap: world.roles.gap(role) };
  const certain = grant.match.match === 'yes' && holds === 'yes';
  return { grant, certain, words: grant.match.words === null ? words : [grant.match.words, ...words] };
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
      for (const entry of entries) {
        const match = world.grants.match(principal, entry);
        if (match.match !== 'no') yield { ...entry, match };
      }
    }
}

function unread({ coverage }: World, { names, nodes, gap }: Ancestry): string[] {
  const own = names.slice(0, names.length - nodes.length);
  const gaps = nodes.map((node) => coverage.gap(node, 'iam-policy'));
  // Of a resource and its parts, one has the policy: a bucket, not its objects.
  const ownRead = own.length === 0 || own.some((name) => coverage.gap(name, 'iam-policy') === null);
  if (!ownRead) gaps.push(coverage.gap(own.at(-1)!, 'iam-policy'));
  return [...gaps, gap].filter((one) => one !== null);
}
