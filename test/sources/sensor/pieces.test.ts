import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readPieces } from '../../../src/sources/sensor/pieces.ts';

async function collect(stream: PassThrough): Promise<string> {
  let text = '';
  for await (const piece of readPieces(stream)) text += piece.toString('latin1');
  return text;
}

describe('pieces of a stream', () => {
  it('are what was written, however it comes', async () => {
    const stream = new PassThrough();
    const read = collect(stream);
    let written = '';
    for (let n = 0; n < 300; n++) {
      const chunk = String(n % 10).repeat((n * 7919) % 20_000);
      written += chunk;
      stream.write(chunk);
      if (n % 40 === 0) await sleep(1);
    }
    stream.end();
    expect(await read).toBe(written);
  });

  it('are all there when the reader is slower than another program', async () => {
    const child = spawn('head', ['-c', '5000000', '/dev/zero'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const hash = createHash('sha256');
    for await (const piece of readPieces(child.stdout)) {
      await sleep(2);
      hash.update(piece);
    }
    expect(hash.digest('hex')).toBe(createHash('sha256').update(Buffer.alloc(5_000_000)).digest('hex'));
  });

  it('end where nothing was said, and with what the stream fails with', async () => {
    const empty = new PassThrough();
    empty.end();
    expect(await collect(empty)).toBe('');
    const broken = new PassThrough();
    const read = collect(broken);
    broken.destroy(new Error('broken'));
    await expect(read).rejects.toThrow('broken');
  });

  it('let go of the stream where no more are wanted', async () => {
    const stream = new PassThrough();
    stream.write('first');
    for await (const piece of readPieces(stream)) {
      expect(piece.toString()).toBe('first');
      break;
    }
    expect(stream.destroyed).toBe(true);
  });
});
