import type { Capability } from '../model/configured.ts';
import type { LedgerEntry, LedgerWorkload } from '../model/ledger.ts';
import { type Doubt, type Draft, defineDetector } from './define-detector.ts';
import { allowsIn, edgeName, ruleKey } from './egress.ts';
import { absence, absenceConfidence, windowOf } from './evidence.ts';
import { listed } from './words.ts';

const SIGNALS = ['network'] as const;

/** Rules that allow egress, own ones and those of the cluster tiers, under which no connection ever fell. */
export const unusedEgress = defineDetector({
  kind: 'unused-egress',
  gap: 1,
  discipline: 'behavior',
  needs: {
    signals: SIGNALS,
    resources: ['networkpolicies'],
    kinds: ['egress'],
    absence: true,
    processStart: false,
    baseline: false,
  },
  detect(view) {
    const open = view.entries.filter(
      (entry) => entry.kind === 'egress' && entry.exercised !== 'yes' && grants(entry),
    );
    const unused = open.filter((entry) => entry.exercised === 'no' || !view.observed);
    const doubtful = open.filter((entry) => entry.exercised === 'unknown' && view.observed);
    return {
      drafts: [...Map.groupBy(unused, (entry) => ruleKey(entry.capabilities[0]!)).values()].map((same) =>
        draft(view, same),
      ),
      doubts: doubtful.map((entry) => doubt(view, entry)),
    };
  },
});

/** Default allow included: where nothing was contacted at all, nothing needs it. A conditional rule may not even apply. */
function grants(entry: LedgerEntry): boolean {
  const [capability] = entry.capabilities;
  return capability?.effect === 'allow' && capability.allow.length > 0;
}

/** `entries`: one rule, or several that read alike and so are one thing to remove, in several places. */
function draft(view: LedgerWorkload, entries: readonly LedgerEntry[]): Draft<1> {
  const capabilities = entries.map((entry) => entry.capabilities[0]!);
  const path = capabilities.flatMap((capability) => capability.path);
  const hop = path.at(-1)!;
  const [capability] = capabilities;
  const places = listed(capabilities.map(edgeName));
  return {
    subject: capability!.summary,
    key: ruleKey(capability!),
    claim:
      `${places} ${capabilities.length === 1 ? 'allows' : 'allow'} ${view.label} ${capability!.summary}; ` +
      `in ${windowOf(view.observed)} nothing connected there.`,
    configured: { summary: `${capability!.summary} (${places})`, path },
    operational: absence(view, SIGNALS, 'no connection under this rule'),
    remedy: { scopeDown: { object: hop.object, field: hop.field } },
    aggravated: capabilities.some(reachesOutside),
    ...absenceConfidence(view, 'unused-egress', SIGNALS),
  };
}

function doubt(view: LedgerWorkload, entry: LedgerEntry): Doubt {
  const reason = view.observed?.folded.egress ? 'folded' : 'unresolved-peers';
  return { reason, detail: `${entry.subject}: ${entry.decidedBy ?? 'some address may have been it'}` };
}

/** Every destination, or addresses outside the private ranges of RFC 1918 and RFC 4193. */
function reachesOutside(capability: Capability): boolean {
  return (
    allowsIn(capability, ['default']) ||
    capability.allow.some(
      (pattern) =>
        pattern.type === 'network' &&
        (pattern.peers?.some(
          (peer) => peer.type === 'domain-names' || (peer.type === 'ip-block' && isPublic(peer.cidr)),
        ) ??
          true),
    )
  );
}

function isPublic(cidr: string): boolean {
  return !/^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|127\.|f[cd])/i.test(cidr);
}
