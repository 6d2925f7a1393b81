/**
 * One permission of one principal on one resource, in the documented order: deny policies and access boundaries, then
 * allow policies of the resource and all above. https://cloud.google.com/iam/docs/policy-types#evaluation
 */
import type { Facts } from '../../match/gcp/condition.ts';
import type { Hop } from '../../model/configured.ts';
import type { Answer } from '../../model/query.ts';
import { allowed } from './allow.ts';
import type { Eligibility } from './boundary.ts';
import type { Denial } from './deny.ts';
import type { Ancestry } from './hierarchy.ts';
import { boundaryHop, denyHop, grantHops, principalHop } from './hops.ts';
import type { Principal } from './principal.ts';
import type { World } from './world.ts';

export type Question = {
  principal: Principal;
  permission: string;
  resource: string;
  context: Facts['context'];
};

export function decideOn(world: World, question: Question): Answer {
  const { principal, permission, context } = question;
  const resource = world.hierarchy.canonical(question.resource);
  const ancestry = world.hierarchy.ancestry(resource);
  const names = world.hierarchy.spellings(resource);
  const facts = { permission, names, who: principal.who, context };
  const start = principalHop(principal);
  const denials = world.denials.on(principal, ancestry.names, facts);
  const sure = denials.find(({ denied }) => denied === 'yes');
  if (sure) return denied(sure, start);
  const eligibility = world.boundaries.eligible(principal, resource, facts);
  if (eligibility.eligible === 'no') return blocked(eligibility, start);
  const { yes, maybe, gaps } = allowed(world, principal, ancestry, facts);
  const found = yes ?? maybe;
  if (found === null)
    return gaps.length > 0
      ? cannotTell(`no binding that was read grants ${permission}, but ${gaps[0]}`, [start])
      : {
          verdict: 'deny',
          reason: `no binding grants ${permission} on ${resource}`,
          path: [start],
          conditions: [],
        };
  const path = [start, ...grantHops(found.grant)];
  const unread = unreadAbove(world, ancestry) ?? eligibility.gap;
  const by = `${found.grant.binding.role} of ${found.grant.resource} ${found.grant.field}`;
  if (unread !== null) return cannotTell(`${by} grants it, but ${unread}`, path);
  const conditions = [...found.words, ...denials.flatMap(({ words }) => words), ...eligibility.words];
  const certain = found.certain && denials.length === 0 && eligibility.eligible === 'yes';
  return {
    verdict: certain ? 'allow' : 'conditional',
    reason: `${by} grants it${leftOut(world, ancestry)}`,
    path,
    conditions,
  };
}

function denied({ by }: Denial, start: Hop): Answer {
  const reason = `deny policy ${by.policy.name} ${by.rule.field} on ${by.resource} denies it`;
  return { verdict: 'deny', reason, path: [start, denyHop(by)], conditions: [] };
}

function blocked({ by }: Eligibility, start: Hop): Answer {
  const reason = `access boundary ${by!.binding.policy} does not have the resource`;
  return { verdict: 'deny', reason, path: [start, boundaryHop(by!)], conditions: [] };
}

export function cannotTell(reason: string, path: readonly Hop[]): Answer {
  return { verdict: 'cannot-tell', reason, path, conditions: [] };
}

/** What exports seldom hold. */
function leftOut({ coverage }: World, { nodes }: Ancestry): string {
  const words = { 'deny-policies': 'deny policies', 'policy-bindings': 'access boundaries' } as const;
  const parts = (['deny-policies', 'policy-bindings'] as const).filter((part) =>
    nodes.some((node) => coverage.isLeftOut(node, part)),
  );
  return parts.length === 0 ? '' : `; no ${parts.map((part) => words[part]).join(' and ')} were given`;
}

/** A deny policy that was not read may deny. They are attached to projects, folders and organizations only. */
export function unreadAbove(world: World, { nodes, gap }: Ancestry): string | null {
  if (gap !== null) return `a deny policy may hold: ${gap}`;
  return nodes.map((node) => world.coverage.gap(node, 'deny-policies')).find((one) => one !== null) ?? null;
}
