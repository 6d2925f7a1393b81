import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readManifest, readSegments } from '../../../src/sources/files/snapshot-reader.ts';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/snapshots/', import.meta.url));

describe('snapshots that were written by earlier builds', () => {
  const names = readdirSync(FIXTURES).filter((name) => /\.jsonl(\.zst)?$/.test(name));

  it('are there', () => {
    expect(names).toContain('service-v1.snapshot.jsonl.zst');
  });

  for (const name of names)
    it(`${name} still reads, segment by segment`, async () => {
      const manifest = await readManifest(FIXTURES + name);
      const segments = await Array.fromAsync(readSegments(FIXTURES + name));
      expect(segments.map(({ sequence }) => sequence)).toEqual(
        manifest.segments.map(({ sequence }) => sequence),
      );
      expect(segments[0]!.observations.count.length).toBeGreaterThan(0);
    });
});
