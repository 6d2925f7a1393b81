/** What the configuration leaves undefined: to be said, not decided. */
import type { NetworkPolicy } from '../model/kubernetes.ts';
import { refName } from './describe.ts';

/** Cluster policies of one tier and priority, of which the API says only that either may win. */
export function ambiguousPriorities(policies: readonly NetworkPolicy[]): string[] {
  const ranked = policies.filter(({ tier, engine }) => tier !== 'namespace' && !engine);
  const groups = Map.groupBy(ranked, ({ tier, priority }) => `${tier} priority ${priority}`);
  return [...groups]
    .filter(([, group]) => group.length > 1)
    .map(
      ([rank, group]) =>
        `${group.map(({ ref }) => refName(ref)).join(' and ')} share ${rank}: which of them wins is undefined`,
    );
}
