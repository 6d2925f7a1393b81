import type { ArtifactDetail, ReadSegment } from '../../model/snapshot.ts';
import { type Keys, SUBJECT_FIELD } from './keys.ts';
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
    tuple[SUBJECT_FIELD.workload] = workloads[artifact.workload] ?? -1;
    tuple[SUBJECT_FIELD.kind] = keys.strings.id(artifact.kind);
    tuple[SUBJECT_FIELD.subject] = keys.strings.id(artifact.subject);
    const subject = keys.subjects.intern(tuple);
    const variants = into.get(subject);
    if (!variants) into.set(subject, [{ ...artifact }]);
    else addVariant(variants, artifact);
  }
}

function addVariant(variants: ArtifactDetail[], artifact: ArtifactDetail): void {
  const known = variants.find((variant) => sameDetails(variant, artifact));
  if (known) {
    if (known.state !== artifact.state) known.state = furthest(known.state, artifact.state);
  } else variants.push({ ...artifact });
}

/** Field by field: asked of every artifact of every segment, it is mostly true. */
function sameDetails(a: ArtifactDetail, b: ArtifactDetail): boolean {
  return (
    a.name === b.name &&
    a.version === b.version &&
    a.purl === b.purl &&
    a.path === b.path &&
    a.format === b.format &&
    a.size === b.size &&
    a.sha256 === b.sha256 &&
    a.rule === b.rule
  );
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
