/**
 * Deny policies, which are asked before any allow policy. https://cloud.google.com/iam/docs/deny-overview
 * A condition that cannot be evaluated makes the rule apply.
 */
import type { Facts, Holds } from '../../match/gcp/condition.ts';
import { deniedPermission } from '../../match/gcp/permission.ts';
import type { Member } from '../../match/gcp/principal.ts';
import { any, both, type Ternary } from '../../match/ternary.ts';
import type { GcpCondition, GcpDenyPolicy, GcpEstate } from '../../model/gcp.ts';
import type { Hierarchy } from './hierarchy.ts';
import { canonicalMember, type Match, matchMember } from './members.ts';
import { memory } from './memory.ts';
import type { Principal } from './principal.ts';

type Rule = GcpDenyPolicy['rules'][number];
export type DenyRule = {
  policy: GcpDenyPolicy;
  resource: string;
  rule: Rule;
  denied: Ternary;
  words: readonly string[];
};
export type Denial = {
  denied: Ternary;
  by: DenyRule;
  /** What has to hold for it not to apply. */
  words: readonly string[];
};
export type Denials = {
  /** Rules that mean the principal, or may. */
  of(principal: Principal): readonly DenyRule[];
  /** Those that apply to the permission on a resource with these ancestors, or may. */
  on(principal: Principal, ancestors: readonly string[], facts: Facts): readonly Denial[];
};
type Conditions = (condition: GcpCondition | null, facts: Facts) => Holds;
type Compiled = { policy: GcpDenyPolicy; resource: string; rule: Rule; denied: Member[]; exempt: Member[] };

export function createDenials(estate: GcpEstate, hierarchy: Hierarchy, conditions: Conditions): Denials {
  const rules = compile(estate, hierarchy);
  const found = memory<readonly DenyRule[]>();
  const of = (principal: Principal) =>
    found(principal.key, () =>
      rules.map((one) => meant(principal, one, hierarchy)).filter((one) => one.denied !== 'no'),
    );
  return {
    of,
    on: (principal, ancestors, facts) =>
      of(principal)
        .filter(({ resource }) => ancestors.includes(resource))
        .map((rule) => applied(rule, facts, conditions))
        .filter(({ denied }) => denied !== 'no'),
  };
}

function compile({ denyPolicies }: GcpEstate, hierarchy: Hierarchy): Compiled[] {
  const members = (texts: readonly string[]) => texts.map((text) => canonicalMember(text, hierarchy));
  return denyPolicies.flatMap((policy) =>
    policy.rules.map((rule) => ({
      policy,
      resource: hierarchy.canonical(policy.resource),
      rule,
      denied: members(rule.deniedPrincipals),
      exempt: members(rule.exceptionPrincipals),
    })),
  );
}

function meant(principal: Principal, { denied, exempt, ...rest }: Compiled, hierarchy: Hierarchy): DenyRule {
  const match = (members: readonly Member[]): Match[] =>
    members.map((member) => matchMember(principal, member, hierarchy, () => 'unknown'));
  const [meant, spared] = [match(denied), match(exempt)];
  const answer = both(
    any(meant, (one) => one.match),
    not(any(spared, (one) => one.match)),
  );
  return { ...rest, denied: answer, words: answer === 'unknown' ? wordsOf(meant, spared) : [] };
}

function wordsOf(meant: readonly Match[], spared: readonly Match[]): string[] {
  const open = (matches: readonly Match[]) =>
    matches.filter(({ match }) => match === 'unknown').map(({ words }) => words ?? 'it is meant');
  return [...open(meant).map((one) => `not: ${one}`), ...open(spared)];
}

export function not(answer: Ternary): Ternary {
  if (answer === 'unknown') return answer;
  return answer === 'yes' ? 'no' : 'yes';
}

/** Whether a rule's permissions mean one, its exceptions taken off. */
export function ruleDenies({ deniedPermissions, exceptionPermissions }: Rule, permission: string): Ternary {
  return both(
    any(deniedPermissions, (one) => deniedPermission(one, permission)),
    not(any(exceptionPermissions, (one) => deniedPermission(one, permission))),
  );
}

function applied(by: DenyRule, facts: Facts, conditions: Conditions): Denial {
  const permission = facts.permission === null ? 'unknown' : ruleDenies(by.rule, facts.permission);
  const { holds, failed, words } = conditions(by.rule.condition, facts);
  const condition = failed ? 'yes' : holds;
  const denied = both(by.denied, both(permission, condition));
  const open = [...by.words, ...words.map((one) => `not: ${one}`)];
  const name = `deny policy ${by.policy.name} ${by.rule.field} does not apply`;
  return { denied, by, words: [open.length === 0 ? name : `${name} (${open.join('; ')})`] };
}
