import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Segment } from '../../../src/model/snapshot.ts';
import { parseSegment } from '../../../src/sources/files/segment-parse.ts';
import { readManifest, readSegments } from '../../../src/sources/files/snapshot-reader.ts';
import { openSnapshotWriter, writeSnapshot } from '../../../src/sources/files/snapshot-writer.ts';
import { readWhole } from './read-whole.ts';
import { sampleSegment } from './sample-segment.ts';

const directory = mkdtempSync(join(tmpdir(), 'ai-spm-roundtrip-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('a snapshot file', () => {
  for (const name of ['plain.snapshot.jsonl', 'packed.snapshot.jsonl.zst']) {
    it(`gives back what was written: ${name}`, async () => {
      const path = join(directory, name);
      const segments = [sampleSegment(), sampleSegment({ sequence: 1, rows: 500, workloads: 7 })];
      await writeSnapshot(path, segments, 'ai-spm test');
      const manifest = await readManifest(path);
      expect(manifest.segments.map((entry) => [entry.sequence, entry.complete])).toEqual([
        [0, true],
        [1, true],
      ]);
      expect(await readWhole(path)).toEqual(segments);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    });
  }

  it('is published after every segment, and leaves no other file', async () => {
    const path = join(directory, 'growing.snapshot.jsonl.zst');
    const writer = await openSnapshotWriter(path, 'ai-spm test');
    await writer.add(sampleSegment());
    expect((await readManifest(path)).segments).toHaveLength(1);
    await writer.add(sampleSegment({ sequence: 1 }));
    expect((await Array.fromAsync(readSegments(path))).map((segment) => segment.sequence)).toEqual([0, 1]);
    const { segments, bytes } = await writer.finish();
    expect({ segments, bytes }).toEqual({ segments: 2, bytes: statSync(path).size });
    expect(readdirSync(directory).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  it('keeps what the file held when the directory cannot take the new one', async () => {
    await expect(
      openSnapshotWriter(join(directory, 'absent', 'x.jsonl'), 'ai-spm test'),
    ).rejects.toMatchObject({
      name: 'UserError',
      hint: 'The directory does not exist: create it first.',
    });
  });

  it('holds 200,000 rows', async () => {
    const path = join(directory, 'large.snapshot.jsonl.zst');
    const segment = sampleSegment({ rows: 200_000, workloads: 200 });
    await writeSnapshot(path, [segment], 'ai-spm test');
    const [read] = await Array.fromAsync(readSegments(path));
    expect(read!.observations.count).toHaveLength(200_000);
    expect(parseSegment(JSON.parse(JSON.stringify(segment))).ok).toBe(true);
  });

  it('keeps odd names as they are', async () => {
    const segment: Segment = sampleSegment();
    segment.dict[4] = '\u001b[31m__proto__\u0000\ud800';
    const path = join(directory, 'odd.snapshot.jsonl');
    await writeSnapshot(path, [segment], 'ai-spm test');
    const [read] = await Array.fromAsync(readSegments(path));
    expect(read!.dict[4]).toBe(segment.dict[4]);
    expect(readFileSync(path, 'utf8')).not.toContain('\u001b');
  });

  it('is recognised as compressed by its content, whatever its name', async () => {
    const packed = join(directory, 'renamed.snapshot.jsonl.zst');
    await writeSnapshot(packed, [sampleSegment()], 'ai-spm test');
    const renamed = join(directory, 'renamed.snapshot.jsonl');
    writeFileSync(renamed, readFileSync(packed));
    expect(await Array.fromAsync(readSegments(renamed))).toHaveLength(1);
  });
});
