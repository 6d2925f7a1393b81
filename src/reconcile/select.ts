/** The workloads that `-n` and `-l` name. The rest of the posture stays: it bears on them (a policy selects others too). */
import { selectorMatches } from '../match/selector.ts';
import type { LabelSelector } from '../model/kubernetes.ts';
import type { LedgerWorkload } from '../model/ledger.ts';

/** Null: all. */
export type Selection = { namespaces: readonly string[] | null; selector: LabelSelector | null };

export function isSelected(workload: LedgerWorkload, { namespaces, selector }: Selection): boolean {
  if (namespaces !== null && !isIn(workload, namespaces)) return false;
  return (
    selector === null || labelsOf(workload).some((labels) => selectorMatches(selector, labels) === 'yes')
  );
}

/** A cgroup that no pod is known for may be of any namespace. */
function isIn({ id, configured, observed }: LedgerWorkload, namespaces: readonly string[]): boolean {
  const namespace = configured?.namespace ?? observed?.meta.namespace ?? null;
  return namespace === null ? id.startsWith('cgroup:') : namespaces.includes(namespace);
}

/** As `kubectl -l` on the workload, or on its pods: manifests label the two differently. */
function labelsOf({ configured, observed }: LedgerWorkload) {
  if (configured) return [configured.labels, configured.podLabels];
  return observed ? [observed.meta.labels] : [];
}
