/**
 * One capability per statement that grants: of identity policies, own and of groups, and of resources of the same
 * account that name the principal or everybody. `effect` is conditional where the statement's conditions, or those of a
 * deny, are not known from the principal alone. Conditions of an `allow` are layers that were not read: it is granted,
 * and they may take it away.
 */

import { conditionHolds } from '../../match/aws/condition.ts';
import { compilePolicy } from '../../match/aws/policy.ts';
import type { Statement } from '../../match/aws/statement.ts';
import { conditionWords, list } from '../../match/aws/words.ts';
import type { Capability, Hop } from '../../model/configured.ts';
import { actionWords } from './answer.ts';
import { hop } from './attachments.ts';
import { type ConditionalDenies, deniesOf, indexDenies } from './conditional-denies.ts';
import { type Cuts, cutsOf, patternOf, survives } from './cut.ts';
import { askedLayers, type Own, type World } from './layers.ts';
import type { ResourceGrant } from './resource-grants.ts';

export function capabilities(world: World, own: Own, grants: readonly ResourceGrant[]): Capability[] {
  const asked = askedLayers(world, own, '', null, {});
  const { lookup } = asked.request;
  const cuts = cutsOf(own, lookup);
  const gaps = gapsOf(own, asked.layers.organizationGap);
  const context = { own, cuts, gaps, lookup, denies: indexDenies(cuts.conditional, lookup) };
  return [
    ...identityGrants(context),
    ...grants.flatMap(({ statement, hops }) => granted(context, statement, hops) ?? []),
  ];
}

type Context = {
  own: Own;
  cuts: Cuts;
  denies: ConditionalDenies;
  gaps: readonly string[];
  lookup: (key: string) => readonly string[] | null;
};

/** What was not read and may take away; policies that may only add are capabilities of their own. */
function gapsOf({ boundary, session, controls, identity }: Own, organization: string | null): string[] {
  const limits = [boundary, session, ...controls.service].flatMap((layer) => layer?.unread ?? []);
  const own = (identity?.unread ?? []).map((text) => `${text}, does not deny it`);
  return [...own, ...limits.map((text) => `${text}, allows it`), ...(organization ? [organization] : [])];
}

function identityGrants(context: Context): Capability[] {
  return context.own.attachments.flatMap((attachment) => {
    const policy = attachment.policy ? compilePolicy(attachment.policy) : null;
    if (!policy) return [unknownCapability(context, attachment.id, attachment.hops)];
    const inherited = attachment.hops.at(-1)!.inherited;
    return policy.statements.flatMap((statement) => {
      if (statement.source.effect !== 'Allow' || !survives(statement, context.cuts)) return [];
      const why = `allows ${actionWords(statement.source)}`;
      const last = hop(`Policy ${attachment.id}`, statement.source.field, why, inherited);
      return granted(context, statement, [...attachment.hops, last]) ?? [];
    });
  });
}

/** Null: a condition, or a variable that is absent, excludes this principal for certain. */
function granted(
  { own, cuts, denies, gaps, lookup }: Context,
  statement: Statement,
  path: readonly Hop[],
): Capability | null {
  const results = statement.conditions.map((one) => ({ one, holds: conditionHolds(one, lookup) }));
  const named = patternOf(statement, lookup);
  if (named === null || results.some(({ holds }) => holds === 'no')) return null;
  const open = results.flatMap(({ one, holds }) => (holds === 'unknown' ? [conditionWords(one.source)] : []));
  const conditional = deniesOf(denies, statement);
  const { source } = statement;
  if (named.open)
    open.push(`the resource is ${source.notResource ? 'none' : 'one'} of ${list(source.resources ?? [])}`);
  return {
    ...base(own, source.field, path),
    summary: `${actionWords(source)} on ${source.notResource ? 'all but ' : ''}${list(source.resources ?? ['*'])}`,
    allow: [named.pattern],
    deny: cuts.deny,
    conditions: [...open, ...conditional, ...gaps],
    effect: open.length + conditional.length > 0 ? 'conditional' : 'allow',
  };
}

function unknownCapability({ own, gaps }: Context, id: string, hops: readonly Hop[]): Capability {
  return {
    ...base(own, id, hops),
    summary: `whatever ${id} grants`,
    allow: [],
    deny: [],
    conditions: [`${id} was not read`, ...gaps],
    effect: 'conditional',
  };
}

function base(own: Own, key: string, path: readonly Hop[]) {
  const { id } = own.principal;
  const way = path.slice(-2).map(({ object }) => object);
  return {
    id: `cloud-action:${id}:${[...way, key].join('/')}`,
    holder: { type: 'principal' as const, id },
    kind: 'cloud-action' as const,
    origin: path.some((one) => one.inherited) ? ('inherited' as const) : ('direct' as const),
    path,
    source: 'aws-iam',
  };
}
