/** The verdict on one destination, from the network capabilities of one workload. */
import type { Capability, Pattern } from '../model/configured.ts';
import { type EgressVerdict, type TierRule, tierVerdict, type Verdict } from './network.ts';
import type { Destination } from './network-peer.ts';

/** Capabilities of a workload are asked about each of its destinations; they are laid out once. */
const compiled = new WeakMap<readonly Capability[], TierRule<Capability>[]>();

/**
 * `capabilities`: those of one workload; others than network ones are ignored. Loopback never leaves the pod, so no
 * policy sees it. A Service address is decided by its backends, since it is rewritten before policies apply.
 */
export function egressVerdict(capabilities: readonly Capability[], destination: Destination): EgressVerdict {
  if (destination.resolution === 'loopback')
    return {
      verdict: 'allow',
      decidedBy: null,
      all: [],
      maybe: [],
      why: 'loopback is not policed',
      outcomes: [],
    };
  const rules = rulesOf(capabilities);
  if (destination.resolution !== 'service') return granted(tierVerdict(rules, destination));
  const { backends } = destination;
  if (!backends || backends.length === 0)
    return granted(tierVerdict(rules, { ...destination, address: null, resolution: 'unresolved' }));
  return combineBackends(backends.map((backend) => granted(tierVerdict(rules, backend))));
}

/** What leaves a door of the mesh open to anyone is no grant to this workload: it denies it nothing, that is all. */
function granted(verdict: EgressVerdict): EgressVerdict {
  const isGrant = ({ effect }: Capability) => effect !== 'deny';
  return { ...verdict, all: verdict.all.filter(isGrant), maybe: verdict.maybe.filter(isGrant) };
}

/** What is true of every backend is true of the Service; what differs is not known, since any may be chosen. */
export function combineBackends<T>(verdicts: readonly Verdict<T>[]): Verdict<T> {
  const [first] = verdicts;
  const agree = verdicts.every((one) => one.verdict === first!.verdict);
  const all = first!.all.filter((item) => verdicts.every((one) => one.all.includes(item)));
  const touched = new Set(verdicts.flatMap((one) => [...one.all, ...one.maybe]));
  return {
    verdict: agree ? first!.verdict : 'unknown',
    decidedBy: agree ? first!.decidedBy : null,
    all,
    maybe: [...touched].filter((item) => !all.includes(item)),
    why: agree ? first!.why : 'the backends of the Service are decided differently',
    outcomes: agree ? first!.outcomes : verdicts.flatMap((one) => one.outcomes),
  };
}

function rulesOf(capabilities: readonly Capability[]): TierRule<Capability>[] {
  const known = compiled.get(capabilities);
  if (known) return known;
  const rules = capabilities.flatMap(tierRules);
  compiled.set(capabilities, rules);
  return rules;
}

export function tierRules(capability: Capability): TierRule<Capability>[] {
  const policy = capability.path.at(-1)?.object ?? capability.id;
  const conditional = new Set([...capability.allow, ...capability.deny].flatMap(requirements));
  return [...capability.allow, ...capability.deny]
    .filter((pattern) => pattern.type === 'network')
    .map((pattern) => ({
      ...pattern,
      policy: pattern.by?.object ?? policy,
      // A condition on the traffic is in the pattern; any other leaves open whether the rule is in force at all.
      certain:
        capability.effect !== 'conditional' ||
        (capability.conditions.length > 0 && capability.conditions.every((one) => conditional.has(one))),
      item: capability,
    }));
}

function requirements(pattern: Pattern): readonly string[] {
  return pattern.type === 'network' ? (pattern.requires ?? []) : [];
}
