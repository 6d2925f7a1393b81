/** One layer of the evaluation: policies that are asked together, and what of them was not read. */
import type { Naming } from './caller.ts';
import { anyOf, GRANTED, type Need, type Outcome, refused, unread } from './outcome.ts';
import { eachFound, type Found, type Policy } from './policy.ts';
import { type Request, statementNames } from './statement.ts';

export type Layer = {
  /** In words: `the boundary arn:…`, `the SCPs of ou-1`. */
  name: string;
  policies: readonly Policy[];
  /** What could not be read or understood of it, `policy arn:… was not read`. */
  unread: readonly string[];
};
export type Sides = { allow: Outcome; deny: Deny };
/** `found`: a deny that holds; `open`: those that may. */
export type Deny = { found: Found | null; open: readonly Need[] };

/** Alternatives that are told: each is enough, so that those beyond them need not be. */
const MAX_OPEN = 8;
export const NO_DENY: Deny = { found: null, open: [] };

/** Policies without principals: of identities, boundaries, sessions, organizations. `grants`: access can come from it. */
export function layerSides(layer: Layer, request: Request, grants: boolean): Sides {
  const { allows, denies } = collect(layer.policies, request);
  const allow = outcomeOf(allows, `nothing in ${layer.name} allows it`);
  const deny = denyOf(denies);
  if (layer.unread.length === 0) return { allow, deny };
  const gaps = layer.unread.map((text) => unread(`${text}, allows it`, grants));
  // What allows does not deny: it is said once.
  const silent = layer.policies.length === 0 ? [] : layer.unread.map(denyGap);
  return { allow: anyOf([allow, ...gaps]), deny: { ...deny, open: [...deny.open, ...silent] } };
}

export function denyGap(text: string): Need {
  return { type: 'unread', text: `${text}, does not deny it`, grants: false };
}

function collect(policies: readonly Policy[], request: Request): { allows: Found[]; denies: Found[] } {
  const allows: Found[] = [];
  const denies: Found[] = [];
  for (const policy of policies)
    eachFound(policy, request, (found) => {
      (found.statement.source.effect === 'Allow' ? allows : denies).push(found);
    });
  return { allows, denies };
}

export function outcomeOf(found: readonly Found[], why: string): Outcome {
  const yes = found.find((one) => one.holds === 'yes');
  if (yes) return { ...GRANTED, by: [yes] };
  if (found.length === 0) return refused(why);
  const shown = found.slice(0, MAX_OPEN);
  return anyOf(
    shown.map((one) => ({
      value: 'unknown',
      by: [one],
      needs: [{ type: 'statement', found: one, deny: false }],
      why: '',
    })),
  );
}

export function denyOf(found: readonly Found[]): Deny {
  const yes = found.find((one) => one.holds === 'yes') ?? null;
  const open = found.map((one): Need => ({ type: 'statement', found: one, deny: true }));
  return { found: yes, open: yes ? [] : open };
}

export type ResourceSides = Readonly<Record<'direct' | 'role' | 'account', Outcome>> & { deny: Deny };

/** The policy of a resource: its allows by how near they name the caller. */
export function resourceSides(policy: Policy, request: Request, name: string): ResourceSides {
  const allows: Record<Naming, Found[]> = { direct: [], role: [], account: [], maybe: [], none: [] };
  const denies: Found[] = [];
  eachFound(policy, request, (found) => {
    const named = statementNames(found.statement, request);
    if (named === 'none') return;
    const one: Found = named === 'maybe' ? { ...found, holds: 'unknown' } : found;
    (found.statement.source.effect === 'Deny' ? denies : allows[named]).push(one);
  });
  const why = `nothing in ${name} allows it`;
  return {
    direct: outcomeOf([...allows.direct, ...allows.maybe], why),
    role: outcomeOf(allows.role, why),
    account: outcomeOf(allows.account, why),
    deny: denyOf(denies),
  };
}
