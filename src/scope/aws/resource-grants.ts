/**
 * Statements of resources that grant to principals of the same account by themselves: to their ARN, or to everybody.
 * (What names the account leaves it to identity policies; across accounts both have to allow, and `decide` tells.)
 */
import { parseArn, partOf } from '../../match/aws/arn.ts';
import { compilePolicy, type Policy } from '../../match/aws/policy.ts';
import type { Statement } from '../../match/aws/statement.ts';
import type { AwsResourcePolicy } from '../../model/aws.ts';
import type { Hop } from '../../model/configured.ts';
import { actionWords } from './answer.ts';
import { hop } from './attachments.ts';
import type { EstateIndex } from './estate-index.ts';
import type { Principal } from './principals.ts';

export type ResourceGrant = { policy: Policy; statement: Statement; hops: readonly Hop[] };
type Grant = { given: AwsResourcePolicy; policy: Policy; statement: Statement; account: string | null };
export type GrantIndex = { byArn: ReadonlyMap<string, readonly Grant[]>; toAll: readonly Grant[] };

export function indexGrants({ estate }: EstateIndex): GrantIndex {
  const byArn = new Map<string, Grant[]>();
  const toAll: Grant[] = [];
  for (const given of estate.resourcePolicies) {
    const policy = compilePolicy(given.policy);
    const account = given.account ?? partOf(parseArn(given.resource, false), 4);
    for (const statement of policy.statements) {
      const { effect, principals, notPrincipal } = statement.source;
      if (effect !== 'Allow' || principals === null) continue;
      const grant = { given, policy, statement, account };
      const names = new Set(principals.map(({ value }) => value));
      if (notPrincipal || names.has('*')) toAll.push(grant);
      else for (const name of names) push(byArn, name, grant);
    }
  }
  return { byArn, toAll };
}

export function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

export function resourceGrants(index: GrantIndex, { arn, caller }: Principal): ResourceGrant[] {
  const named = index.byArn.get(arn) ?? [];
  const open = index.toAll.filter(({ statement }) => !excludes(statement, arn));
  return [...named, ...open]
    .filter(({ account }) => account === caller.account)
    .map(({ given, policy, statement }) => {
      const { source } = statement;
      const whom = named.some((one) => one.statement === statement) ? arn : 'everybody';
      const why = `allows ${whom} ${actionWords(source)}`;
      const field = `${source.field}.${source.notPrincipal ? 'NotPrincipal' : 'Principal'}`;
      return { policy, statement, hops: [hop(`the policy of ${given.resource}`, field, why, true)] };
    });
}

function excludes({ source }: Statement, arn: string): boolean {
  return source.notPrincipal && (source.principals ?? []).some(({ value }) => value === arn || value === '*');
}
