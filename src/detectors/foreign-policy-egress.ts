import { createDestinations } from '../match/destination.ts';
import { edgeToCut } from '../match/edge.ts';
import { egressVerdict } from '../match/egress.ts';
import type { Capability } from '../model/configured.ts';
import type { NetworkEngine } from '../model/kinds.ts';
import type { Ledger, LedgerEntry, LedgerWorkload } from '../model/ledger.ts';
import { type Doubt, type Draft, defineDetector } from './define-detector.ts';
import {
  allowsIn,
  connected,
  contacts,
  destinationName,
  edgeName,
  leavesNamespace,
  peerOf,
  ruleKey,
} from './egress.ts';
import { presence, presenceConfidence } from './evidence.ts';
import { counted, listed } from './words.ts';

/** Traffic that the admin tier allows and the NetworkPolicies of the agent's own namespace do not. */
export const foreignPolicyEgress = defineDetector({
  kind: 'foreign-policy-egress',
  gap: 2,
  discipline: 'behavior',
  needs: {
    signals: ['network'],
    resources: ['networkpolicies', 'adminnetworkpolicies'],
    kinds: ['egress'],
    absence: false,
    processStart: false,
    baseline: false,
  },
  detect(view, { ledger }) {
    // Without admin-tier rules that allow, no traffic can be owed to one, whatever was seen of it.
    if (!view.capabilities.some(isForeign)) return { drafts: [], settled: true };
    const foreign = contacts(view).filter(isOwedToForeign);
    const unknown = maybeForeign(view, ledger);
    return {
      drafts: [...Map.groupBy(foreign, edgeKey).values()].map((entries) => draft(view, entries)),
      doubts: unknown.length > 0 ? [doubt(view, unknown)] : [],
    };
  },
});

/** Not the baseline tier: it decides only where no NetworkPolicy does, so an own policy helps (unpoliced-egress). */
function isForeign(capability: Capability): boolean {
  return capability.kind === 'egress' && allowsIn(capability, ['admin']);
}

function isOwedToForeign(entry: LedgerEntry): boolean {
  const own = entry.capabilities.some((capability) => allowsIn(capability, ['namespace']));
  const [deciding] = entry.capabilities;
  return entry.configured === 'yes' && !own && deciding !== undefined && isForeign(deciding);
}

/** Of the contacts that could not be judged those on which an admin-tier rule could have a say. */
function maybeForeign(view: LedgerWorkload, ledger: Ledger): LedgerEntry[] {
  const unknown = contacts(view).filter((entry) => entry.configured === 'unknown');
  if (unknown.length === 0) return [];
  const destinationOf = createDestinations(ledger.configured);
  const foreign = view.capabilities.filter(isForeign);
  return unknown.filter((entry) => {
    const destination = destinationOf(entry.subject, peerOf(view, entry));
    if (!destination) return true;
    const { all, maybe } = egressVerdict(foreign, destination);
    return all.length + maybe.length > 0;
  });
}

/** One finding per edge to cut, not per address: removing the edge closes them all. */
function edgeKey(entry: LedgerEntry): string {
  const capability = entry.capabilities.find(isForeign)!;
  const hop = edgeToCut(capability.path);
  return `${hop?.object} ${ruleKey(capability)}`;
}

function draft(view: LedgerWorkload, entries: readonly LedgerEntry[]): Draft<2> {
  const capability = entries[0]!.capabilities.find(isForeign)!;
  const hop = edgeToCut(capability.path) ?? capability.path.at(-1)!;
  const rows = entries.map((entry) => entry.observed!);
  const names = entries.map((entry) => destinationName(view, entry));
  const { operational, times } = seen(rows, names);
  const engine = engineOf(capability);
  return {
    subject: `${hop.object}: ${capability.summary}`,
    key: `${hop.object} ${ruleKey(capability)}`,
    claim:
      `${view.label} ${connected(entries)} ${listed(names)}, ${times}; no ${engine ? 'policy' : 'NetworkPolicy'} of ` +
      `namespace ${view.configured?.namespace} allows that, only ${edgeName(capability)} does.`,
    configured: { summary: `${capability.summary} (${edgeName(capability)})`, path: capability.path },
    operational,
    remedy: { upstream: { object: hop.object, field: hop.field, ...(engine ? { engine } : {}) } },
    aggravated: entries.some((entry) => leavesNamespace(view, entry)),
    ...presenceConfidence(rows),
  };
}

/** Absent: Kubernetes itself. */
function engineOf({ allow }: Capability): NetworkEngine | undefined {
  return allow.flatMap((pattern) => (pattern.type === 'network' && pattern.engine) || [])[0];
}

function seen(rows: Parameters<typeof presence>[0], names: readonly string[]) {
  const operational = presence(rows, `connected to ${listed(names)}`, names);
  const sessions = `at least ${counted(operational.sessions, 'session')}`;
  return { operational, times: `${counted(operational.count, 'time')} in ${sessions}` };
}

function doubt(view: LedgerWorkload, entries: readonly LedgerEntry[]): Doubt {
  const names = listed(entries.map((entry) => destinationName(view, entry)));
  return {
    reason: 'unresolved-peers',
    detail: `which policy allows ${names} is not known: ${entries[0]!.decidedBy}`,
  };
}
