/**
 * Value of an expression where only some of what it asks about is known. What depends on an unknown is unknown and
 * carries the words of what it asks; an error (an absent key, a wrong type) makes a condition not hold.
 */

import { callFunction } from './cel-functions.ts';
import type { Expression } from './cel-parse.ts';

export type Plain = string | number | boolean | null | readonly Plain[];
export type Cel =
  | { type: 'value'; value: Plain }
  | { type: 'time'; milliseconds: number }
  | { type: 'unknown'; words: readonly string[] }
  | { type: 'error' };

/** Value of a dotted name, `resource.name`; null: not known. */
export type Lookup = (name: string) => Cel | null;

export const ERROR: Cel = { type: 'error' };

export function plain(value: Plain): Cel {
  return { type: 'value', value };
}

export function unknown(...words: readonly string[]): Cel {
  return { type: 'unknown', words };
}

/** Part of a string that is not known, such as the session of an assumed role. */
export const HOLE = '\u0000';

export function evaluateCel(expression: Expression, lookup: Lookup): Cel {
  switch (expression.op) {
    case 'literal':
      return plain(expression.value);
    case 'name':
    case 'select':
    case 'index':
      return path(expression, lookup);
    case 'call':
      return call(expression, lookup);
    case 'list':
      return list(expression.items, lookup);
    case 'not':
      return negate(evaluateCel(expression.of, lookup));
    case 'choice':
      return choose(expression, lookup);
    case 'binary':
      return binary(expression, lookup);
  }
}

function path(expression: Expression, lookup: Lookup): Cel {
  const name = dotted(expression);
  return (name === null ? null : lookup(name)) ?? unknown(expression.source);
}

/** `assertion.sub` and `assertion['sub']` are the same; null: not a path of names. */
export function dotted(expression: Expression): string | null {
  if (expression.op === 'name') return expression.name;
  if (expression.op !== 'select' && expression.op !== 'index') return null;
  const base = dotted(expression.of);
  if (base === null) return null;
  if (expression.op === 'select') return `${base}.${expression.name}`;
  const { key } = expression;
  return key.op === 'literal' && typeof key.value === 'string' ? `${base}.${key.value}` : null;
}

function call(expression: Extract<Expression, { op: 'call' }>, lookup: Lookup): Cel {
  if (expression.name === 'has' && expression.of === null) return has(expression, lookup);
  const of = expression.of === null ? null : evaluateCel(expression.of, lookup);
  const args = expression.args.map((one) => evaluateCel(one, lookup));
  return callFunction(expression.name, of, args) ?? unknown(expression.source);
}

function has({ args, source }: Extract<Expression, { op: 'call' }>, lookup: Lookup): Cel {
  const [first] = args;
  const value = args.length === 1 && first ? path(first, lookup) : unknown(source);
  if (value.type === 'unknown') return unknown(source);
  return plain(value.type !== 'error');
}

function list(items: readonly Expression[], lookup: Lookup): Cel {
  const values = items.map((one) => evaluateCel(one, lookup));
  if (values.every((one) => one.type === 'value')) return plain(values.map((one) => one.value));
  return worst(values);
}

/** What a strict operator makes of operands that are not all values. */
function worst(operands: readonly Cel[]): Cel {
  if (operands.some((one) => one.type === 'error')) return ERROR;
  return unknown(...operands.flatMap((one) => (one.type === 'unknown' ? one.words : [])));
}

function negate(value: Cel): Cel {
  if (value.type === 'unknown') return unknown(...value.words.map((words) => `not (${words})`));
  return value.type === 'value' && typeof value.value === 'boolean' ? plain(!value.value) : ERROR;
}

function choose({ test, yes, no }: Extract<Expression, { op: 'choice' }>, lookup: Lookup): Cel {
  const tested = evaluateCel(test, lookup);
  if (tested.type !== 'value') return tested.type === 'unknown' ? tested : ERROR;
  return evaluateCel(tested.value === true ? yes : no, lookup);
}

function binary(expression: Extract<Expression, { op: 'binary' }>, lookup: Lookup): Cel {
  const { operator, source } = expression;
  if (operator === '&&' || operator === '||') return junction(expression, lookup);
  const left = evaluateCel(expression.left, lookup);
  const right = evaluateCel(expression.right, lookup);
  if (left.type === 'error' || right.type === 'error') return ERROR;
  if (left.type === 'unknown' || right.type === 'unknown') return unknown(source);
  if (operator === '+') return plus(left, right) ?? unknown(source);
  if (operator === '-') return unknown(source);
  return compare(operator, left, right) ?? unknown(source);
}

/** Either side decides by itself, whatever the other is, errors included. */
function junction({ operator, left, right }: Extract<Expression, { op: 'binary' }>, lookup: Lookup): Cel {
  const decides = operator === '||';
  const sides = [evaluateCel(left, lookup), evaluateCel(right, lookup)];
  if (sides.some((one) => one.type === 'value' && one.value === decides)) return plain(decides);
  const open = sides.filter((one) => one.type === 'unknown').flatMap((one) => one.words);
  if (open.length === 0) return sides.some((one) => one.type === 'error') ? ERROR : plain(!decides);
  return decides ? unknown(open.join(' or ')) : unknown(...open);
}

function plus(left: Cel, right: Cel): Cel | null {
  if (left.type !== 'value' || right.type !== 'value') return null;
  if (typeof left.value === 'string' && typeof right.value === 'string')
    return plain(left.value + right.value);
  return null;
}

function compare(operator: string, left: Cel, right: Cel): Cel | null {
  if (left.type === 'time' && right.type === 'time')
    return ordered(operator, left.milliseconds - right.milliseconds);
  if (left.type !== 'value' || right.type !== 'value') return ERROR;
  if (operator === 'in') return within(left.value, right.value);
  if (holed(left.value) || holed(right.value)) return null;
  if (operator === '==') return plain(same(left.value, right.value));
  if (operator === '!=') return plain(!same(left.value, right.value));
  if (typeof left.value === 'number' && typeof right.value === 'number')
    return ordered(operator, left.value - right.value);
  if (typeof left.value !== 'string' || typeof right.value !== 'string') return ERROR;
  return ordered(operator, left.value < right.value ? -1 : Number(left.value > right.value));
}

function ordered(operator: string, difference: number): Cel {
  if (Number.isNaN(difference)) return ERROR;
  if (operator === '==') return plain(difference === 0);
  if (operator === '!=') return plain(difference !== 0);
  if (operator === '<') return plain(difference < 0);
  if (operator === '<=') return plain(difference <= 0);
  return plain(operator === '>' ? difference > 0 : difference >= 0);
}

function within(value: Plain, items: Plain): Cel | null {
  if (!Array.isArray(items)) return ERROR;
  if (items.some((one: Plain) => !holed(one) && !holed(value) && same(one, value))) return plain(true);
  return holed(value) || items.some(holed) ? null : plain(false);
}

function holed(value: Plain): boolean {
  return typeof value === 'string' && value.includes(HOLE);
}

function same(a: Plain, b: Plain): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((one: Plain, index) => same(one, b[index] as Plain));
}
