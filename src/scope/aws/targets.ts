/** Which resources the identity policies of a principal could name for an action: what need not be asked at all. */
import { actionMatches } from '../../match/aws/actions.ts';
import { type ArnPattern, arnMatches, parseArn } from '../../match/aws/arn.ts';
import { serviceOf } from '../../match/aws/policy.ts';
import type { Own } from './layers.ts';

/** `any`: more than can be listed. */
export type Targets = 'none' | 'any' | { exact: ReadonlySet<string>; patterns: readonly ArnPattern[] };

/** `action`: in lower case. */
export function targetsOf({ identity }: Own, action: string): Targets {
  if (identity === null || identity.unread.length > 0) return 'any';
  const exact = new Set<string>();
  const patterns: ArnPattern[] = [];
  for (const { byAction, byService, rest } of identity.policies) {
    const lists = [byAction.get(action), byService.get(serviceOf(action)), rest];
    for (const { source, actions, resources } of lists.flatMap((list) => list ?? [])) {
      if (source.effect === 'Deny' || actionMatches(actions, action) === source.notAction) continue;
      if (source.notResource || resources === null) return 'any';
      if (resources.everything || resources.templates.length > 0) return 'any';
      patterns.push(...resources.patterns);
      for (const one of resources.exact) exact.add(one);
    }
  }
  return exact.size === 0 ? 'none' : { exact, patterns };
}

export function mayTarget(targets: Targets, resource: string): boolean {
  if (typeof targets === 'string') return targets === 'any';
  if (targets.exact.has(resource)) return true;
  if (targets.patterns.length === 0) return false;
  const arn = parseArn(resource, false);
  return targets.patterns.some((one) => arnMatches(one, arn) === 'yes');
}
