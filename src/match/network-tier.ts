/** One tier of network policy: rules in, ways that it may end out. What is not known leaves several. */
import type { Pattern } from '../model/configured.ts';
import type { Ternary } from './ternary.ts';

export type NetworkPattern = Extract<Pattern, { type: 'network' }>;
/** One rule of one policy. Rules of one policy keep their order; `policy` tells policies apart. */
export type TierRule<T> = Omit<NetworkPattern, 'type' | 'direction'> & {
  policy: string;
  /** False: whether this rule is in force is itself not known. */
  certain: boolean;
  item: T;
};
export type Outcome<T> = {
  verdict: 'allow' | 'deny';
  rule: TierRule<T> | null;
  why: string;
  /** What the rule denies to others, since the other end is the pod's own node, or may be. */
  ownNode?: true;
  /** Of a rule that only may match: another one decides where it does not. */
  may?: true;
};
export type Match<T> = { rule: TierRule<T>; answer: Ternary };
/** `ended`: some rule certainly decided, or may have, so that no lower tier is asked in that case. */
export type Walk<T> = { outcomes: Outcome<T>[]; ended: boolean };

/**
 * Rules without order: deny first, then any allow, then isolation, which denies what is left. NetworkPolicies have
 * no deny of their own; Cilium's policies and those of a mesh have. `ownNode`: whether the other end is the node on
 * which the pod runs.
 */
export function unorderedTier<T>(matches: readonly Match<T>[], ownNode: Ternary): Walk<T> {
  const denied = unordered(matches.filter(({ rule }) => rule.action === 'deny' && !isolates(rule)));
  if (denied.ended) return denied;
  const allowed = unordered(matches.filter(({ rule }) => rule.action === 'allow'));
  const outcomes = [...denied.outcomes, ...allowed.outcomes];
  if (allowed.ended) return { outcomes, ended: true };
  const isolating = matches.filter(({ rule, answer }) => isolates(rule) && answer !== 'no');
  const first = isolating.find(({ answer }) => answer === 'yes') ?? isolating[0];
  if (!first) return { outcomes, ended: false };
  const sure = first.answer === 'yes';
  const ways = isolation(first.rule, ownNode);
  return { outcomes: [...outcomes, ...(sure ? ways : ways.map(maybe))], ended: sure };
}

function isolation<T>(rule: TierRule<T>, ownNode: Ternary): Outcome<T>[] {
  const spared = rule.sparesOwnNode ? ownNode : 'no';
  if (spared === 'yes') return [toOwnNode(rule)];
  return spared === 'no' ? [isolated(rule)] : [toOwnNode(rule), isolated(rule)];
}

/** https://kubernetes.io/docs/concepts/services-networking/network-policies/, of IP blocks. */
function toOwnNode<T>(rule: TierRule<T>): Outcome<T> {
  const why = `allowed, since traffic to and from the node where a pod runs always is, whatever ${rule.policy} says`;
  return { verdict: 'allow', rule, why, ownNode: true };
}

/** The first that surely matches; before it, all that may. */
function unordered<T>(matches: readonly Match<T>[]): Walk<T> {
  const certain = matches.find(({ answer }) => answer === 'yes');
  if (certain) return { outcomes: [outcome(certain.rule)], ended: true };
  const possible = matches.filter(({ answer }) => answer === 'unknown');
  return { outcomes: possible.map(({ rule }) => maybe(outcome(rule, 'may be '))), ended: false };
}

/** A NetworkPolicy's only deny is that it isolates. */
function isolates<T>(rule: TierRule<T>): boolean {
  return rule.isolates === true || (rule.action === 'deny' && rule.tier === 'namespace' && !rule.engine);
}

/** Lower number first. Between policies of equal priority the order is undefined, so each may win. */
export function priorityTier<T>(matches: readonly Match<T>[]): Walk<T> {
  const outcomes: Outcome<T>[] = [];
  let passed = false;
  const groups = [...groupBy(matches, ({ rule }) => rule.priority)].sort(([a], [b]) => a - b);
  for (const [priority, group] of groups) {
    const policies = [...groupBy(group, ({ rule }) => rule.policy).values()].map(firstMatches);
    const firing = policies.flatMap((policy) => policy.rules);
    const actions = new Set(firing.map((rule) => rule.action));
    const tie = policies.filter((policy) => policy.rules.length > 0).length > 1 && actions.size > 1;
    const note = tie ? `priority ${priority} is ambiguous, ` : '';
    const sure = new Set(group.filter(({ answer }) => answer === 'yes').map(({ rule }) => rule));
    for (const rule of firing) {
      if (rule.action === 'pass') passed = true;
      else outcomes.push(sure.has(rule) && !passed ? outcome(rule, note) : maybe(outcome(rule, note)));
    }
    if (policies.some((policy) => policy.certain)) return { outcomes, ended: !passed };
  }
  return { outcomes, ended: false };
}

/** Rules of one policy that may be its first match; `certain` if one of them surely is. */
function firstMatches<T>(matches: readonly Match<T>[]): { rules: TierRule<T>[]; certain: boolean } {
  const rules: TierRule<T>[] = [];
  for (const { rule, answer } of matches) {
    if (answer !== 'no') rules.push(rule);
    if (answer === 'yes') return { rules, certain: true };
  }
  return { rules, certain: false };
}

export function defaultTier<T>(matches: readonly Match<T>[]): Outcome<T>[] {
  const [match] = matches;
  const allowed: Outcome<T> = {
    verdict: 'allow',
    rule: match?.rule ?? null,
    why: 'allowed by default: no policy decides it',
  };
  if (!match || match.rule.certain) return [allowed];
  return [allowed, { verdict: 'deny', rule: null, why: 'denied by a policy that could not be read' }];
}

function isolated<T>(rule: TierRule<T>): Outcome<T> {
  return {
    verdict: 'deny',
    rule,
    why: `isolated by ${rule.policy}, and no rule of a selecting policy allows it`,
  };
}

function maybe<T>(one: Outcome<T>): Outcome<T> {
  return { ...one, may: true };
}

function outcome<T>(rule: TierRule<T>, note = ''): Outcome<T> {
  const verdict = rule.action === 'allow' ? 'allow' : 'deny';
  const verb = verdict === 'allow' ? 'allowed' : 'denied';
  return { verdict, rule, why: `${note}${verb} by ${rule.policy}` };
}

function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
