import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { readSegments } from '../../../src/sources/files/snapshot-reader.ts';
import { writeSnapshot } from '../../../src/sources/files/snapshot-writer.ts';
import { runs } from '../../fuzz.ts';
import { sampleSegment } from './sample-segment.ts';

const folder = mkdtempSync(join(tmpdir(), 'ai-spm-damaged-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Either the file is refused with a message that names it, or it is read as it was written: never something else. */
async function verdict(path: string, original: unknown): Promise<string | null> {
  try {
    const segments = await Array.fromAsync(readSegments(path));
    return JSON.stringify(segments) === JSON.stringify(original) ? null : 'read as something else';
  } catch (error) {
    if (!(error instanceof UserError)) return `threw ${String(error)}`;
    return error.message.includes(path) ? null : `does not name the file: ${error.message}`;
  }
}

describe.each(['plain.jsonl', 'packed.jsonl.zst'])('a damaged snapshot, %s', (name) => {
  const path = join(folder, name);
  const damaged = join(folder, `damaged-${name}`);
  let bytes: Buffer;
  let original: unknown;

  beforeAll(async () => {
    await writeSnapshot(path, [sampleSegment(), sampleSegment({ sequence: 1 })], 'ai-spm test');
    bytes = readFileSync(path);
    original = await Array.fromAsync(readSegments(path));
  });

  it('with changed bytes is refused, never misread', async () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        const copy = Buffer.from(bytes);
        for (const [at, value] of changes) copy[at % copy.length] = value;
        writeFileSync(damaged, copy);
        expect(await verdict(damaged, original)).toBeNull();
      }),
      runs(150),
    );
  });

  it('cut short, doubled or with something behind it is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.uint8Array({ maxLength: 64 }), async (cut, tail) => {
        writeFileSync(damaged, Buffer.concat([bytes.subarray(0, cut % bytes.length), tail]));
        expect(await verdict(damaged, original)).toBeNull();
      }),
      runs(150),
    );
  });
});
