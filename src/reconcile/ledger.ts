/** Joins what is configured with what was observed. Findings, AI-BOM and policies are readings of the result. */
import { createDestinations, type DestinationOf } from '../match/destination.ts';
import { principalKey } from '../match/principal.ts';
import type { ConfiguredPosture } from '../model/configured.ts';
import { DISCIPLINES, type Discipline, type Kind } from '../model/kinds.ts';
import type { Convergence, Ledger, LedgerEntry, LedgerWorkload, Thresholds } from '../model/ledger.ts';
import type { ObservedPosture } from '../model/observed.ts';
import type { Usage, UsageRow } from '../model/usage.ts';
import { convergenceOf } from './convergence.ts';
import { byText } from './history/order.ts';
import { artifactEntries } from './ledger/artifacts.ts';
import { cloudEntries } from './ledger/cloud.ts';
import { dataEntries } from './ledger/data.ts';
import { egressEntries } from './ledger/egress.ts';
import { observedEntry, type Pair } from './ledger/entry.ts';
import { fileEntries } from './ledger/files.ts';
import { apiServerSubjects, identityEntries } from './ledger/identity.ts';
import { joinWorkloads, partners } from './ledger/join.ts';
import { distinctLabels } from './ledger/labels.ts';
import { collectUses, type Holder, type Uses } from './ledger/uses.ts';

export type LedgerInput = {
  configured: ConfiguredPosture | null;
  observed: ObservedPosture | null;
  baseline: ObservedPosture | null;
  thresholds: Thresholds;
  usage?: Usage | null;
};

type Context = {
  destinationOf: DestinationOf;
  apiServer: ReadonlySet<string>;
  uses: Uses;
  thresholds: Thresholds;
};

/** Kinds that a join of their own judges; the others are listed as seen, and nothing configured speaks of them. */
const JUDGED: ReadonlySet<Kind> = new Set([
  'egress',
  'file-access',
  'model',
  'adapter',
  'framework',
  'library',
  'inference-server',
  'cloud-action',
  'kubernetes-action',
  'data-access',
]);

/** One workload per configured or observed one; a side that is missing is null and makes its half `unknown`. */
export function buildLedger({
  configured,
  observed,
  baseline,
  thresholds,
  usage = null,
}: LedgerInput): Ledger {
  const { pairs, notes } = joinWorkloads(configured, observed);
  const context = {
    destinationOf: createDestinations(configured),
    apiServer: apiServerSubjects(observed?.workloads ?? []),
    uses: collectUses(pairs.map(holderOf), observed, usage),
    thresholds,
  };
  const named = pairs.map((pair) => ledgerWorkload(pair, context)).sort(byText(({ id }) => id));
  const labels = distinctLabels(named);
  const workloads = named.map((one) => ({ ...one, label: labels.get(one.id) ?? one.label }));
  return {
    configured,
    observed,
    baseline,
    usage,
    workloads,
    baselineOf: baselineOf(workloads, baseline),
    notes: [
      ...(configured?.warnings ?? []),
      ...(observed?.notes ?? []),
      ...olderThan(configured, observed),
      ...usageNotes(
        usage,
        pairs.flatMap(({ reached }) => reached.map(({ principal }) => principal)),
      ),
      ...notes,
      ...baselineNotes(baseline),
    ],
  };
}

function ledgerWorkload(pair: Pair & { id: string }, context: Context): LedgerWorkload {
  const { id, configured, observed, capabilities } = pair;
  const files = fileEntries(pair);
  const told = context.uses.told(holderOf(pair));
  return {
    id,
    label: labelOf(pair),
    configured,
    observed,
    capabilities,
    reached: pair.reached,
    ...(pair.gains && pair.gains.length > 0 ? { gains: pair.gains } : {}),
    entries: [
      ...egressEntries(pair, context.destinationOf),
      ...files,
      ...identityEntries(pair, files, context.apiServer, context.uses),
      ...cloudEntries(pair, context.uses),
      ...dataEntries(pair, context.uses),
      ...artifactEntries(pair),
      ...otherEntries(pair),
    ],
    ...(told.length > 0 ? { told } : {}),
    convergence: convergences(pair, context.thresholds),
  };
}

