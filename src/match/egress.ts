/** The verdict on one destination, from the network capabilities of one workload. */
import type { Capability } from '../model/configured.ts';
import { type EgressVerdict, type TierRule, tierVerdict } from './network.ts';
import type { Destination } from './network-peer.ts';

/** Capabilities of a workload are asked about each of its destinations; they are laid out once. */
const compiled = new WeakMap<readonly Capability[], TierRule<Capability>[]>();

/**
 * `capabilities`: those of one workload; others than network ones are ignored. Loopback never leaves the pod, so no
 * policy sees it. A Service address is decided by its backends, since it is rewritten before policies apply.
 */
export function egressVerdict(capabilities: readonly Capability[], destination: Destination): EgressVerdict {
  if (destination.resolution === 'loopback')
    return { verdict: 'allow', decidedBy: null, all: [], maybe: [], why: 'loopback is not policed' };
  const rules = rulesOf(capabilities);
  if (destination.resolution !== 'service') return tierVerdict(rules, destination);
  const { backends } = destination;
  if (!backends || backends.length === 0)
    return tierVerdict(rules, { ...destination, address: null, resolution: 'unresolved' });
  return combine(backends.map((backend) => tierVerdict(rules, backend)));
}

/** What is true of every backend is true of the Service; what differs is not known, since any may be chosen. */
function combine(verdicts: readonly EgressVerdict[]): EgressVerdict {
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
  };
}

function rulesOf(capabilities: readonly Capability[]): TierRule<Capability>[] {
  const known = compiled.get(capabilities);
  if (known) return known;
  const rules = capabilities.flatMap(tierRules);
  compiled.set(capabilities, rules);
  return rules;
}

function tierRules(capability: Capability): TierRule<Capability>[] {
  const policy = capability.path.at(-1)?.object ?? capability.id;
  return [...capability.allow, ...capability.deny]
    .filter((pattern) => pattern.type === 'network')
    .map((pattern) => ({
      ...pattern,
      policy,
      certain: capability.effect !== 'conditional',
      item: capability,
    }));
}
