import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MODELS, safetensors } from '../../fixtures/agent/model-file.ts';
import { buildEmbedder } from '../../fixtures/agent/sandbox/files.ts';

const folder = mkdtempSync(join(tmpdir(), 'model-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const hasCompiler = spawnSync('cc', ['--version']).status === 0;
if (!hasCompiler) process.stderr.write('the embedder: skipped, there is no cc\n');

describe('the model file', () => {
  const file = safetensors(MODELS['corpus-embed-v1']);
  const headerBytes = Number(new DataView(file.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerBytes)));

  it('is a valid safetensors file: aligned header, tensors that cover the data exactly', () => {
    expect(headerBytes % 8).toBe(0);
    expect(header.__metadata__).toMatchObject({ name: 'corpus-embed-v1' });
    const { dtype, shape, data_offsets } = header['embedding.weight'];
    expect(dtype).toBe('F32');
    expect(data_offsets).toEqual([0, shape[0] * shape[1] * 4]);
    expect(file.length).toBe(8 + headerBytes + data_offsets[1]);
    expect(file.length).toBeGreaterThan(3_000_000);
  });

  it('has the same bytes each time, and others for the other model', () => {
    expect(Buffer.from(file).equals(safetensors(MODELS['corpus-embed-v1']))).toBe(true);
    expect(safetensors(MODELS['corpus-embed-v2-exp']).length).not.toBe(file.length);
  });
});

describe.skipIf(!hasCompiler)('the embedder (needs cc)', () => {
  const run = (bytes: Uint8Array, input: string) => {
    const path = join(folder, 'model.safetensors');
    writeFileSync(path, bytes);
    return spawnSync(buildEmbedder(), [path], { input, encoding: 'utf8' });
  };

  it('answers each line with a vector of length 1; like words give like vectors', () => {
    const { stdout, status } = run(
      safetensors(MODELS['corpus-embed-v1']),
      'Salt, rivers\nrivers SALT\nglass\n',
    );
    const [ready, ...lines] = stdout.trim().split('\n');
    const vectors = lines.map((line) => line.split(' ').map(Number));
    expect(status).toBe(0);
    expect(ready).toBe('ready 3145920 8192 96');
    expect(vectors.map((vector) => vector.length)).toEqual([96, 96, 96]);
    expect(Math.hypot(...vectors[0]!)).toBeCloseTo(1, 2);
    expect(vectors[0]).toEqual(vectors[1]);
    expect(vectors[0]).not.toEqual(vectors[2]);
  });

  it.each([
    ['cut short', (file: Uint8Array) => file.subarray(0, 5000), 'tensor does not fit the file'],
    ['a header beyond the end', (file: Uint8Array) => file.with(3, 0x05), 'header is longer than the file'],
    ['empty', () => new Uint8Array(), 'too short'],
  ])('refuses a file that is %s', (_what, spoil, message) => {
    const { stderr, status } = run(spoil(safetensors(MODELS['corpus-embed-v1'])), 'x\n');
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});
