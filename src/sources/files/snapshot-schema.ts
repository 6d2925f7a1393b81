import { z } from 'zod';
import { manifestSchema, SNAPSHOT_FORMAT, SNAPSHOT_VERSION, segmentSchema } from '../../model/snapshot.ts';

/**
 * JSON Schema (2020-12) of one line of a snapshot file: the first is a manifest, every other one a segment.
 * Beyond it the reader checks hashes, equal column lengths, and that indexes are in range.
 */
export function snapshotJsonSchema(): Record<string, unknown> {
  const options = { target: 'draft-2020-12', reused: 'inline' } as const;
  const { $schema, ...manifest } = z.toJSONSchema(manifestSchema, options);
  const { $schema: _same, ...segment } = z.toJSONSchema(segmentSchema, options);
  return {
    $schema,
    $id: `urn:${SNAPSHOT_FORMAT.replace('/', ':')}:${SNAPSHOT_VERSION}`,
    title: 'A line of an ai-spm snapshot',
    description: 'JSON lines: line 1 is the manifest, every further line a segment named in it by SHA-256.',
    oneOf: [{ $ref: '#/$defs/manifest' }, { $ref: '#/$defs/segment' }],
    $defs: { manifest, segment },
  };
}
