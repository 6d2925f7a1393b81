/** Which resources the identity policies of a principal could name for an action: what need not be asked at all. */
import { actionMatches } from '../../match/aws/actions.ts';
import { serviceOf } from '../../match/aws/policy.ts';
import type { Own } from './layers.ts';

export type Targets =
  | 'none'
  /** Patterns, or policies that were not read. */
  | 'any'
  | ReadonlySet<string>;

/** `action`: in lower case. */
export function targetsOf({ identity }: Own, action: string): Targets {
  if (identity === null || identity.unread.length > 0) return 'any';
  const exact = new Set<string>();
  for (const { byAction, byService, rest } of identity.policies) {
    const lists = [byAction.get(action), byService.get(serviceOf(action)), rest];
    for (const { source, actions, resources } of lists.flatMap((list) => list ?? [])) {
      if (source.effect === 'Deny' || actionMatches(actions, action) === source.notAction) continue;
      const open =
        source.notResource ||
        resources === null ||
        resources.patterns.length + resources.templates.length > 0;
      if (open) return 'any';
      for (const one of resources.exact) exact.add(one);
    }
  }
  return exact.size === 0 ? 'none' : exact;
}

export function mayTarget(targets: Targets, resource: string): boolean {
  return targets === 'any' || (targets !== 'none' && targets.has(resource));
}
