import type { ArtifactDetail, ReadSegment } from '../../model/snapshot.ts';
import type { Keys } from './keys.ts';
import { byText } from './order.ts';

/** Artifact subject → its distinct details; one name can stand for two contents when a model is updated in place. */
export type ArtifactVariants = Map<number, ArtifactDetail[]>;

const STATES = ['installed', 'opened', 'mapped', 'imported', 'executed'] as const;
const DETAILS = ['name', 'version', 'purl', 'path', 'format', 'size', 'sha256', 'rule'] as const;

export function collectArtifacts(
  into: ArtifactVariants,
  segment: ReadSegment,
  workloads: Int32Array,
  keys: Keys,
) {
  const tuple = new Int32Array(3);
  for (const artifact of segment.artifacts) {
    tuple.set([
      workloads[artifact.workload] ?? -1,
      keys.strings.id(artifact.kind),
      keys.strings.id(artifact.subject),
    ]);
    const subject = keys.subjects.intern(tuple);
    const variants = into.get(subject);
    if (!variants) into.set(subject, [{ ...artifact }]);
    else addVariant(variants, artifact);
  }
}

function addVariant(variants: ArtifactDetail[], artifact: ArtifactDetail): void {
  const known = variants.find((variant) => DETAILS.every((detail) => variant[detail] === artifact[detail]));
  if (known) known.state = furthest(known.state, artifact.state);
  else variants.push({ ...artifact });
}

/** Drops what another detail says in full (a row without the hash that a later row has), keeping how far it got. */
export function mergeArtifacts(variants: readonly ArtifactDetail[]): ArtifactDetail[] {
  const full = variants.filter((one) => !variants.some((other) => other !== one && says(other, one)));
  return full
    .map((one) => ({
      ...one,
      state: variants.filter((other) => says(one, other)).reduce((s, v) => furthest(s, v.state), one.state),
    }))
    .sort(
      byText(
        (one) => one.version,
        (one) => one.path,
        (one) => one.sha256,
        (one) => JSON.stringify(one),
      ),
    );
}

function says(full: ArtifactDetail, partial: ArtifactDetail): boolean {
  return DETAILS.every((detail) => partial[detail] === null || partial[detail] === full[detail]);
}

function furthest(a: ArtifactDetail['state'], b: ArtifactDetail['state']): ArtifactDetail['state'] {
  return STATES.indexOf(a) >= STATES.indexOf(b) ? a : b;
}
