import type { DestinationOf } from '../../match/destination.ts';
import { egressVerdict } from '../../match/egress.ts';
import type { EgressVerdict } from '../../match/network.ts';
import type { Capability } from '../../model/configured.ts';
import type { LedgerEntry } from '../../model/ledger.ts';
import type { Observed } from '../../model/observed.ts';
import { capabilityEntry, decidedBy, notSeen, observedEntry, type Pair, rowsOf } from './entry.ts';

const CONFIGURED = { allow: 'yes', deny: 'no', unknown: 'unknown' } as const;

type Judged = { row: Observed; verdict: EgressVerdict | null };

/**
 * One entry per destination, judged as the peer that it was when it was dialled, with the deciding rule first among
 * the rules that cover it; and one per allowing rule that no destination fell under.
 */
export function egressEntries(pair: Pair, destinationOf: DestinationOf): LedgerEntry[] {
  const network = pair.capabilities.filter(allowsOrDenies);
  const judged = rowsOf(pair, 'egress').map((row) => judge(pair, network, row, destinationOf));
  return [
    ...judged.map(({ row, verdict }) => destinationEntry(pair, row, verdict)),
    ...network.filter(allows).flatMap((capability) => unusedEntry(pair, capability, judged)),
  ];
}

function judge(
  pair: Pair,
  network: readonly Capability[],
  row: Observed,
  destinationOf: DestinationOf,
): Judged {
  const destination = destinationOf(row.subject, pair.observed?.peers.get(row.subject));
  const judgeable = destination !== null && pair.unconfigured === null;
  return { row, verdict: judgeable ? egressVerdict(network, destination) : null };
}

function destinationEntry(pair: Pair, row: Observed, verdict: EgressVerdict | null): LedgerEntry {
  if (!verdict)
    return observedEntry(row, {
      configured: 'unknown',
      decidedBy: pair.unconfigured ?? 'not a network address',
    });
  const { decidedBy: rule, all } = verdict;
  return observedEntry(row, {
    capabilities: rule ? [rule, ...all.filter((other) => other !== rule)] : all,
    configured: CONFIGURED[verdict.verdict],
    decidedBy: rule ? decidedBy(rule) : verdict.why,
  });
}

/** A rule that some destination may have fallen under is not unused: it is not known. */
function unusedEntry(pair: Pair, capability: Capability, judged: readonly Judged[]): LedgerEntry[] {
  if (judged.some(({ verdict }) => verdict?.all.includes(capability))) return [];
  const maybe = judged
    .filter(({ verdict }) => verdict?.maybe.includes(capability))
    .map(({ row }) => row.subject);
  const doubt = maybe.length > 0 ? `may have been used for ${listed(maybe)}, whose peer is not known` : null;
  return [capabilityEntry(capability, notSeen(pair, ['egress'], doubt))];
}

function listed(subjects: readonly string[]): string {
  const shown = subjects.slice(0, 3).join(', ');
  return subjects.length > 3 ? `${shown} and ${subjects.length - 3} more` : shown;
}

function allowsOrDenies({ kind, holder }: Capability): boolean {
  return kind === 'egress' && holder.type === 'workload';
}

/** Isolation and deny rules are no capability to lose. */
function allows({ allow, effect }: Capability): boolean {
  return (
    effect !== 'deny' && allow.some((pattern) => pattern.type === 'network' && pattern.action === 'allow')
  );
}
