/** One side of a connection as an answer: which rule let it through or stopped it, and on what that still depends. */
import type { Verdict } from '../match/network.ts';
import { type Destination, ruleMatches } from '../match/network-peer.ts';
import type { Outcome, TierRule } from '../match/network-tier.ts';
import type { Hop } from '../model/configured.ts';
import type { NetworkPeer } from '../model/kubernetes.ts';
import type { Answer } from '../model/query.ts';
import { describePeer } from './describe.ts';

export type Sided = { side: 'egress' | 'ingress' | 'mesh'; remote: Destination; target: Destination };
/** A rule's own hop, and why it may not be in force. */
export type RuleSource = { hop: Hop; gaps: readonly string[] };
export type SourceOf<T> = (rule: TierRule<T>) => RuleSource;

export function sideAnswer<T>(verdict: Verdict<T>, sided: Sided, sourceOf: SourceOf<T>): Answer {
  if (verdict.verdict === 'unknown') return openAnswer(verdict, sided, sourceOf);
  const path = hopsOf(verdict, sourceOf);
  const [hop] = path;
  const field = hop ? ` (${hop.object} ${hop.field})` : '';
  return {
    verdict: verdict.verdict,
    reason: `${sided.side} ${verdict.why}${field}`,
    path,
    conditions: [],
  };
}

function hopsOf<T>({ outcomes }: Verdict<T>, sourceOf: SourceOf<T>): Hop[] {
  return outcomes.flatMap(({ rule, ownNode }) => {
    if (rule === null) return [];
    const { hop } = sourceOf(rule);
    return [ownNode ? { ...hop, why: 'never holds for the node on which the pod runs' } : hop];
  });
}

type Open = { condition: string } | { gap: string };

/** Conditional where every doubt is about the traffic; where one is about what was not read, it cannot be told. */
function openAnswer<T>(verdict: Verdict<T>, sided: Sided, sourceOf: SourceOf<T>): Answer {
  const open = verdict.outcomes.map((outcome) => openOf(outcome, sided, sourceOf));
  const gap = open.find((one) => one !== null && 'gap' in one);
  const path = hopsOf(verdict, sourceOf);
  const conditions = conditionsOf(verdict.outcomes, open);
  if (gap || conditions.length === 0) {
    const why = gap && 'gap' in gap ? gap.gap : verdict.why;
    return { verdict: 'cannot-tell', reason: `${sided.side} ${why}`, path, conditions: [] };
  }
  return { verdict: 'conditional', reason: `${sided.side} ${verdict.why}`, path, conditions };
}

/** What an outcome depends on; null: on nothing, it is what holds if the others do not. */
function openOf<T>({ rule, why, ownNode }: Outcome<T>, sided: Sided, sourceOf: SourceOf<T>): Open | null {
  if (rule === null) return why.includes('could not be read') ? { gap: why } : null;
  const { gaps } = sourceOf(rule);
  if (gaps.length > 0) return { gap: gaps.join('; ') };
  if (!rule.certain) return { gap: `whether ${rule.policy} is in force is not known` };
  if (ownNode) return { condition: `${sided.remote.address ?? 'it'} is the node on which the pod runs` };
  const needs = [...(rule.requires ?? [])];
  if (ruleMatches(rule, sided.remote, sided.target) !== 'unknown')
    return needs.length > 0 ? { condition: needs.join(' and ') } : null;
  const about = resolves(rule.peers ?? [], sided.remote);
  if (about === null) return { gap: `whether ${rule.policy} covers it is not known` };
  return { condition: [...needs, about].join(' and ') };
}

/** What a host without an address, or an address without a name, has to be to fall under these peers. */
function resolves(
  peers: readonly NetworkPeer[],
  { address, names, pod, resolution }: Destination,
): string | null {
  const of = (...types: readonly NetworkPeer['type'][]) => {
    const meant = peers.filter(({ type }) => types.includes(type));
    return meant.length === 0 ? null : meant.map((one) => describePeer(one, null)).join(' or ');
  };
  const named = of('domain-names', 'name-patterns');
  if (address !== null)
    return named !== null && !names && resolution === 'external'
      ? `${address} is an address of ${named}`
      : null;
  const blocks = of('ip-block', 'outside-block');
  const who = names?.[0] ?? (pod ? `a pod of it in ${pod.namespace}` : null);
  return blocks === null || who === null ? null : `${who} has an address in ${blocks}`;
}

/** Any one of what allows suffices; none of what denies may hold. */
function conditionsOf<T>(outcomes: readonly Outcome<T>[], open: readonly (Open | null)[]): string[] {
  const of = (verdict: 'allow' | 'deny') =>
    outcomes.flatMap((outcome, at) => {
      const one = open[at];
      return outcome.verdict === verdict && one && 'condition' in one ? [one.condition] : [];
    });
  const allowed = outcomes.some((one, at) => one.verdict === 'allow' && open[at] === null);
  const grants = allowed ? [] : [...new Set(of('allow'))];
  const denials = [...new Set(of('deny'))].map((one) => `not: ${one}`);
  return [...(grants.length > 0 ? [grants.join(' or ')] : []), ...denials];
}

/** Every side has to consent. */
export function consent(answers: readonly Answer[]): Answer {
  const first = (verdict: Answer['verdict']) => answers.find((one) => one.verdict === verdict);
  const decisive = first('deny') ?? first('cannot-tell');
  if (decisive) return decisive;
  const open = answers.filter(({ verdict }) => verdict === 'conditional');
  const shown = open.length > 0 ? open : answers;
  return {
    verdict: open.length > 0 ? 'conditional' : 'allow',
    reason: shown.map(({ reason }) => reason).join('; '),
    path: answers.flatMap(({ path }) => path),
    conditions: [...new Set(open.flatMap(({ conditions }) => conditions))],
  };
}

/** Any of the endpoints may answer: what holds for all holds. */
export function anyEndpoint(answers: readonly Answer[], names: readonly string[]): Answer {
  const [first] = answers;
  if (answers.every(({ verdict }) => verdict === first!.verdict)) {
    const conditions = [...new Set(answers.flatMap((one) => one.conditions))];
    return { ...first!, conditions };
  }
  const untold = answers.find(({ verdict }) => verdict === 'cannot-tell');
  if (untold) return untold;
  const good = answers.flatMap(({ verdict }, at) => (verdict === 'deny' ? [] : [names[at]!]));
  const denied = answers.find(({ verdict }) => verdict === 'deny')!;
  return {
    verdict: 'conditional',
    reason: `it depends on which endpoint answers: ${denied.reason}`,
    path: answers.flatMap(({ path }) => path).slice(0, 16),
    conditions: [
      `the connection is led to ${[...new Set(good)].slice(0, 8).join(' or ')}`,
      ...new Set(answers.flatMap(({ conditions }) => conditions)),
    ],
  };
}
