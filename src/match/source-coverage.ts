/** What was not read of the estate. Absence of an object is a fact only where its collection was read. */
import type { ResourceName, SourceCoverage } from '../model/kubernetes.ts';

/**
 * Why a resource is not fully known in a namespace (null: cluster-wide); null if it is. `collection` narrows a
 * resource that has several, `clusterroles` of `rbac`.
 */
export function resourceGap(
  coverage: readonly SourceCoverage[],
  resource: ResourceName,
  namespace: string | null,
  collection?: string,
): string | null {
  const relevant = coverage
    .filter((one) => one.resource === resource)
    .filter((one) => collection === undefined || one.source.endsWith(`:${collection}`))
    .filter((one) => one.namespaces === null || (namespace !== null && one.namespaces.includes(namespace)));
  if (relevant.length === 0) return `${collection ?? resource} were not read`;
  const gap = relevant.find((one) => one.status !== 'read' && one.status !== 'not-served');
  return gap ? `${gap.source} ${gap.status}${gap.reason === null ? '' : `: ${gap.reason}`}` : null;
}
