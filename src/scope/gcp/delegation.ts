/**
 * Chains of delegation: whoever may delegate through an account gets tokens of what that account gets tokens of, without
 * being that account. https://cloud.google.com/iam/docs/create-short-lived-credentials-delegated
 */
import type { IdentityEdge } from '../../model/configured.ts';
import type { GcpServiceAccount } from '../../model/gcp.ts';
import { ask, edge, targetsOf, tokenEdge } from './impersonation.ts';
import type { Principal } from './principal.ts';
import type { World } from './world.ts';

const DELEGATES = 'iam.serviceAccounts.implicitDelegation';
const TOKEN = 'iam.serviceAccounts.getAccessToken';
/** Of one principal; an estate in which everybody delegates to everybody has no chain worth more. */
const MAX_VIA = 500;

type Via = { account: GcpServiceAccount; edge: IdentityEdge };

/** `own`: what it becomes without any chain, which is not told again. */
export function delegated(world: World, principal: Principal, own: readonly IdentityEdge[]): IdentityEdge[] {
  const found = new Map<string, IdentityEdge>();
  const direct = new Set(own.filter(({ by }) => by === TOKEN).map(({ to }) => to));
  for (const { account, edge: chain } of chainsOf(world, principal)) {
    const middle = world.principals.of(account.email);
    for (const target of targetsOf(world, middle, [TOKEN])) {
      const last = tokenEdge(world, middle, target);
      if (last === null || last.by !== TOKEN || direct.has(last.to) || last.to === principal.id) continue;
      if (!found.has(last.to)) found.set(last.to, joined(chain, last));
    }
  }
  return [...found.values()];
}

function chainsOf(world: World, principal: Principal): Via[] {
  const seen = new Set([principal.id]);
  const queue: Via[] = [];
  const follow = (from: Principal, before: IdentityEdge | null) => {
    for (const account of targetsOf(world, from, [DELEGATES])) {
      const answer = ask(world, from, account, DELEGATES);
      const next = edge(from, account, { by: DELEGATES, answer });
      if (answer.verdict === 'deny' || answer.verdict === 'cannot-tell') continue;
      if (seen.has(next.to) || queue.length >= MAX_VIA) continue;
      seen.add(next.to);
      queue.push({ account, edge: before === null ? next : joined(before, next) });
    }
  };
  follow(principal, null);
  for (const { account, edge: before } of queue) follow(world.principals.of(account.email), before);
  return queue;
}

function joined(first: IdentityEdge, second: IdentityEdge): IdentityEdge {
  const certain = first.effect === 'allow' && second.effect === 'allow';
  return {
    from: first.from,
    to: second.to,
    by: DELEGATES,
    effect: certain ? 'allow' : 'conditional',
    path: [...first.path, ...second.path],
    conditions: [...first.conditions, ...second.conditions],
  };
}
