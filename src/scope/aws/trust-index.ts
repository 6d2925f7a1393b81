/** Roles by whom their trust policies name, so that an edge costs its candidates and not every pair of roles. */
import { compilePolicy } from '../../match/aws/policy.ts';
import type { AwsRole } from '../../model/aws.ts';
import type { EstateIndex } from './estate-index.ts';
import { push } from './resource-grants.ts';

export type TrustIndex = {
  /** By ARN of a user or role, `<account>/<name>` of a session's role, account, and DNS name of a service. */
  named: ReadonlyMap<string, readonly AwsRole[]>;
  /** Of those that trust everybody, or all but some; or whose trust was not understood. */
  toAll: readonly AwsRole[];
};

export function indexTrust({ estate }: EstateIndex): TrustIndex {
  const named = new Map<string, AwsRole[]>();
  const toAll: AwsRole[] = [];
  for (const role of estate.roles) {
    const keys = trustedBy(role);
    if (keys === null) toAll.push(role);
    else for (const key of keys) push(named, key, role);
  }
  return { named, toAll };
}

/** Null: everybody. */
function trustedBy({ trust }: AwsRole): Set<string> | null {
  const keys = new Set<string>();
  if (trust.problem !== null) return null;
  for (const { source } of compilePolicy(trust).statements) {
    if (source.effect !== 'Allow') continue;
    if (source.notPrincipal) return null;
    for (const { value } of source.principals ?? []) {
      if (value === '*') return null;
      keys.add(keyOf(value));
    }
  }
  return keys;
}

/** Accounts are told by number or root ARN; sessions of a role lead to the role, `<account>/<name>`. */
function keyOf(value: string): string {
  const [, account] = /^arn:[a-z-]+:iam::(\d{12}):root$/.exec(value) ?? [];
  const [, of, name] = /^arn:[a-z-]+:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(value) ?? [];
  return account ?? (name === undefined ? value : `${of}/${name}`);
}
