/** The frame of findings on an identity in use that the agent's own configuration does not enumerate. */
import { edgeToCut } from '../match/edge.ts';
import type { Hop } from '../model/configured.ts';
import type { LedgerWorkload } from '../model/ledger.ts';
import type { Draft } from './define-detector.ts';
import { presence, presenceConfidence } from './evidence.ts';
import { actionsOf, type IdentityUse, nameOfPrincipal } from './identities.ts';
import { counted, listed } from './words.ts';

/** Actions that let their holder become more than it is, or that give away what others keep secret. */
const SENSITIVE =
  /^(iam|sts|kms|secretsmanager|ssm|organizations):|setIamPolicy|getAccessToken|secrets|roleAssignments|PassRole/i;

export type Hidden = {
  /** After "{agent} ". */
  claim: string;
  path: readonly Hop[];
  /** Where to cut, if it is not the first inherited hop of the path. */
  cut?: Hop;
  caveat?: string;
};

export function hiddenDraft(
  view: LedgerWorkload,
  use: IdentityUse,
  { claim, path, cut, caveat }: Hidden,
): Draft<2> {
  const hop = cut ?? edgeToCut(path) ?? path.at(-1)!;
  const actions = actionsOf(use.rows);
  const who = nameOfPrincipal(use.principal);
  const operational = presence(use.rows, `acted as ${who}: ${listed(actions)}`, actions);
  return {
    subject: who,
    key: `${who} ${hop.object} ${hop.field}`,
    claim: `${view.label} ${claim} (${counted(operational.count, 'call')}: ${listed(actions)}).`,
    configured: { summary: `${who} through ${hop.object} ${hop.field}`, path },
    operational,
    remedy: { upstream: { object: hop.object, field: hop.field } },
    aggravated: actions.some((action) => SENSITIVE.test(action)),
    ...presenceConfidence(use.rows, caveat),
    confidenceReason: confidenceOf(use, caveat),
  };
}

function confidenceOf({ rows }: IdentityUse, caveat: string | undefined): string {
  const sources = [...new Set(rows.flatMap((row) => row.sources))].sort();
  return `told by ${listed(sources)}${caveat === undefined ? '' : `; ${caveat}`}`;
}
