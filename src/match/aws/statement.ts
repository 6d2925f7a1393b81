/** One statement against one request, three-valued in all but its action. */
import type { AwsStatement } from '../../model/aws.ts';
import { both, type Ternary } from '../ternary.ts';
import { type ActionSet, actionMatches, compileActions } from './actions.ts';
import type { ArnText } from './arn.ts';
import { type Caller, type Naming, naming } from './caller.ts';
import { type Condition, compileCondition, conditionHolds, not } from './condition.ts';
import type { Lookup } from './context.ts';
import { compileResources, type ResourceSet, resourceMatches } from './resources.ts';

export type Statement = {
  source: AwsStatement;
  actions: ActionSet;
  /** Null: it has no resources, as trust policies; it is about what it is attached to. */
  resources: ResourceSet | null;
  conditions: readonly Condition[];
  /** Whether `${…}` stands for something in it. */
  variables: boolean;
};

export type Request = {
  caller: Caller;
  /** Whether a permissions boundary is attached: `NotPrincipal` with `Deny` then spares nobody. */
  bounded: boolean;
  /** In lower case. */
  action: string;
  /** Null: not known. */
  resource: ArnText | null;
  lookup: Lookup;
};

export function compileStatement(source: AwsStatement, variables: boolean): Statement {
  return {
    source,
    actions: compileActions(source.actions),
    resources: source.resources === null ? null : compileResources(source.resources, variables),
    conditions: source.conditions.map((one) => compileCondition(one, variables)),
    variables,
  };
}

/** Whether action, resource and conditions are met; the principal is asked about apart. */
export function statementApplies(statement: Statement, request: Request): Ternary {
  const { source, actions, conditions } = statement;
  if (actionMatches(actions, request.action) === source.notAction) return 'no';
  let result = resourceApplies(statement, request);
  for (const condition of conditions) {
    if (result === 'no') return result;
    result = both(result, conditionHolds(condition, request.lookup));
  }
  return result;
}

export function resourceApplies({ source, resources }: Statement, request: Request): Ternary {
  if (resources === null) return 'yes';
  const matches = resourceMatches(resources, request.resource, request.lookup);
  return source.notResource ? not(matches) : matches;
}

/** How a statement of a resource's policy names the caller. Without a Principal it names nobody. */
export function statementNames({ source }: Statement, { caller, bounded }: Request): Naming {
  if (source.principals === null) return 'none';
  const named = naming(source.principals, caller);
  if (!source.notPrincipal) return named;
  if (bounded && source.effect === 'Deny') return 'direct';
  if (named === 'maybe') return named;
  return named === 'none' ? 'direct' : 'none';
}
