/** Condition operators (IAM User Guide, "Condition operators"): how one value of a request is held to one of a policy. */

import { known, type Ternary } from '../ternary.ts';
import { arnMatches, compileArn, parseArn } from './arn.ts';
import { arnTemplateMatches, compileArnTemplate } from './arn-template.ts';
import type { Lookup } from './context.ts';
import { compileGlob, type Glob, globMatches } from './glob.ts';
import { dateOf, inBlock, numberOf } from './operator-values.ts';
import { compileTemplate, fill, hasVariables } from './variables.ts';

/** `unknown`: the value of the policy has a variable that is not known. */
export type Test = (value: string, lookup: Lookup) => Ternary;
export type Operator = {
  qualifier: 'all' | 'any' | null;
  ifExists: boolean;
  /** Holds where no value of the policy does, and for an absent key. */
  negated: boolean;
  /** `Null`: asks whether the key is there. */
  presence: boolean;
  /** Test for one value of a policy. `variables`: whether its version knows them. */
  compile: (expected: string, variables: boolean) => Test;
};
type Compile = Operator['compile'];

const compare =
  (parse: (text: string) => number | null, holds: (value: number, limit: number) => boolean): Compile =>
  (expected) => {
    const limit = parse(expected);
    return (text) => {
      const value = parse(text);
      return known(limit !== null && value !== null && holds(value, limit));
    };
  };

/** Text, with or without wildcards; `fold`: how both sides are brought to one case. */
const text =
  (wildcards: boolean, fold: (one: string) => string = (one) => one): Compile =>
  (expected, variables) => {
    if (variables && hasVariables(expected)) return filled(expected, wildcards, fold);
    if (!wildcards) return (value) => known(fold(value) === fold(expected));
    const glob = compileGlob(expected);
    return (value) => known(globMatches(glob, value));
  };

function filled(expected: string, wildcards: boolean, fold: (one: string) => string): Test {
  const template = compileTemplate(fold(expected));
  return (value, lookup) => {
    const result = fill(template, foldLookup(lookup, fold), wildcards);
    return result === null ? 'no' : verdict(result.glob, result.open, fold(value));
  };
}

const foldLookup =
  (lookup: Lookup, fold: (one: string) => string): Lookup =>
  (key) =>
    lookup(key)?.map(fold) ?? null;

function verdict(glob: Glob, open: boolean, value: string): Ternary {
  if (!globMatches(glob, value)) return 'no';
  return open ? 'unknown' : 'yes';
}

/** ArnEquals and ArnLike are the same. */
const arn: Compile = (expected, variables) => {
  if (variables && hasVariables(expected)) {
    const template = compileArnTemplate(expected);
    return (value, lookup) => arnTemplateMatches(template, parseArn(value, false), lookup);
  }
  const pattern = compileArn(expected);
  return (value) => arnMatches(pattern, parseArn(value, false));
};

const lower = (one: string) => one.toLowerCase();
const BASES: readonly (readonly [name: string, compile: Compile])[] = [
  ['StringEquals', text(false)],
  ['StringEqualsIgnoreCase', text(false, lower)],
  ['StringLike', text(true)],
  ['NumericEquals', compare(numberOf, (a, b) => a === b)],
  ['NumericLessThan', compare(numberOf, (a, b) => a < b)],
  ['NumericLessThanEquals', compare(numberOf, (a, b) => a <= b)],
  ['NumericGreaterThan', compare(numberOf, (a, b) => a > b)],
  ['NumericGreaterThanEquals', compare(numberOf, (a, b) => a >= b)],
  ['DateEquals', compare(dateOf, (a, b) => a === b)],
  ['DateLessThan', compare(dateOf, (a, b) => a < b)],
  ['DateLessThanEquals', compare(dateOf, (a, b) => a <= b)],
  ['DateGreaterThan', compare(dateOf, (a, b) => a > b)],
  ['DateGreaterThanEquals', compare(dateOf, (a, b) => a >= b)],
  ['Bool', text(false, lower)],
  ['BinaryEquals', text(false)],
  ['IpAddress', (expected) => (value) => known(inBlock(expected, value))],
  ['ArnEquals', arn],
  ['ArnLike', arn],
];
const NEGATED: readonly (readonly [name: string, of: string])[] = [
  ['StringNotEquals', 'StringEquals'],
  ['StringNotEqualsIgnoreCase', 'StringEqualsIgnoreCase'],
  ['StringNotLike', 'StringLike'],
  ['NumericNotEquals', 'NumericEquals'],
  ['DateNotEquals', 'DateEquals'],
  ['NotIpAddress', 'IpAddress'],
  ['ArnNotEquals', 'ArnEquals'],
  ['ArnNotLike', 'ArnLike'],
];

type Base = Pick<Operator, 'negated' | 'presence' | 'compile'>;
const OPERATORS = new Map<string, Base>([
  ['null', { negated: false, presence: true, compile: text(false, lower) }],
  ...BASES.map(([name, compile]) => entry(name, false, compile)),
  ...NEGATED.map(([name, of]) => entry(name, true, BASES.find(([base]) => base === of)![1])),
]);

function entry(name: string, negated: boolean, compile: Compile): [string, Base] {
  return [lower(name), { negated, presence: false, compile }];
}

/** Null: no operator of IAM; what rests on it cannot be told. */
export function parseOperator(name: string): Operator | null {
  const [, qualifier, base, ifExists] =
    /^(?:for(all|any)values?:)?([a-z]{1,40}?)(ifexists)?$/.exec(lower(name)) ?? [];
  const found = OPERATORS.get(base ?? '');
  if (!found || (found.presence && ifExists)) return null;
  return {
    ...found,
    qualifier: qualifier === 'all' || qualifier === 'any' ? qualifier : null,
    ifExists: ifExists !== undefined,
  };
}
