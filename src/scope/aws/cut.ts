/**
 * What takes away from the grants of a principal: its denies, and whatever its boundary, its session policy or the SCPs
 * leave out. Patterns say a little less than the evaluator knows (conditions, pairs of actions and resources): what is
 * cut here is cut for certain, and `decide` is exact.
 */

import { type ActionIndex, indexActions, isIn } from '../../match/aws/actions.ts';
import type { Lookup } from '../../match/aws/context.ts';
import { compileGlob, type Glob, mayMeet } from '../../match/aws/glob.ts';
import type { Layer } from '../../match/aws/layer.ts';
import type { Statement } from '../../match/aws/statement.ts';
import { expand } from '../../match/aws/variables.ts';
import type { AwsStatement } from '../../model/aws.ts';
import type { Pattern } from '../../model/configured.ts';
import type { Own } from './layers.ts';

type CloudPattern = Extract<Pattern, { type: 'cloud' }>;
/** What a limiting layer allows, whatever the resource. `open`: it excludes actions and lets all others pass. */
type Ceiling = {
  everything: boolean;
  open: boolean;
  globs: readonly Glob[];
  leftOut: readonly CloudPattern[];
};
export type Cuts = {
  deny: readonly CloudPattern[];
  /** Actions that are denied on all resources without a condition. */
  certain: ActionIndex;
  /** Denies with conditions, or of resources that are not known. */
  conditional: readonly Statement[];
  ceilings: readonly Ceiling[];
};

export function cutsOf({ identity, boundary, session, controls }: Own, lookup: Lookup): Cuts {
  const layered = [boundary, session, ...controls.service].filter((one): one is Layer => one !== null);
  const layers = identity ? [identity, ...layered] : layered;
  const denies = layers.flatMap((layer) => statementsOf(layer, 'Deny'));
  const plain = denies.filter((one) => one.conditions.length === 0 && !isOpen(one, lookup));
  const limits = layered.map(ceilingOf).filter((one) => !one.everything);
  return {
    deny: [
      ...plain.flatMap((one) => patternOf(one, lookup)?.pattern ?? []),
      ...limits.flatMap((one) => one.leftOut),
    ],
    certain: indexActions(plain.filter(isOfAll).flatMap(({ source }) => source.actions)),
    conditional: denies.filter((one) => one.conditions.length > 0 || isOpen(one, lookup)),
    ceilings: limits,
  };
}

/** Whether its resources have variables that are not known. */
function isOpen(deny: Statement, lookup: Lookup): boolean {
  return patternOf(deny, lookup)?.open === true;
}

/** Layers of accounts and boundaries are shared by many principals. */
const ceilings = new WeakMap<Layer, Ceiling>();

function ceilingOf(layer: Layer): Ceiling {
  const known = ceilings.get(layer);
  if (known) return known;
  const allows = statementsOf(layer, 'Allow');
  const open = allows.some(({ source }) => source.notAction);
  const actions = [...new Set(allows.flatMap(({ source }) => source.actions))];
  const ceiling = {
    everything: layer.unread.length > 0 || allows.some(allowsAll),
    open,
    globs: open ? [] : actions.map((one) => compileGlob(one.toLowerCase())),
    leftOut: open ? [] : [{ ...EVERYWHERE, actions, notActions: true }],
  };
  ceilings.set(layer, ceiling);
  return ceiling;
}

function statementsOf({ policies }: Layer, effect: AwsStatement['effect']): Statement[] {
  return policies.flatMap(({ statements }) => statements.filter(({ source }) => source.effect === effect));
}

export function allowsAll({ actions, resources, conditions, source }: Statement): boolean {
  const all = actions.everything && !source.notAction && resources?.everything && !source.notResource;
  return all === true && conditions.length === 0;
}

function isOfAll({ resources, source }: Statement): boolean {
  return !source.notAction && !source.notResource && resources?.everything !== false;
}

const EVERYWHERE = { type: 'cloud', cloud: 'aws', resources: ['*'], notResources: false } as const;

/** `open`: a variable in its resources is not known, and the pattern says more than the statement. Null: nothing is left. */
export function patternOf(
  { source, variables }: Statement,
  lookup: Lookup,
): { pattern: CloudPattern; open: boolean } | null {
  const written = source.resources ?? ['*'];
  const filled = variables
    ? written.map((one) => expand(one, lookup))
    : written.map((text) => ({ text, open: false }));
  const known = filled.filter((one) => one !== null);
  const open = known.some((one) => one.open);
  const resources = (source.notResource ? known.filter((one) => !one.open) : known).map(({ text }) => text);
  if (known.length === 0 && !source.notResource) return null;
  const { actions, notAction: notActions, notResource: notResources } = source;
  return { pattern: { type: 'cloud', cloud: 'aws', actions, notActions, resources, notResources }, open };
}

/**
 * Whether anything of an allow is left: some action that no deny covers whole, and that every ceiling may let pass. A
 * pattern is covered where its text, stars and all, is matched.
 */
export function survives({ source }: Statement, { certain, ceilings: limits }: Cuts): boolean {
  if (source.notAction) return true;
  return source.actions.some((written) => {
    const action = written.toLowerCase();
    return (
      !isIn(certain, action) &&
      limits.every(({ open, globs }) => open || globs.some((glob) => mayMeet(glob, action)))
    );
  });
}
