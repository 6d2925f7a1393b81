/** Was the configured side read? Without it no detector is asked: it would call unread objects absent. */
import type { ResourceName, SourceCoverage } from '../model/kubernetes.ts';
import type { Cell, Check } from './cell.ts';
import type { Doubt } from './define-detector.ts';
import { listed } from './words.ts';

const noPosture: Check = ({ view, context }) =>
  context.ledger.configured
    ? null
    : { reason: 'no-configuration', detail: `no configured posture was given to compare ${view.label} with` };

/** Asked after the sources: where workloads could not be read, that is the reason for not finding it. */
const noWorkload: Check = ({ view, context }) =>
  view.configured
    ? null
    : {
        reason: 'no-configuration',
        detail:
          otherCluster({ view, context }) ??
          `${view.label} was observed, and is not in the configuration read from ${context.ledger.configured?.origin}`,
      };

/** A kubeconfig that points elsewhere is the usual reason, and workloads have the same names there. */
function otherCluster({ view, context: { ledger } }: Pick<Cell, 'view' | 'context'>): string | null {
  const observed = view.observed?.meta.cluster ?? null;
  const { cluster = null, origin } = ledger.configured ?? {};
  if (observed === null || cluster === null || observed === cluster) return null;
  return `${view.label} was observed in cluster ${observed}, and what was read from ${origin} is of cluster ${cluster}`;
}

const sourceDenied: Check = (cell) =>
  sourceDoubt(
    cell,
    'source-denied',
    (status) => status === 'denied' || status === 'failed',
    'could not read',
  );

/** `not-served` is an answer: this cluster has no such kind. `absent` is none: the export does not contain it. */
const sourceMissing: Check = (cell) => {
  const absent = sourceDoubt(cell, 'source-missing', (status) => status === 'absent', 'nothing was given of');
  if (absent) return absent;
  const unread = cell.detector.needs.resources.filter((resource) => coverageOf(cell, resource).length === 0);
  if (unread.length === 0) return null;
  const elsewhere = (cell.context.ledger.configured?.coverage ?? []).filter(
    ({ resource, reason }) => unread.includes(resource) && reason !== null,
  );
  if (elsewhere.length > 0)
    return { reason: 'source-denied', detail: `could read ${listed(elsewhere.map(onlyIn))}` };
  return { reason: 'source-missing', detail: `${listed(unread)}: no source says whether it was read` };
};

function onlyIn({ source, namespaces, reason }: SourceCoverage): string {
  return `${source} in ${namespaces?.join(', ') ?? 'no namespace'} only (${reason})`;
}

export const CONFIGURATION_CHECKS: readonly Check[] = [noPosture, sourceDenied, sourceMissing, noWorkload];

function sourceDoubt(
  cell: Cell,
  reason: Doubt['reason'],
  failed: (status: SourceCoverage['status']) => boolean,
  verb: string,
): Doubt | null {
  const sources = cell.detector.needs.resources
    .flatMap((resource) => coverageOf(cell, resource))
    .filter((source) => failed(source.status));
  if (sources.length === 0) return null;
  const names = sources.map((source) =>
    source.reason ? `${source.source} (${source.reason})` : source.source,
  );
  return { reason, detail: `${verb} ${listed(names)}` };
}

/** Cluster-wide reads, and those of the workload's namespace: a 403 elsewhere does not matter here. */
function coverageOf({ view, context }: Cell, resource: ResourceName): SourceCoverage[] {
  const namespace = view.configured?.namespace ?? view.observed?.meta.namespace;
  return (context.ledger.configured?.coverage ?? []).filter(
    (source) =>
      source.resource === resource &&
      (source.namespaces === null || namespace == null || source.namespaces.includes(namespace)),
  );
}
