/**
 * The part of the Common Expression Language that IAM conditions and attribute mappings use, as a tree. What does not
 * parse is not judged: the caller keeps it in words. https://github.com/google/cel-spec/blob/master/doc/langdef.md
 */
import { type Token, tokens } from './cel-tokens.ts';

export type Expression = { source: string } & (
  | { op: 'literal'; value: string | number | boolean | null }
  | { op: 'name'; name: string }
  | { op: 'select'; of: Expression; name: string }
  | { op: 'index'; of: Expression; key: Expression }
  | { op: 'call'; of: Expression | null; name: string; args: readonly Expression[] }
  | { op: 'list'; items: readonly Expression[] }
  | { op: 'not'; of: Expression }
  | { op: 'binary'; operator: string; left: Expression; right: Expression }
  | { op: 'choice'; test: Expression; yes: Expression; no: Expression }
);

/** Longer or deeper than any condition that the API takes (its limit is 100 operators). */
const MAX_LENGTH = 20_000;
const MAX_TOKENS = 3000;
const MAX_DEPTH = 60;

class Unparsable extends Error {}

/** Null: not of this subset, too long or too deep. */
export function parseCel(text: string): Expression | null {
  const list = text.length > MAX_LENGTH ? null : tokens(text);
  if (list === null || list.length > MAX_TOKENS) return null;
  try {
    const reader = { text, list, at: 0, depth: 0 };
    const expression = choice(reader);
    return peek(reader).type === 'end' ? expression : null;
  } catch (error) {
    if (error instanceof Unparsable) return null;
    throw error;
  }
}

type Reader = { text: string; list: readonly Token[]; at: number; depth: number };

function peek(reader: Reader): Token {
  return reader.list[reader.at]!;
}

function take(reader: Reader, text: string): boolean {
  const { type, text: found } = peek(reader);
  if (type !== 'sign' || found !== text) return false;
  reader.at++;
  return true;
}

function must(reader: Reader, text: string): void {
  if (!take(reader, text)) throw new Unparsable();
}

function since(reader: Reader, start: number): { source: string } {
  return { source: reader.text.slice(start, reader.list[reader.at - 1]!.end) };
}

function choice(reader: Reader): Expression {
  if (++reader.depth > MAX_DEPTH) throw new Unparsable();
  const start = peek(reader).start;
  const test = binary(reader, 0);
  reader.depth--;
  if (!take(reader, '?')) return test;
  const yes = choice(reader);
  must(reader, ':');
  const no = choice(reader);
  return { op: 'choice', test, yes, no, ...since(reader, start) };
}

const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!=', '<=', '>=', '<', '>', 'in'],
  ['+', '-'],
];

function binary(reader: Reader, level: number): Expression {
  const operators = LEVELS[level];
  if (operators === undefined) return unary(reader);
  const start = peek(reader).start;
  let left = binary(reader, level + 1);
  for (;;) {
    const operator = operators.find((one) => take(reader, one));
    if (operator === undefined) return left;
    const right = binary(reader, level + 1);
    left = { op: 'binary', operator, left, right, ...since(reader, start) };
  }
}

function unary(reader: Reader): Expression {
  const start = peek(reader).start;
  let negations = 0;
  while (take(reader, '!')) negations++;
  let expression = postfix(reader);
  for (; negations > 0; negations--) expression = { op: 'not', of: expression, ...since(reader, start) };
  return expression;
}

function postfix(reader: Reader): Expression {
  const start = peek(reader).start;
  let expression = primary(reader);
  for (;;) {
    if (take(reader, '.')) {
      const name = word(reader);
      expression = take(reader, '(')
        ? { op: 'call', of: expression, name, args: list(reader, ')'), ...since(reader, start) }
        : { op: 'select', of: expression, name, ...since(reader, start) };
    } else if (take(reader, '[')) {
      const key = choice(reader);
      must(reader, ']');
      expression = { op: 'index', of: expression, key, ...since(reader, start) };
    } else return expression;
  }
}

function word(reader: Reader): string {
  const { type, text } = peek(reader);
  if (type !== 'name') throw new Unparsable();
  reader.at++;
  return text;
}

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

function primary(reader: Reader): Expression {
  const token = peek(reader);
  const { start } = token;
  if (take(reader, '(')) {
    const inner = choice(reader);
    must(reader, ')');
    return inner;
  }
  if (take(reader, '[')) return { op: 'list', items: list(reader, ']'), ...since(reader, start) };
  reader.at++;
  if (token.type === 'string') return { op: 'literal', value: token.text, ...since(reader, start) };
  if (token.type === 'number') return { op: 'literal', value: Number(token.text), ...since(reader, start) };
  if (token.type !== 'name') throw new Unparsable();
  const constant = CONSTANTS.get(token.text);
  if (constant !== undefined) return { op: 'literal', value: constant, ...since(reader, start) };
  if (take(reader, '('))
    return { op: 'call', of: null, name: token.text, args: list(reader, ')'), ...since(reader, start) };
  return { op: 'name', name: token.text, ...since(reader, start) };
}

function list(reader: Reader, end: string): Expression[] {
  const items: Expression[] = [];
  if (take(reader, end)) return items;
  do items.push(choice(reader));
  while (take(reader, ','));
  must(reader, end);
  return items;
}
