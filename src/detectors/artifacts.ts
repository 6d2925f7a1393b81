/** Artifacts of a workload, declared and seen. One package may have been seen in several states and versions. */
import {
  type ArtifactPattern,
  type ArtifactSubject,
  artifactMatches,
  normalizeName,
} from '../match/artifact.ts';
import type { Capability } from '../model/configured.ts';
import type { Kind } from '../model/kinds.ts';
import type { LedgerWorkload } from '../model/ledger.ts';
import type { Observed } from '../model/observed.ts';
import type { ArtifactDetail } from '../model/snapshot.ts';

/** Code: `library` is any package, the other two are entries of the AI catalog. */
export const CODE_KINDS: readonly Kind[] = ['framework', 'library', 'inference-server'];
export const AI_CODE_KINDS: readonly Kind[] = ['framework', 'inference-server'];
export const MODEL_KINDS: readonly Kind[] = ['model', 'adapter'];

export type Declaration = { capability: Capability; pattern: ArtifactPattern };

export function declarations(view: LedgerWorkload, kinds: readonly Kind[]): Declaration[] {
  return view.capabilities
    .filter((capability) => kinds.includes(capability.kind))
    .flatMap((capability) =>
      capability.allow.flatMap((pattern) => (pattern.type === 'artifact' ? [{ capability, pattern }] : [])),
    );
}

/** Anything but `installed` is a load: the catalog rule that named it decides what counts as one. */
export function isLoaded(detail: ArtifactDetail): boolean {
  return detail.state !== 'installed';
}

export function artifactsOf(view: LedgerWorkload, kinds: readonly Kind[]): ArtifactDetail[] {
  return (view.observed?.artifacts ?? []).filter((one) => (kinds as readonly string[]).includes(one.kind));
}

export function byName(details: readonly ArtifactDetail[]): ArtifactDetail[][] {
  return [...Map.groupBy(details, (one) => normalizeName(one.name)).values()];
}

export function matchesAny(declared: readonly Declaration[], detail: ArtifactDetail): boolean {
  return declared.some(({ pattern }) => artifactMatches(pattern, detail));
}

/** Whatever the versions: the declaration that means this name. */
export function sameNamed(declared: readonly Declaration[], detail: ArtifactSubject): Declaration | null {
  return declared.find(({ pattern }) => artifactMatches({ ...pattern, version: null }, detail)) ?? null;
}

/** Observation rows of these artifacts, for counts and times. */
export function rowsOf(view: LedgerWorkload, details: readonly ArtifactDetail[]): Observed[] {
  const subjects = new Set(details.map((one) => one.subject));
  const kinds = new Set(details.map((one) => one.kind));
  return (view.observed?.observations ?? []).filter(
    (row) => kinds.has(row.kind) && subjects.has(row.subject),
  );
}

/** `torch 2.4.0`, `torch 2.4.0, 2.5.1` */
export function nameAndVersions(details: readonly Pick<ArtifactSubject, 'name' | 'version'>[]): string {
  const versions = [...new Set(details.map((one) => one.version).filter((version) => version !== null))];
  return versions.length > 0 ? `${details[0]!.name} ${versions.join(', ')}` : details[0]!.name;
}
