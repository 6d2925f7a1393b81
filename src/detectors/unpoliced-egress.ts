import type { Capability } from '../model/configured.ts';
import type { LedgerWorkload } from '../model/ledger.ts';
import { type Draft, defineDetector } from './define-detector.ts';
import { allowsIn, connected, contacts, destinationName, isExternal } from './egress.ts';
import { presence, presenceConfidence } from './evidence.ts';
import { counted, listed } from './words.ts';

/** Traffic of pods that no policy governs. One finding per workload: one default deny closes all of it. */
export const unpolicedEgress = defineDetector({
  kind: 'unpoliced-egress',
  gap: 2,
  discipline: 'behavior',
  needs: {
    signals: ['network'],
    resources: ['networkpolicies'],
    kinds: ['egress'],
    absence: false,
    processStart: false,
    baseline: false,
  },
  detect(view) {
    const fallback = view.capabilities.find((one) => one.kind === 'egress' && allowsIn(one, ['default']));
    // A NetworkPolicy isolates the pods: nothing can be owed to the default, whatever was seen.
    if (!fallback) return { drafts: [], settled: true };
    if (fallback.effect === 'conditional')
      return { drafts: [], doubts: [{ reason: 'source-denied', detail: fallback.conditions.join('; ') }] };
    const entries = contacts(view).filter((entry) => entry.capabilities.every((one) => !decides(one)));
    if (entries.length === 0) return { drafts: [] };
    return { drafts: [draft(view, fallback, entries)], settled: true };
  },
});

/** What the admin tier allows is owed to it; the baseline tier only stands in for a policy that is not there. */
function decides(capability: Capability): boolean {
  return allowsIn(capability, ['admin', 'namespace']);
}

function draft(view: LedgerWorkload, fallback: Capability, entries: ReturnType<typeof contacts>): Draft<2> {
  const rows = entries.map((entry) => entry.observed!);
  const names = entries.map((entry) => destinationName(view, entry));
  const hop = fallback.path.at(-1)!;
  return {
    subject: 'egress',
    claim:
      `${view.label} ${connected(entries)} ${counted(entries.length, 'destination')}: ${listed(names)}. ` +
      `No policy governs this traffic (${hop.why}).`,
    configured: { summary: fallback.summary, path: fallback.path },
    operational: presence(rows, `connected to ${listed(names)}`, names),
    remedy: { upstream: { object: hop.object, field: hop.field } },
    aggravated: entries.some((entry) => isExternal(view, entry)),
    ...presenceConfidence(rows),
  };
}
