import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ArtifactDetail, segmentSchema } from '../../../src/model/snapshot.ts';
import { arePlainArtifacts } from '../../../src/sources/files/segment-artifacts.ts';

const schema = segmentSchema.shape.artifacts;
const ARTIFACT: ArtifactDetail = {
  workload: 0,
  kind: 'library',
  subject: 'numpy@2.1.0',
  name: 'numpy',
  version: '2.1.0',
  purl: 'pkg:pypi/numpy@2.1.0',
  path: '/usr/lib/python3/numpy',
  format: null,
  size: 12,
  sha256: 'a'.repeat(64),
  state: 'imported',
  rule: 'python-site-packages',
};
const EMPTY = { version: null, purl: null, path: null, format: null, size: null, sha256: null };

describe('artifacts', () => {
  it('that are well are plain', () => {
    const rows = [ARTIFACT, { ...ARTIFACT, ...EMPTY }, { ...ARTIFACT, state: 'installed' }];
    expect(arePlainArtifacts(rows)).toBe(true);
    expect(schema.safeParse(rows).success).toBe(true);
    expect(arePlainArtifacts([])).toBe(true);
  });

  it('are never plain where the schema refuses them', () => {
    const field = fc.constantFrom(...Object.keys(ARTIFACT), '__proto__', 'constructor', 'more');
    const value = fc.oneof(
      fc.constantFrom(null, undefined, '', 'x'.repeat(4097), 'A'.repeat(64), `${'a'.repeat(64)}\n`),
      fc.constantFrom(-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, true, 'executed', 'running'),
      fc.anything(),
    );
    let refused = 0;
    fc.assert(
      fc.property(field, value, fc.boolean(), (name, changed, remove) => {
        const row = new Map(Object.entries(ARTIFACT) as [string, unknown][]).set(name, changed);
        if (remove) row.delete(name);
        // Through JSON, where `__proto__` is a key like others.
        const entries = [...row].map(
          ([key, one]) => `${JSON.stringify(key)}:${JSON.stringify(one) ?? 'null'}`,
        );
        const rows: unknown = JSON.parse(`[{${entries.join()}}]`);
        const fine = schema.safeParse(rows).success;
        if (!fine) refused++;
        expect(arePlainArtifacts(rows)).toBe(fine);
      }),
      { numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(300);
  });

  it.each([[null], ['text'], [{}], [[null]], [[[]]], [[1]]])('are no %j', (value) => {
    expect(arePlainArtifacts(value)).toBe(false);
  });
});
