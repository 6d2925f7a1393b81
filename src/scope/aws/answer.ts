/** A decision as an answer: the objects and fields that made it, and what would have to hold, in words. */
import { type Decision, evaluate } from '../../match/aws/evaluate.ts';
import type { Found } from '../../match/aws/policy.ts';
import { list, nameOf, needWords } from '../../match/aws/words.ts';
import type { Hop } from '../../model/configured.ts';
import type { Answer } from '../../model/query.ts';
import { hop } from './attachments.ts';
import type { Asked, Own } from './layers.ts';

const MAX_PATHS = 3;

export function answer(own: Own, asked: Asked): Answer {
  const decision = evaluate(asked.layers, asked.request);
  const conditions = needWords(decision.needs, asked.request);
  const { grants, limits } = partsOf(own, decision.by);
  // What lets something through gives nothing: to take it away is no way to cut this one way.
  const deciding = decision.denied
    ? [decision.denied]
    : (grants.length > 0 ? grants : limits).slice(0, MAX_PATHS);
  return {
    verdict: decision.verdict,
    reason: reasonOf({ ...decision, by: [...grants, ...limits] }, conditions, notesOf(own, asked)),
    path: deciding.flatMap((found) => hopsOf(own, found, asked.resource.layer.name)),
    conditions: decision.verdict === 'conditional' ? conditions : [],
  };
}

/** Statements that grant apart from those of service control policies, which only let through; there are many levels. */
function partsOf({ controls }: Own, by: readonly Found[]): { grants: Found[]; limits: Found[] } {
  const all = [...new Map(by.map((found) => [found.statement, found])).values()];
  const isLimit = ({ policy }: Found) => controls.service.some(({ policies }) => policies.includes(policy));
  return { grants: all.filter((one) => !isLimit(one)), limits: all.filter(isLimit) };
}

/** What nobody asked for, and what therefore was not asked. */
function notesOf({ controls }: Own, { resource }: Asked): string {
  const policy = resource.notGiven ? `; ${resource.layer.name} was not given` : '';
  return controls.known || controls.refused ? policy : `${policy}; no SCPs and RCPs were given`;
}

function reasonOf(decision: Decision, conditions: readonly string[], note: string): string {
  const by = decision.by.map(nameOf).slice(0, MAX_PATHS).join(', ') || 'its own right';
  switch (decision.verdict) {
    case 'allow':
      return `allowed by ${by}${note}`;
    case 'deny':
      return decision.denied ? `denied by ${nameOf(decision.denied)}` : `${decision.why}${note}`;
    case 'conditional':
      return `allowed by ${by} if ${conditions.length === 1 ? conditions[0] : 'all conditions hold'}${note}`;
    default:
      return `cannot be told: it would need that ${conditions.slice(0, MAX_PATHS).join('; ')}`;
  }
}

/** From the principal to the statement. `resource`: in words, `the policy of arn:…`. */
export function hopsOf(own: Own, { policy, statement }: Found, resource: string): Hop[] {
  const attachment = own.attachments.find((one) => one.policy === policy.source);
  const why = `${statement.source.effect === 'Deny' ? 'denies' : 'allows'} ${actionWords(statement.source)}`;
  const field = statement.source.field;
  if (attachment) {
    const inherited = attachment.hops.at(-1)!.inherited;
    return [...attachment.hops, hop(`Policy ${attachment.id}`, field, why, inherited)];
  }
  const object = policy.source.id === own.principal.holder?.boundary ? 'Boundary' : 'Policy';
  const ofResource = statement.source.principals !== null;
  return [hop(ofResource ? resource : `${object} ${policy.source.id}`, field, why, object !== 'Boundary')];
}

export function actionWords({
  actions,
  notAction,
}: {
  actions: readonly string[];
  notAction: boolean;
}): string {
  return notAction ? `all but ${list(actions)}` : list(actions);
}
