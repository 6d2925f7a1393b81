/**
 * What takes away from the grants of a principal: its denies, and whatever its boundary, its session policy or the SCPs
 * leave out. Patterns say a little less than the evaluator knows (conditions, pairs of actions and resources): what is
 * cut here is cut for certain, and `decide` is exact.
 */
import { type ActionIndex, indexActions, isIn } from '../../match/aws/actions.ts';
import { compileGlob, type Glob, mayMeet } from '../../match/aws/glob.ts';
import type { Layer } from '../../match/aws/layer.ts';
import type { Statement } from '../../match/aws/statement.ts';
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
  /** Denies with conditions. */
  conditional: readonly Statement[];
  ceilings: readonly Ceiling[];
};

export function cutsOf({ identity, boundary, session, controls }: Own): Cuts {
  const layered = [boundary, session, ...controls.service].filter((one): one is Layer => one !== null);
  const layers = identity ? [identity, ...layered] : layered;
  const denies = layers.flatMap((layer) => statementsOf(layer, 'Deny'));
  const plain = denies.filter(({ conditions }) => conditions.length === 0);
  const limits = layered.map(ceilingOf).filter((one) => !one.everything);
  return {
    deny: [...plain.map(({ source }) => patternOf(source)), ...limits.flatMap((one) => one.leftOut)],
    certain: indexActions(plain.filter(isOfAll).flatMap(({ source }) => source.actions)),
    conditional: denies.filter(({ conditions }) => conditions.length > 0),
    ceilings: limits,
  };
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

function allowsAll({ actions, resources, conditions, source }: Statement): boolean {
  const all = actions.everything && !source.notAction && resources?.everything && !source.notResource;
  return all === true && conditions.length === 0;
}

function isOfAll({ resources, source }: Statement): boolean {
  return !source.notAction && !source.notResource && resources?.everything !== false;
}

const EVERYWHERE = { type: 'cloud', cloud: 'aws', resources: ['*'], notResources: false } as const;

export function patternOf(source: AwsStatement): CloudPattern {
  return {
    type: 'cloud',
    cloud: 'aws',
    actions: source.actions,
    notActions: source.notAction,
    resources: source.resources ?? ['*'],
    notResources: source.notResource,
  };
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