function holderOf(pair: Pair & { id: string }): Holder {
  const { configured, observed, reached } = pair;
  return {
    id: pair.id,
    label: labelOf(pair),
    namespace: configured?.namespace ?? observed?.meta.namespace ?? null,
    name: configured?.name ?? observed?.meta.name ?? pair.id,
    principals: reached.map(({ principal }) => principal),
    own: reached.flatMap(({ principal, edges }) => (edges.length === 0 ? [principal] : [])),
  };
}

function otherEntries({ observed, unconfigured }: Pair): LedgerEntry[] {
  const rows = observed?.observations.filter(({ kind }) => !JUDGED.has(kind)) ?? [];
  const decidedBy = unconfigured ?? 'no object that was read configures anything of this kind';
  return rows.map((row) => observedEntry(row, { configured: 'unknown', decidedBy }));
}

function convergences({ observed }: Pair, thresholds: Thresholds): Record<Discipline, Convergence> {
  const entries = DISCIPLINES.map((one) => [one, convergenceOf(observed, one, thresholds)] as const);
  return Object.fromEntries(entries) as Record<Discipline, Convergence>;
}

/** `research/report-agent`, or the unit's or process tree's name on a bare host. */
function labelOf({ id, configured, observed }: Pair & { id: string }): string {
  if (configured) return `${configured.namespace}/${configured.name}`;
  const meta = observed?.meta;
  if (!meta) return id;
  return meta.namespace === null ? meta.name : `${meta.namespace}/${meta.name}`;
}

function baselineOf(
  workloads: readonly LedgerWorkload[],
  baseline: ObservedPosture | null,
): Ledger['baselineOf'] {
  const partnerOf = partners(baseline?.workloads ?? []);
  const found = workloads.flatMap(({ id }) => {
    const candidates = partnerOf(id);
    return candidates.length === 1 ? [[id, candidates[0]!] as const] : [];
  });
  return new Map(found);
}

/** What logs cover, and whose they are: those of the wrong account would look like silence. */
function usageNotes(usage: Usage | null, principals: readonly string[]): string[] {
  if (!usage) return [];
  const known = new Set(principals.map(principalKey));
  const held = usage.rows.filter(({ principal }) => known.has(principalKey(principal)));
  const [remembered, rows] = [true, false].map((one) =>
    held.filter(({ source }) => (source === 'aws:last-accessed') === one),
  ) as [UsageRow[], UsageRow[]];
  const covered = usage.windows.map(
    ({ source, origin, start, end, events }) =>
      `${origin}: ${events} events of ${source.slice(4)} from ${iso(start)} to ${iso(end)}`,
  );
  const events = rows.reduce((sum, { count }) => sum + count, 0);
  const whose = `${events} events of --usage are by identities of these workloads${events === 0 ? ': the logs may be of another account, cluster or time' : ''}`;
  const memory =
    `IAM remembers ${remembered.length} actions of identities of these workloads: refused ones count there, the last ` +
    'hours are missing, and of what it does not track it says nothing; so they keep from calling something unused, and prove no use';
  return [
    ...covered,
    ...(usage.windows.length > 0 || remembered.length === 0 ? [whose] : []),
    ...(remembered.length > 0 ? [memory] : []),
  ];
}

function iso(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}

/** What was changed between an export and the window is in the one and not in the other. */
function olderThan(configured: ConfiguredPosture | null, observed: ObservedPosture | null): string[] {
  if (!configured || !observed) return [];
  const { origin, readAt, readings = [{ what: origin, readAt }] } = configured;
  return readings.flatMap(({ what, readAt: at }) =>
    at !== null && Date.parse(at) < observed.start
      ? [
          `${what} is of ${iso(Date.parse(at))} UTC, before the snapshots begin: what changed since is not in it`,
        ]
      : [],
  );
}

function baselineNotes(baseline: ObservedPosture | null): string[] {
  return (baseline?.notes ?? []).map((note) => `baseline: ${note}`);
}
