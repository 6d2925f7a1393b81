/** Policies compiled once and indexed by action, so that ten thousand statements cost what the few in question cost. */
import type { AwsPolicy } from '../../model/aws.ts';
import type { Ternary } from '../ternary.ts';
import { compileStatement, type Request, type Statement, statementApplies } from './statement.ts';

export type Policy = {
  source: AwsPolicy;
  /** All of them, in their order. */
  statements: readonly Statement[];
  byAction: ReadonlyMap<string, readonly Statement[]>;
  byService: ReadonlyMap<string, readonly Statement[]>;
  /** Those that any action may fall under. */
  rest: readonly Statement[];
};
/** A statement that applies, or may apply. */
export type Found = { policy: Policy; statement: Statement; holds: Exclude<Ternary, 'no'> };

const compiled = new WeakMap<AwsPolicy, Policy>();

export function compilePolicy(source: AwsPolicy): Policy {
  const known = compiled.get(source);
  if (known) return known;
  const variables = source.version === '2012-10-17';
  const statements = source.statements.map((one) => compileStatement(one, variables));
  const policy = { source, statements, ...index(statements) };
  compiled.set(source, policy);
  return policy;
}

/** Up to so many are asked one by one: an index of each of thousands of small policies costs more than it saves. */
const FEW = 16;

function index(statements: readonly Statement[]): Pick<Policy, 'byAction' | 'byService' | 'rest'> {
  const byAction = new Map<string, Statement[]>();
  const byService = new Map<string, Statement[]>();
  if (statements.length <= FEW) return { byAction, byService, rest: statements };
  const rest: Statement[] = [];
  for (const one of statements) {
    const { services, exact } = one.actions;
    if (one.source.notAction || services === null) rest.push(one);
    else {
      for (const service of new Set(services)) add(byService, service, one);
      for (const action of exact) if (!services.includes(serviceOf(action))) add(byAction, action, one);
    }
  }
  return { byAction, byService, rest };
}

function add(map: Map<string, Statement[]>, key: string, statement: Statement): void {
  const list = map.get(key);
  if (list) list.push(statement);
  else map.set(key, [statement]);
}

export function serviceOf(action: string): string {
  return action.slice(0, Math.max(0, action.indexOf(':')));
}

/** Every statement that applies or may apply, whatever its effect and whomever it names. */
export function eachFound(policy: Policy, request: Request, visit: (found: Found) => void): void {
  const lists = [
    policy.byAction.get(request.action),
    policy.byService.get(serviceOf(request.action)),
    policy.rest,
  ];
  for (const list of lists) {
    if (!list) continue;
    for (const statement of list) {
      const holds = statementApplies(statement, request);
      if (holds !== 'no') visit({ policy, statement, holds });
    }
  }
}
