/** Identities of one cloud that another one takes for its own: the only edges that no cloud's scope shows alone. */
import type { IdentityEdge } from '../model/configured.ts';
import type { Estate } from '../model/estate.ts';
import { externalPrincipals } from './gcp/federation.ts';

/** Roles and users of AWS that a workload identity pool of Google exchanges, and what they may become there. */
export function federations({ gcp }: Estate): (principal: string) => readonly IdentityEdge[] {
  if (!gcp) return () => [];
  return (principal) => {
    if (!principal.startsWith('aws:arn:')) return [];
    return externalPrincipals(gcp, { type: 'aws', arn: principal.slice('aws:'.length) }).map(
      ({ principal: to, provider, effect, conditions, path }) => ({
        from: principal,
        to,
        by: `token exchange at ${provider}`,
        effect,
        path: path.map((hop) => ({ ...hop, inherited: true })),
        conditions,
      }),
    );
  };
}
