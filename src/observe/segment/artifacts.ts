/** One detail per workload, kind, subject and version: the strongest evidence of it, and its size where mapped. */
import type { ArtifactDetail } from '../../model/snapshot.ts';
import { STATES } from '../meaning/artifact-use.ts';
import { type Named, nameArtifact } from '../meaning/naming.ts';
import { compareText } from './dictionary.ts';
import type { Work } from './workloads.ts';

function strength(state: ArtifactDetail['state']): number {
  const at = (STATES as readonly string[]).indexOf(state);
  return at < 0 ? STATES.length : at;
}

/** Equal evidence is ordered by path, so that the choice does not depend on which process came first. */
function stronger(a: Named, b: Named): Named {
  const order = strength(a.state) - strength(b.state) || compareText(a.path ?? '', b.path ?? '');
  const [best, other] = order <= 0 ? [a, b] : [b, a];
  return { ...best, format: best.format ?? other.format, sha256: best.sha256 ?? other.sha256 };
}

function keyOf({ kind, subject, version }: Named): string {
  return `${kind}\0${subject}\0${version ?? ''}`;
}

export function artifacts(work: Work, named: readonly Named[]): ArtifactDetail[] {
  const details = new Map<string, Named>();
  for (const one of named) {
    const known = details.get(keyOf(one));
    details.set(keyOf(one), known ? stronger(known, one) : one);
  }
  for (const cgroup of work.cgroups)
    for (const { use, size } of cgroup.residencies)
      for (const one of nameArtifact(use, cgroup.inventory)) {
        const known = details.get(keyOf(one));
        if (known && size !== null) known.size = Math.max(known.size ?? 0, size);
      }
  return [...details]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, one]) => ({ workload: work.index, ...one }));
}
