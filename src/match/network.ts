/**
 * Network verdicts over the tiers of Kubernetes policy: admin (by priority, with pass) → NetworkPolicies and
 * Cilium's, final for the pods that they isolate → baseline → the default, allow. A mesh is asked beside them: what
 * its authorization, or its registry of outbound hosts, denies is denied whatever Kubernetes allows.
 * Source: NetworkPolicy v1 and network-policy-api (AdminNetworkPolicy, BaselineAdminNetworkPolicy,
 * ClusterNetworkPolicy) API types; docs.cilium.io, Deny Policies; istio.io, Authorization Policy.
 *
 * What is not known splits the walk: each way is followed, and only if all ways end alike is there a verdict.
 */
import type { Capability } from '../model/configured.ts';
import { ownNodeMatches } from './network-entity.ts';
import { type Destination, ruleMatches } from './network-peer.ts';
import {
  defaultTier,
  type Match,
  type NetworkPattern,
  type Outcome,
  priorityTier,
  type TierRule,
  unorderedTier,
} from './network-tier.ts';
import { both, type Ternary } from './ternary.ts';

export type { Destination, PodEndpoint, Protocol } from './network-peer.ts';
export type { NetworkPattern, TierRule } from './network-tier.ts';

export type Verdict<T> = {
  verdict: 'allow' | 'deny' | 'unknown';
  decidedBy: T | null;
  /** Every allowing rule that covers the destination, also where a higher tier decides. */
  all: readonly T[];
  /** Allowing rules that may cover it: nothing may be called unused on the strength of these. */
  maybe: readonly T[];
  why: string;
  /** What decided in each engine that was asked; where that is not known, all ways that it may have gone. */
  outcomes: readonly Outcome<T>[];
};
export type EgressVerdict = Verdict<Capability>;

type Engine = 'policy' | 'mesh-authorization' | 'mesh-outbound';
type Layer<T> = { verdict: Verdict<T>['verdict']; outcomes: readonly Outcome<T>[] };

export function tierVerdict<T>(
  rules: readonly TierRule<T>[],
  remote: Destination,
  target: Destination = remote,
): Verdict<T> {
  const matches = rules.map((rule) => ({ rule, answer: answerOf(rule, remote, target) }));
  const decision = decide(matches, ownNodeMatches(remote));
  const allowing = matches.filter(({ rule }) => rule.action === 'allow');
  const items = (answer: Ternary) => allowing.filter((m) => m.answer === answer).map((m) => m.rule.item);
  return { ...decision, all: items('yes'), maybe: items('unknown') };
}

function answerOf<T>(rule: TierRule<T>, remote: Destination, target: Destination): Ternary {
  const answer = ruleMatches(rule, remote, target);
  const certain = rule.certain && !rule.requires?.length;
  return certain ? answer : both(answer, 'unknown');
}

/** All engines have to consent: the first that denies decides, else what one of them leaves open stays open. */
function decide<T>(matches: readonly Match<T>[], ownNode: Ternary): Omit<Verdict<T>, 'all' | 'maybe'> {
  const layers = layersOf(matches, ownNode);
  const denying = layers.find(({ verdict }) => verdict === 'deny');
  if (denying) return decided('deny', [denying]);
  const open = layers.filter(({ verdict }) => verdict === 'unknown');
  if (open.length === 0) return decided('allow', layers);
  const outcomes = open.flatMap((layer) => layer.outcomes);
  const why = `depends: ${outcomes.map((one) => one.why).join('; or ')}`;
  return { verdict: 'unknown', decidedBy: null, why, outcomes };
}

/** Where Kubernetes only has its default to say, a rule of the mesh that names the traffic is what decides. */
function decided<T>(
  verdict: 'allow' | 'deny',
  layers: readonly Layer<T>[],
): Omit<Verdict<T>, 'all' | 'maybe'> {
  const outcomes = layers.map((layer) => layer.outcomes.find(({ may }) => !may) ?? layer.outcomes[0]!);
  const named = outcomes.filter(({ rule }) => rule !== null && rule.tier !== 'default' && !rule.by);
  const deciding = named[0] ?? outcomes[0]!;
  return { verdict, decidedBy: deciding.rule?.item ?? null, why: deciding.why, outcomes };
}

function layersOf<T>(matches: readonly Match<T>[], ownNode: Ternary): Layer<T>[] {
  const engines = new Map<Engine, Match<T>[]>([['policy', []]]);
  for (const match of matches) {
    const { engine } = match.rule;
    const name = engine === undefined || engine === 'cilium' ? 'policy' : engine;
    const group = engines.get(name);
    if (group) group.push(match);
    else engines.set(name, [match]);
  }
  return [...engines].map(([engine, group]) =>
    layer(engine === 'policy' ? walk(group, ownNode) : meshWalk(group)),
  );
}

function layer<T>(outcomes: readonly Outcome<T>[]): Layer<T> {
  const verdicts = new Set(outcomes.map((outcome) => outcome.verdict));
  return { verdict: verdicts.size === 1 ? outcomes[0]!.verdict : 'unknown', outcomes };
}

function walk<T>(matches: readonly Match<T>[], ownNode: Ternary): Outcome<T>[] {
  const tier = (name: NetworkPattern['tier']) =>
    matches.filter(({ rule }) => rule.tier === name && !rule.engine);
  const admin = priorityTier(tier('admin'));
  if (admin.ended) return admin.outcomes;
  const unordered = [...tier('namespace'), ...matches.filter(({ rule }) => rule.engine)];
  const own = unorderedTier(unordered, ownNode);
  if (own.ended) return [...admin.outcomes, ...own.outcomes];
  const baseline = priorityTier(tier('baseline'));
  const higher = [...admin.outcomes, ...own.outcomes, ...baseline.outcomes];
  return baseline.ended ? higher : [...higher, ...defaultTier(tier('default'))];
}

function meshWalk<T>(matches: readonly Match<T>[]): Outcome<T>[] {
  const { outcomes, ended } = unorderedTier(matches, 'no');
  return ended
    ? outcomes
    : [...outcomes, { verdict: 'allow', rule: null, why: 'no policy of the mesh is about it' }];
}
