/**
 * Network verdicts over the tiers of Kubernetes policy: admin (by priority, with pass) → NetworkPolicies, final
 * for the pods that they select → baseline → the default, allow. Source: NetworkPolicy v1 and
 * network-policy-api (AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy) API types.
 *
 * What is not known splits the walk: each way is followed, and only if all ways end alike is there a verdict.
 */
import type { Capability, Pattern } from '../model/configured.ts';
import { type Destination, ruleMatches } from './network-peer.ts';
import { both, type Ternary } from './ternary.ts';

export type { Destination, PodEndpoint, Protocol } from './network-peer.ts';

export type NetworkPattern = Extract<Pattern, { type: 'network' }>;
/** One rule of one policy. Rules of one policy keep their order; `policy` tells policies apart. */
export type TierRule<T> = Omit<NetworkPattern, 'type' | 'direction'> & {
  policy: string;
  /** False: whether this rule is in force is itself not known. */
  certain: boolean;
  item: T;
};
export type Verdict<T> = {
  verdict: 'allow' | 'deny' | 'unknown';
  decidedBy: T | null;
  /** Every allowing rule that covers the destination, also where a higher tier decides. */
  all: readonly T[];
  /** Allowing rules that may cover it: nothing may be called unused on the strength of these. */
  maybe: readonly T[];
  why: string;
};
export type EgressVerdict = Verdict<Capability>;

type Outcome<T> = { verdict: 'allow' | 'deny'; rule: TierRule<T> | null; why: string };
type Match<T> = { rule: TierRule<T>; answer: Ternary };
/** `ended`: some rule certainly decided. `passed`: some rule may have handed over to the next tier. */
type Walk<T> = { outcomes: Outcome<T>[]; ended: boolean };

export function tierVerdict<T>(
  rules: readonly TierRule<T>[],
  remote: Destination,
  target: Destination = remote,
): Verdict<T> {
  const matches = rules.map((rule) => ({ rule, answer: answerOf(rule, remote, target) }));
  const outcomes = walk(matches);
  const allowing = matches.filter(({ rule }) => rule.action === 'allow');
  const items = (answer: Ternary) => allowing.filter((m) => m.answer === answer).map((m) => m.rule.item);
  const verdicts = new Set(outcomes.map((outcome) => outcome.verdict));
  const [first] = outcomes;
  return {
    verdict: verdicts.size === 1 ? first!.verdict : 'unknown',
    decidedBy: verdicts.size === 1 ? (first!.rule?.item ?? null) : null,
    all: items('yes'),
    maybe: items('unknown'),
    why: verdicts.size === 1 ? first!.why : `depends: ${outcomes.map((o) => o.why).join('; or ')}`,
  };
}

function answerOf<T>(rule: TierRule<T>, remote: Destination, target: Destination): Ternary {
  const answer = ruleMatches(rule, remote, target);
  return rule.certain ? answer : both(answer, 'unknown');
}

function walk<T>(matches: readonly Match<T>[]): Outcome<T>[] {
  const tier = (name: NetworkPattern['tier']) => matches.filter(({ rule }) => rule.tier === name);
  const admin = priorityTier(tier('admin'));
  if (admin.ended) return admin.outcomes;
  const own = tier('namespace');
  if (own.length > 0) return [...admin.outcomes, ...namespaceTier(own)];
  const baseline = priorityTier(tier('baseline'));
  const higher = [...admin.outcomes, ...baseline.outcomes];
  return baseline.ended ? higher : [...higher, ...defaultTier(tier('default'))];
}

/** Selected pods are isolated: only what some rule allows gets out, and no lower tier is asked. */
function namespaceTier<T>(matches: readonly Match<T>[]): Outcome<T>[] {
  const allowing = matches.filter(({ rule }) => rule.action === 'allow');
  const certain = allowing.find(({ answer }) => answer === 'yes');
  if (certain) return [outcome('allow', certain.rule)];
  const isolating = matches.find(({ rule }) => rule.action === 'deny') ?? matches[0]!;
  const denied: Outcome<T> = {
    verdict: 'deny',
    rule: isolating.rule,
    why: `isolated by ${isolating.rule.policy}, and no rule of a selecting policy allows it`,
  };
  const possible = allowing.filter(({ answer }) => answer === 'unknown');
  return [...possible.map(({ rule }) => outcome('allow', rule, 'may be ')), denied];
}

function defaultTier<T>(matches: readonly Match<T>[]): Outcome<T>[] {
  const [match] = matches;
  const allowed: Outcome<T> = {
    verdict: 'allow',
    rule: match?.rule ?? null,
    why: 'allowed by default: no policy decides it',
  };
  if (!match || match.rule.certain) return [allowed];
  const denied: Outcome<T> = {
    verdict: 'deny',
    rule: null,
    why: 'denied by a policy that could not be read',
  };
  return [allowed, denied];
}

/** Lower number first. Between policies of equal priority the order is undefined, so each may win. */
function priorityTier<T>(matches: readonly Match<T>[]): Walk<T> {
  const outcomes: Outcome<T>[] = [];
  let passed = false;
  const groups = [...groupBy(matches, ({ rule }) => rule.priority)].sort(([a], [b]) => a - b);
  for (const [priority, group] of groups) {
    const policies = [...groupBy(group, ({ rule }) => rule.policy).values()].map(firstMatches);
    const firing = policies.flatMap((policy) => policy.rules);
    const actions = new Set(firing.map((rule) => rule.action));
    const tie = policies.filter((policy) => policy.rules.length > 0).length > 1 && actions.size > 1;
    const note = tie ? `priority ${priority} is ambiguous, ` : '';
    for (const rule of firing) {
      if (rule.action === 'pass') passed = true;
      else outcomes.push(outcome(rule.action, rule, note));
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

function outcome<T>(verdict: 'allow' | 'deny', rule: TierRule<T>, note = ''): Outcome<T> {
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
