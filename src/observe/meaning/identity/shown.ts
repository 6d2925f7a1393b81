/** Long-lived credentials that a request shows: nothing handed them out while we watched. */
import type { World } from '../said.ts';

export type Shown = {
  /** `static-key`, `api-key`, `shared-access-signature`, `kubernetes-service-account-token` … */
  source: string;
  /** Whose it is, or its fingerprint. */
  principal: string;
  context: 'aws' | 'gcp' | 'azure' | 'kubernetes';
};

export function sayShown(world: World, { source, principal, context }: Shown, at: number): void {
  world.say({ kind: 'credential-source', subject: `${source} ${principal}`, context, principal, at });
}
