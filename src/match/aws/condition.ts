/**
 * Conditions of a statement, three-valued: a key that is not known leaves it open, unless its value cannot matter. An
 * absent key fails what asks for it, satisfies what excludes it, `…IfExists` and `ForAllValues:`. Empty text is a key without
 * a value: absent to `Null`, and nothing to compare to `ForAllValues:` and `ForAnyValue:`.
 */
import type { AwsCondition } from '../../model/aws.ts';
import { any, both, known, type Ternary } from '../ternary.ts';
import type { Lookup } from './context.ts';
import { type Operator, parseOperator, type Test } from './operators.ts';

export type Condition = {
  source: AwsCondition;
  /** In lower case. */
  key: string;
  operator: Operator | null;
  tests: readonly Test[];
};

export function compileCondition(source: AwsCondition, variables: boolean): Condition {
  const operator = parseOperator(source.operator);
  const tests = operator ? source.values.map((value) => operator.compile(value, variables)) : [];
  return { source, key: source.key.toLowerCase(), operator, tests };
}

export function conditionHolds(condition: Condition, lookup: Lookup): Ternary {
  const { operator, key } = condition;
  if (operator === null) return 'unknown';
  const values = lookup(key);
  if (values === null) return 'unknown';
  const empty = values.every((value) => value === '');
  if (operator.presence) return any(condition.tests, (test) => test(String(empty), lookup));
  if (values.length === 0 || (empty && operator.qualifier !== null)) return known(absentHolds(operator));
  const one = (value: string) => valueHolds(condition, operator.negated, value, lookup);
  return operator.qualifier === 'any' ? any(values, one) : allOf(values, one, operator.qualifier === 'all');
}

/** `ForAnyValue` with a negated operator still needs a value that differs. */
function absentHolds({ qualifier, ifExists, negated }: Operator): boolean {
  if (ifExists || qualifier === 'all') return true;
  return qualifier === null && negated;
}

/** Without a qualifier IAM expects one value: several that disagree decide nothing that is documented. */
function allOf(values: readonly string[], one: (value: string) => Ternary, qualified: boolean): Ternary {
  const results = values.map(one);
  if (qualified) return results.reduce(both);
  return results.every((result) => result === results[0]) ? results[0]! : 'unknown';
}

function valueHolds({ tests }: Condition, negated: boolean, value: string, lookup: Lookup): Ternary {
  const result = any(tests, (test) => test(value, lookup));
  return negated ? not(result) : result;
}

export function not(value: Ternary): Ternary {
  if (value === 'unknown') return value;
  return value === 'yes' ? 'no' : 'yes';
}
