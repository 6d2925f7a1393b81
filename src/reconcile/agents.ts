/** The report's rows per agent: how much of what is configured was used, and how well it was watched. */
import type { CannotTell, Finding } from '../model/finding.ts';
import { KERNEL_SIGNALS, SIGNALS, type Signal } from '../model/kinds.ts';
import type { Convergence, Ledger, LedgerWorkload } from '../model/ledger.ts';
import type { ObservedWorkload } from '../model/observed.ts';
import type { AgentRow, CoverageRow, Report } from '../model/report.ts';
import { deafImages, deafName } from './deaf.ts';

export function agentRows(
  ledger: Ledger,
  findings: readonly Finding[],
  cannotTell: readonly CannotTell[],
): AgentRow[] {
  const findingsOf = Map.groupBy(findings, ({ workload }) => workload);
  const doubtsOf = Map.groupBy(cannotTell, ({ workload }) => workload);
  return ledger.workloads.map((workload) => {
    const found = findingsOf.get(workload.id) ?? [];
    const { observed } = workload;
    return {
      workload: workload.id,
      label: workload.label,
      ...capabilitiesUsed(workload),
      gap1: found.filter(({ gap }) => gap === 1).length,
      gap2: found.filter(({ gap }) => gap === 2).length,
      gap3: found.filter(({ gap }) => gap === 3).length,
      cannotTell: doubtsOf.get(workload.id)?.length ?? 0,
      coverage: observed && lowestCoverage(observed),
      windowMs: observed && observed.end - observed.start,
      sessions: observed?.sessionPopulation ?? 0,
      convergence: {
        artifact: convergenceRow(workload.convergence.artifact),
        identity: convergenceRow(workload.convergence.identity),
        behavior: convergenceRow(workload.convergence.behavior),
      },
    };
  });
}

/**
 * "Used of configured". Configured: capabilities that grant something and whose exercise is known either way; used:
 * those that were exercised. Left out are denials, and capabilities of which nobody can say (Secrets in environment
 * variables; single permissions of an identity in use). Without a snapshot: all that grant something, none used.
 */
export function capabilitiesUsed({ capabilities, entries, observed }: LedgerWorkload) {
  const exercised = new Map<string, 'yes' | 'no'>();
  for (const entry of entries) {
    if (entry.exercised === 'unknown' || entry.kind === 'identity-hop') continue;
    for (const { id } of entry.capabilities) {
      if (exercised.get(id) !== 'yes') exercised.set(id, entry.exercised);
    }
  }
  const granting = capabilities.filter(({ effect }) => effect !== 'deny');
  const known = observed ? granting.filter(({ id }) => exercised.has(id)) : granting;
  return { used: known.filter(({ id }) => exercised.get(id) === 'yes').length, configured: known.length };
}

/** Share of its existence that the worst attached kernel signal covered; null where nothing was attached. */
function lowestCoverage({ coverage, nowOnly }: ObservedWorkload): number | null {
  if (nowOnly) return null;
  const attached = KERNEL_SIGNALS.map((signal) => coverage[signal]).filter(
    ({ attachedSince }) => attachedSince !== null,
  );
  if (attached.length === 0) return null;
  const shares = attached.map(({ observedMs, existedMs }) => (existedMs === 0 ? 0 : observedMs / existedMs));
  return Math.min(1, ...shares);
}

function convergenceRow(convergence: Convergence): AgentRow['convergence']['artifact'] {
  const { state } = convergence;
  return {
    state,
    why: state === 'converged' ? null : convergence.why,
    expected: state === 'converging' ? convergence.expected : null,
  };
}

export function coverageRows(ledger: Ledger): CoverageRow[] {
  return ledger.workloads.flatMap(({ id, label, observed }) =>
    observed ? SIGNALS.map((signal) => coverageRow(id, label, observed, signal)) : [],
  );
}

export function costRow({ observed }: Ledger): Report['cost'] {
  const cost = observed?.cost ?? null;
  return cost && { ...cost, probes: [...cost.probes] };
}

function coverageRow(
  workload: string,
  label: string,
  observed: ObservedWorkload,
  signal: Signal,
): CoverageRow {
  const {
    attachedSince,
    attachedSegments: _attached,
    segments: _segments,
    startsMissedUntil: _missed,
    reasons,
    ...figures
  } = observed.coverage[signal];
  return {
    workload,
    label,
    ...figures,
    attachedSince: attachedSince === null ? null : new Date(attachedSince).toISOString(),
    unheard: signal === 'tls' ? deafImages(observed).map(deafName) : [],
    reasons: [...reasons],
  };
}
