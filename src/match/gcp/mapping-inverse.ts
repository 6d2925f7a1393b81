/**
 * What the subject of an identity of a pool tells of the token it was made from, and so of the identity's attributes:
 * mappings, read backwards. https://cloud.google.com/iam/docs/workload-identity-federation#mapping
 */
import type { GcpPoolProvider } from '../../model/gcp.ts';
import { dotted, HOLE, type Plain } from './cel.ts';
import { type Expression, parseCel } from './cel-parse.ts';
import { claimsOfSubject, mappingOf, mapToken } from './mapping.ts';
import type { Attributes } from './principal.ts';

/** Whichever of the providers made it; `*` in the subject stands for what is not known of it. */
export function attributesOfSubject(providers: readonly GcpPoolProvider[], subject: string): Attributes {
  const made = providers.flatMap((one) => attributesBy(one, subject) ?? []);
  const names = new Set(made.flatMap(({ values }) => [...values.keys()]));
  const agreed = (name: string) => {
    const [first = null, ...others] = made.map(({ values }) => values.get(name) ?? null);
    return others.every((one) => one === first) ? first : null;
  };
  return {
    values: new Map([...names].map((name) => [name, agreed(name)])),
    all: made.length > 0 && made.every(({ all }) => all),
  };
}

/** Null: the provider makes no such subject. */
function attributesBy(provider: GcpPoolProvider, subject: string): Attributes | null {
  const claims = claimsBehind(provider, subject);
  if (claims === null) return null;
  const { admitted, subject: again, attributes } = mapToken(provider, { claims });
  return admitted === 'no' || !agree(again, subject) ? null : attributes;
}

function claimsBehind(provider: GcpPoolProvider, subject: string): ReadonlyMap<string, Plain> | null {
  const claims = new Map<string, Plain>(givenBy(provider));
  const [, text] = mappingOf(provider).find(([key]) => key === 'google.subject') ?? [];
  const tree = text === undefined ? null : parseCel(text);
  const found = tree === null ? 'open' : solve(tree, subject.replaceAll('*', HOLE));
  if (found === 'open') return claims;
  if (found === 'never') return null;
  const { path, value } = found;
  if (path === 'assertion.arn' && !isOf(provider, value)) return null;
  if (path === 'assertion.sub') for (const [name, told] of claimsOfSubject(value)) claims.set(name, told);
  return claims.set(path.slice('assertion.'.length), value);
}

function givenBy({ awsAccount, issuer }: GcpPoolProvider): [string, Plain][] {
  if (awsAccount !== null) return [['account', awsAccount]];
  return issuer === null ? [] : [['iss', issuer]];
}

function isOf({ awsAccount }: GcpPoolProvider, arn: string): boolean {
  const account = arn.split(':', 6)[4];
  return account === undefined || account.includes(HOLE) || account === awsAccount;
}

type Solved = { path: string; value: string } | 'open' | 'never';

/** Of which claim an expression makes the value, and what that claim then is. */
function solve(expression: Expression, value: string): Solved {
  if (expression.op === 'binary' && expression.operator === '+') return solveSum(expression, value);
  const path = dotted(expression);
  return path?.startsWith('assertion.') ? { path, value } : 'open';
}

function solveSum({ left, right }: Extract<Expression, { op: 'binary' }>, value: string): Solved {
  if (left.op === 'literal') return solveRest(right, value, cutStart(value, String(left.value)));
  return right.op === 'literal' ? solveRest(left, value, cutEnd(value, String(right.value))) : 'open';
}

function solveRest(expression: Expression, value: string, rest: string | null): Solved {
  if (rest !== null) return solve(expression, rest);
  return value.includes(HOLE) ? 'open' : 'never';
}

function cutStart(value: string, prefix: string): string | null {
  return value.startsWith(prefix) ? value.slice(prefix.length) : null;
}

function cutEnd(value: string, suffix: string): string | null {
  return value.endsWith(suffix) ? value.slice(0, value.length - suffix.length) : null;
}

/** What is not known of either may be as the other has it. */
function agree(a: string, b: string): boolean {
  return a === b || a.includes('*') || b.includes('*');
}
