import { parseKubernetesWorkloadId } from '../../model/workload.ts';
import type { Presence } from './coverage.ts';
import type { Claim, Yielded } from './overlap.ts';
import { coverageScore } from './overlap.ts';
import type { PackedSegment } from './pack.ts';
import type { Strings } from './strings.ts';

/**
 * Attribution may have failed to learn the cluster in some segments. `k8s:-/ns/Kind/name` joins the one workload of
 * that name whose cluster is known; where two clusters have it, it stays on its own.
 */
export function joinUnknownClusters(workloads: Iterable<number>, strings: Strings): Map<number, number> {
  const known = new Map<string, Set<number>>();
  const unknown = new Map<string, number>();
  for (const workload of workloads) {
    const parsed = parseKubernetesWorkloadId(strings.text(workload) ?? '');
    if (!parsed) continue;
    const name = `${parsed.namespace}/${parsed.kind}/${parsed.name}`;
    if (parsed.cluster === null) unknown.set(name, workload);
    else known.set(name, (known.get(name) ?? new Set()).add(workload));
  }
  const owners = new Map<number, number>();
  for (const [name, workload] of unknown) {
    const candidates = [...(known.get(name) ?? [])];
    if (candidates.length === 1) owners.set(workload, candidates[0]!);
  }
  return owners;
}

/** Every segment in which a workload was, in the order of the segments. */
export function presencesOf(
  segments: readonly PackedSegment[],
  ownerOf: (workload: number) => number,
): Map<number, Presence[]> {
  const presences = new Map<number, Presence[]>();
  for (const segment of segments) {
    for (const [local, workload] of segment.workloads.entries()) {
      const owner = ownerOf(workload);
      const known = presences.get(owner);
      if (known) known.push({ segment, local });
      else presences.set(owner, [{ segment, local }]);
    }
  }
  return presences;
}

/** Window segments only: iterators count nothing, so there is nothing to count twice. */
export function claimsOf(presences: ReadonlyMap<number, readonly Presence[]>): Claim[] {
  return [...presences].flatMap(([workload, list]) =>
    list
      .filter(({ segment }) => !segment.now)
      .map(({ segment, local }) => ({ segment, workload, score: coverageScore(segment, local) })),
  );
}

export function stands(segment: PackedSegment, owner: number, yielded: Yielded): boolean {
  return !segment.now && !yielded.get(segment)?.has(owner);
}
