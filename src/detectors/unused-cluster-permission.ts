import type { Capability } from '../model/configured.ts';
import type { Ledger, LedgerEntry, LedgerWorkload } from '../model/ledger.ts';
import { type DetectorResult, type Draft, defineDetector } from './define-detector.ts';
import { absence, absenceConfidence, windowOf } from './evidence.ts';
import { isDangerous, permissions } from './permissions.ts';
import { counted, listed } from './words.ts';

const SIGNALS = ['tls'] as const;

/**
 * Permissions in the cluster that no holder of the ServiceAccount used although the identity is in use. As long as
 * nothing uses it at all, the token that nobody reads is the finding (unread-token).
 */
export const unusedClusterPermission = defineDetector({
  kind: 'unused-cluster-permission',
  gap: 1,
  discipline: 'identity',
  needs: {
    signals: SIGNALS,
    resources: ['workloads', 'serviceaccounts', 'rbac'],
    kinds: ['kubernetes-action'],
    absence: true,
    processStart: false,
    baseline: false,
  },
  logsTellAll: ['log:kubernetes-audit'],
  detect(view, { ledger }): DetectorResult<1> {
    const held = new Set(permissions(view));
    const entries = view.entries.filter(
      ({ kind, subject, capabilities: [one] }) =>
        kind === 'kubernetes-action' && one && held.has(one) && subject === one.summary,
    );
    const idle = entries.every(({ exercised }) => exercised === 'no') && !usesIdentity(view);
    if (idle) return { drafts: [] };
    const latent = entries.filter((one) => one.exercised === 'no' && (one.usedBy ?? []).length === 0);
    const open = entries.filter(({ exercised }) => exercised === 'unknown');
    const byRole = Map.groupBy(latent, ({ capabilities: [one] }) => one!.path.at(-1)!.object);
    const doubts = open.length > 0 ? [doubtOf(open)] : [];
    return { drafts: [...byRole].map(([role, group]) => draft(view, role, group, entries, ledger)), doubts };
  },
});

function usesIdentity(view: LedgerWorkload): boolean {
  return view.entries.some(
    (entry) =>
      entry.kind === 'identity-hop' &&
      entry.subject === view.configured?.principal &&
      entry.exercised !== 'no',
  );
}

function doubtOf(open: readonly LedgerEntry[]) {
  return {
    reason: 'unheard' as const,
    detail: open[0]!.decidedBy ?? 'requests of the API server were not heard',
  };
}

function draft(
  view: LedgerWorkload,
  role: string,
  latent: readonly LedgerEntry[],
  all: readonly LedgerEntry[],
  { usage }: Ledger,
): Draft<1> {
  const grants = latent.map(({ capabilities }) => capabilities[0]!) as Capability[];
  const names = grants.map(({ summary }) => summary);
  const hop = grants[0]!.path.at(-1)!;
  const used = all.filter(({ exercised }) => exercised === 'yes').length;
  const source = usage?.windows.find((one) => one.source === 'log:kubernetes-audit')?.source;
  const operational = absence(view, SIGNALS, `no request that needs ${listed(names)}`, names);
  return {
    subject: role,
    claim:
      `${view.label} holds ${counted(all.length, 'permission')} in the cluster and uses ${used}; in ` +
      `${windowOf(view.observed)} no request needed ${listed(names)} (${hop.object} ${hop.field}).`,
    configured: { summary: listed(names), path: grants[0]!.path },
    operational: source ? { ...operational, source } : operational,
    remedy: { scopeDown: { object: hop.object, field: hop.field } },
    aggravated: grants.some(isDangerous),
    ...absenceConfidence(view, 'unused-cluster-permission', SIGNALS),
  };
}
