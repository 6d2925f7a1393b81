/** What each cloud's resolution offers to the rest: one interface, so that identity chains cross clouds. */
import type { Capability, Cloud, IdentityEdge } from '../model/configured.ts';
import type { Answer } from '../model/query.ts';

export type CloudRequest = {
  /** `arn:aws:iam::1:role/x`, `serviceAccount:e`, an object id. */
  principal: string;
  action: string;
  /** Null: any resource. */
  resource: string | null;
  /** Condition keys that are known, lower case; every other one is unknown. */
  context: Readonly<Record<string, readonly string[]>>;
  /** As `Reached.session`. */
  session?: string;
};

export type CloudScope = {
  cloud: Cloud;
  /** Whether the principal is of this estate at all. */
  knows(principal: string): boolean;
  /**
   * Grants of a principal, each with its path from the principal on; `holder.id` as observed principals are written.
   * `session`: as `Reached.session`; absent: no session in particular.
   */
  capabilitiesOf(principal: string, session?: string): readonly Capability[];
  /** Identities that it can become in one step. */
  edgesOf(principal: string, session?: string): readonly IdentityEdge[];
  decide(request: CloudRequest): Answer;
};
