import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Segment } from '../../../src/model/snapshot.ts';
import { READ_LIMITS, readManifest, readSegments } from '../../../src/sources/files/snapshot-reader.ts';
import { writeSnapshot } from '../../../src/sources/files/snapshot-writer.ts';
import { sampleSegment } from './sample-segment.ts';

const directory = mkdtempSync(join(tmpdir(), 'ai-spm-bad-'));
const whole = join(directory, 'whole.snapshot.jsonl');
let text = '';
beforeAll(async () => {
  await writeSnapshot(whole, [sampleSegment(), sampleSegment({ sequence: 1 })], 'ai-spm test');
  text = readFileSync(whole, 'utf8');
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Message and hint of the refusal; fails where the file is read without one. */
async function refusal(content: string | Uint8Array, limits = READ_LIMITS): Promise<string> {
  const path = join(directory, 'bad.snapshot.jsonl.zst');
  writeFileSync(path, content);
  try {
    await Array.fromAsync(readSegments(path, limits));
  } catch (error) {
    expect(error).toMatchObject({ name: 'UserError', exitCode: 2, hint: expect.any(String) });
    expect((error as Error).message).toContain('bad.snapshot.jsonl.zst');
    return (error as Error).message;
  }
  throw new Error('was read without complaint');
}

/** A file whose hash fits its one segment: only the content can be what is refused. */
function forged(change: (segment: Record<string, unknown>) => void, edit = (line: string) => line): string {
  const segment = JSON.parse(text.split('\n')[1]!) as Record<string, unknown>;
  change(segment);
  const line = edit(JSON.stringify(segment));
  const manifest = JSON.parse(text.split('\n')[0]!) as { segments: { sha256: string; bytes: number }[] };
  manifest.segments = [manifest.segments[0]!];
  manifest.segments[0]!.sha256 = createHash('sha256').update(line).digest('hex');
  manifest.segments[0]!.bytes = Buffer.byteLength(line);
  return `${JSON.stringify(manifest)}\n${line}\n`;
}

describe('a file that is no whole snapshot', () => {
  it('empty, text, other JSON, binary', async () => {
    expect(await refusal('')).toContain('is not an ai-spm snapshot: it is empty');
    expect(await refusal('hello')).toContain('its first line is not JSON');
    expect(await refusal('{"a":1}\n')).toContain('is not an ai-spm snapshot');
    expect(await refusal(zstdCompressSync('{"format":"other"}\n'))).toContain('is not an ai-spm snapshot');
    expect(await refusal(Buffer.alloc(4096))).toContain('is not an ai-spm snapshot');
  });

  it('an absent file, and a directory', async () => {
    await expect(readManifest(join(directory, 'absent'))).rejects.toMatchObject({ name: 'UserError' });
    await expect(readManifest(directory)).rejects.toMatchObject({ name: 'UserError' });
  });

  it('newer and older versions', async () => {
    expect(await refusal(text.replace('"version":1', '"version":2'))).toContain('version 2');
    expect(await refusal(text.replace('"version":1', '"version":0'))).toContain('version 0');
    expect(await refusal(text.replace('"version":1', '"version":"1"'))).toContain('version none');
  });

  it('truncated at every kind of place', async () => {
    const [manifest, first, second] = text.split('\n') as [string, string, string];
    expect(await refusal(`${manifest}\n`)).toContain('ends after 0 of 2 segments');
    expect(await refusal(`${manifest}\n${first}\n`)).toContain('ends after 1 of 2 segments');
    expect(await refusal(`${manifest}\n${first}\n${second.slice(0, -9)}`)).toContain(
      'changed or cut: line 3',
    );
    expect(await refusal(manifest.slice(0, 60))).toContain('is not an ai-spm snapshot');
    const packed = zstdCompressSync(text);
    expect(await refusal(packed.subarray(0, packed.length - 40))).toMatch(/truncated|changed or cut/);
    expect(await refusal(packed.subarray(0, 8))).toMatch(/truncated|not an ai-spm snapshot/);
  });

  it('every truncation of a compressed file is refused', async () => {
    const packed = join(directory, 'cut.snapshot.jsonl.zst');
    const bytes = zstdCompressSync(text);
    for (let length = bytes.length - 1; length > 0; length -= 37) {
      writeFileSync(packed, bytes);
      truncateSync(packed, length);
      await expect(Array.fromAsync(readSegments(packed)), `${length} bytes`).rejects.toMatchObject({
        exitCode: 2,
      });
    }
  });

  it('edited: another number, swapped lines, a line too many', async () => {
    const [manifest, first, second] = text.split('\n') as [string, string, string];
    expect(await refusal(text.replace('"instances":1', '"instances":2'))).toContain('line 2 (segment 0)');
    expect(await refusal([manifest, second, first, ''].join('\n'))).toContain('line 2 (segment 0)');
    expect(await refusal(`${text}{}\n`)).toMatch(/line 4/);
  });
});

describe('too much of it', () => {
  it('a first line without end is refused at its bound', async () => {
    const limits = { ...READ_LIMITS, manifestBytes: 1000 };
    expect(await refusal(`{"format":"${'x'.repeat(5000)}`, limits)).toContain('its first line has no end');
  });

  it('gigabytes that are declared are refused before they are read', async () => {
    const huge = text.replace(/"bytes":\d+/, `"bytes":${2 ** 34}`);
    expect(await refusal(huge)).toContain('16,384 MiB');
    const bomb = zstdCompressSync(text.replace(/"bytes":\d+/, `"bytes":${200 * 2 ** 20}`));
    expect(await refusal(bomb)).toContain('201 MiB, more than');
  });

  it('a line that is longer than declared is refused where it passes its length', async () => {
    const [manifest] = text.split('\n') as [string];
    expect(await refusal(zstdCompressSync(`${manifest}\n${' '.repeat(2 ** 26)}\n`))).toContain(
      'line 2 is longer than its manifest says',
    );
  });
});

describe('a segment whose hash fits and whose content does not', () => {
  type Tables = { observations: Record<string, unknown[]>; sessions: Record<string, unknown[]> };
  const cases: [string, (segment: Segment & Tables) => void, string][] = [
    ['an unknown key', (s) => Object.assign(s, { extra: 1 }), 'extra'],
    ['a value of another type', (s) => Object.assign(s, { run: 7 }), 'run: expected string, received number'],
    ['a missing table', (s) => Reflect.deleteProperty(s, 'coverage'), 'coverage: expected an object'],
    [
      'an unknown column',
      (s) => Object.assign(s.observations, { x: [] }),
      'observations.x: expected no such column',
    ],
    ['a missing column', (s) => Reflect.deleteProperty(s.observations, 'bytes'), 'observations.bytes'],
    ['columns of unequal length', (s) => s.observations.bytes.pop(), 'observations.bytes: expected 4 rows'],
    ['a dictionary index out of range', (s) => (s.observations.subject[1] = 99), 'observations.subject[1]'],
    ['a negative dictionary index', (s) => (s.observations.subject[1] = -2), 'observations.subject[1]'],
    ['a workload out of range', (s) => (s.observations.workload[3] = 1), 'observations.workload[3]'],
    ['a fraction', (s) => (s.observations.count[0] = 0.5), 'observations.count[0]'],
    ['a negative count', (s) => (s.observations.count[0] = -1), 'observations.count[0]'],
    [
      'text in a number column',
      (s) => Object.assign(s.observations, { first: ['1', 2, 3, 4] }),
      'observations.first[0]',
    ],
    [
      'null in a number column',
      (s) => Object.assign(s.observations, { first: [null, 2, 3, 4] }),
      'observations.first[0]',
    ],
    ['a signal that is none', (s) => Object.assign(s.coverage, { signal: ['x'] }), 'coverage.signal[0]'],
    ['offsets that fall', (s) => (s.sessions.offset = [1, 0]), 'sessions.offset[1]'],
    ['offsets beyond the cells', (s) => (s.sessions.offset = [0, 9]), 'sessions.offset[1]'],
    ['a dictionary of numbers', (s) => Object.assign(s, { dict: [1] }), 'dict[0]'],
    ['sampling of no workload', (s) => (s.sampling[0]!.workload = 7), 'sampling[0].workload'],
    ['another mode', (s) => Object.assign(s, { mode: 'later' }), 'mode'],
  ];
  for (const [name, change, expected] of cases) {
    it(name, async () => {
      const message = await refusal(forged((segment) => change(segment as unknown as Segment & Tables)));
      expect(message).toContain('line 2');
      expect(message).toContain(expected);
    });
  }

  it('__proto__ as a key, at the top and among labels', async () => {
    const top = forged(
      () => {},
      (line) => line.replace('{', '{"__proto__":{"polluted":1},'),
    );
    expect(await refusal(top)).toContain('__proto__');
    const label = forged(
      () => {},
      (line) => line.replace('"labels":{', '"labels":{"__proto__":"x",'),
    );
    expect(await refusal(label)).toContain('workloads[0].labels: expected no key named __proto__');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('a segment under the manifest entry of another', async () => {
    expect(await refusal(forged((segment) => Object.assign(segment, { sequence: 5 })))).toContain('line 2');
  });
});
