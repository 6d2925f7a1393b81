import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { snapshotJsonSchema } from '../../../src/sources/files/snapshot-schema.ts';
import { sampleSegment } from './sample-segment.ts';

const PUBLISHED = new URL('../../../fixtures/schemas/ai-spm-snapshot-1.json', import.meta.url);

function validator() {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allowUnionTypes: true });
  addFormats.default(ajv);
  return ajv.compile(snapshotJsonSchema());
}

describe('the published schema', () => {
  it('is the one that the reader follows', () => {
    expect(JSON.parse(readFileSync(PUBLISHED, 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(snapshotJsonSchema())),
    );
  });

  it('accepts a segment and a manifest, and refuses others', () => {
    const valid = validator();
    const segment = sampleSegment({ rows: 20, workloads: 3 });
    const { bootId, run, sequence, start, end, complete } = segment;
    const entry = {
      bootId,
      run,
      sequence,
      node: 'n',
      start,
      end,
      complete,
      sha256: '0'.repeat(64),
      bytes: 1,
    };
    const manifest = { format: 'ai-spm/snapshot', version: 1, createdBy: 'test', segments: [entry] };
    expect(valid(segment), JSON.stringify(valid.errors)).toBe(true);
    expect(valid(manifest), JSON.stringify(valid.errors)).toBe(true);
    expect(valid({ ...segment, extra: 1 })).toBe(false);
    expect(valid({ ...manifest, version: 2 })).toBe(false);
    expect(valid({ ...segment, observations: { ...segment.observations, count: ['1'] } })).toBe(false);
  });
});
