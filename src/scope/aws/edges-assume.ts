/** Roles that a principal assumes: its own policies and the role's trust policy have to agree (and all that limits). */
import { parseArn } from '../../match/aws/arn.ts';
import type { AwsRole } from '../../model/aws.ts';
import type { Hop, IdentityEdge } from '../../model/configured.ts';
import type { Answer } from '../../model/query.ts';
import { answer } from './answer.ts';
import { nameKey } from './estate-index.ts';
import { askedLayers, type Own, type World } from './layers.ts';
import { mayTarget, type Targets, targetsOf } from './targets.ts';
import type { TrustIndex } from './trust-index.ts';

export type EdgeWorld = World & { trust: TrustIndex };
/** Whether a principal is reached already, and for certain. */
export type IsDone = (arn: string) => boolean;

export function assumeEdges(world: EdgeWorld, own: Own): IdentityEdge[] {
  const targets = targetsOf(own, 'sts:assumerole');
  const known = candidates(world, own, targets).map((role) => role.arn);
  return [...known, ...unreadRoles(world, targets)].flatMap(
    (arn) => edge(own, arn, 'sts:AssumeRole', assumes(world, own, arn)) ?? [],
  );
}

/**
 * Tags that go on are passed as if they were sent anew: that has to be allowed as well.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required
 */
function assumes(world: EdgeWorld, own: Own, arn: string): Answer {
  const assumed = ask(world, own, 'sts:assumerole', arn);
  if (!own.sendsTags || assumed.verdict === 'deny') return assumed;
  return allOf([assumed, ask(world, own, 'sts:tagsession', arn)]);
}

/** All have to be allowed: the worst decides. */
export function allOf(answers: readonly Answer[]): Answer {
  const worst =
    answers.find((one) => one.verdict === 'deny') ??
    answers.find((one) => one.verdict === 'cannot-tell') ??
    answers.find((one) => one.verdict !== 'allow');
  return {
    verdict: worst?.verdict ?? 'allow',
    reason: worst?.reason ?? '',
    path: distinct(answers.flatMap((one) => one.path)),
    conditions: [...new Set(answers.flatMap((one) => one.conditions))],
  };
}

/** One statement may allow several of the actions. */
function distinct(path: readonly Hop[]): Hop[] {
  return [...new Map(path.map((one) => [`${one.object} ${one.field}`, one])).values()];
}

/** Named by their ARN they need no policy of their own in their account; else they need one that may name the role. */
function candidates({ trust }: EdgeWorld, { principal }: Own, targets: Targets): AwsRole[] {
  const { account, role, id } = principal.caller;
  const session = principal.holder ? nameKey(principal.holder) : '';
  const named = [id, role ?? '', session].flatMap((key) => trust.named.get(key) ?? []);
  const byAccount = targets === 'none' ? [] : (trust.named.get(account ?? '') ?? []);
  const found = new Set([...named, ...trust.toAll]);
  for (const one of byAccount) if (mayTarget(targets, one.arn)) found.add(one);
  return [...found].filter((one) => one.account === account || mayTarget(targets, one.arn));
}

/** Roles that are named by their ARN and lie in accounts that were not read. */
function unreadRoles({ index }: EdgeWorld, targets: Targets): string[] {
  if (typeof targets === 'string') return [];
  return [...targets.exact].filter((arn) => isRoleOfNobody(index, arn));
}

function isRoleOfNobody({ roles, accounts }: EdgeWorld['index'], arn: string): boolean {
  return (
    arn.includes(':role/') && !/[*?]/.test(arn) && !roles.has(arn) && !accounts.has(arn.split(':', 5)[4]!)
  );
}

export function ask(
  world: World,
  own: Own,
  action: string,
  resource: string | null,
  context: Readonly<Record<string, readonly string[]>> = {},
): Answer {
  const arn = resource === null ? null : parseArn(resource, true);
  return answer(own, askedLayers(world, own, action, arn, context));
}

/** Null: denied. What cannot be told is an edge whose condition says why. */
export function edge({ principal }: Own, to: string, by: string, result: Answer): IdentityEdge | null {
  if (result.verdict === 'deny') return null;
  const conditions = result.verdict === 'cannot-tell' ? [result.reason] : result.conditions;
  const effect = result.verdict === 'allow' ? 'allow' : 'conditional';
  return { from: principal.id, to: `aws:${to}`, by, effect, path: result.path, conditions };
}
