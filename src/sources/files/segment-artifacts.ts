/**
 * Artifacts are the one table of objects that is long: every package of every workload. Rows that are plainly well
 * are passed by hand, for the schema copies each of them; where one is not, the schema is asked what is wrong.
 */
import type { ArtifactDetail } from '../../model/snapshot.ts';

const STATES: ReadonlySet<unknown> = new Set<ArtifactDetail['state']>([
  'installed',
  'opened',
  'mapped',
  'imported',
  'executed',
]);

const isText = (value: unknown): boolean => typeof value === 'string' && value.length <= 4096;
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isHash = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

/** Never true of what the schema refuses. `value`: parsed JSON, so without getters and prototypes of its own. */
export function arePlainArtifacts(value: unknown): value is ArtifactDetail[] {
  return Array.isArray(value) && value.every(isPlain);
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const row = value as Record<keyof ArtifactDetail, unknown>;
  return hasFields(row, 12) && textsFit(row) && restFits(row);
}

/** With twelve fields that are there and twelve in all, none is left to be unknown. */
function hasFields(row: object, wanted: number): boolean {
  let fields = 0;
  for (const _ in row) fields++;
  return fields === wanted;
}

function textsFit(row: Record<keyof ArtifactDetail, unknown>): boolean {
  return (
    isText(row.kind) &&
    isText(row.subject) &&
    isText(row.name) &&
    isText(row.rule) &&
    (row.version === null || isText(row.version)) &&
    (row.purl === null || isText(row.purl)) &&
    (row.path === null || isText(row.path)) &&
    (row.format === null || isText(row.format))
  );
}

function restFits(row: Record<keyof ArtifactDetail, unknown>): boolean {
  return (
    Number.isSafeInteger(row.workload) &&
    (row.size === null || isCount(row.size)) &&
    (row.sha256 === null || isHash(row.sha256)) &&
    STATES.has(row.state)
  );
}
