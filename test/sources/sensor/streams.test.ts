import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMAND_BYTES } from '../../../src/model/wire.ts';
import { encodeCommand } from '../../../src/sources/sensor/commands.ts';
import { noDefects, readHeader, readRecords } from '../../../src/sources/sensor/records.ts';
import { replaySensor } from '../../../src/sources/sensor/replay.ts';
import { splitLines } from '../../../src/sources/sensor/split-lines.ts';
import { HEADER, TRAILER } from './sample-stream.ts';

const directory = mkdtempSync(join(tmpdir(), 'ai-spm-stream-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function* chunked(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function lines(text: string, size: number, max: number): Promise<string[]> {
  const found: string[] = [];
  for await (const some of splitLines(chunked(text, size), max))
    for (const { line, oversized } of some) found.push(oversized ? '<oversized>' : line.toString());
  return found;
}

describe('lines', () => {
  for (const size of [1, 2, 3, 7, 1000])
    it(`are the same whatever the chunks: ${size} bytes`, async () => {
      expect(await lines('a\n\nbcdef\nü\nlast', size, 5)).toEqual(['a', '', 'bcdef', 'ü', 'last']);
      expect(await lines('abc\nabcdefgh\nxyz\ntoolong', size, 5)).toEqual([
        'abc',
        '<oversized>',
        'xyz',
        '<oversized>',
      ]);
    });
});

describe('records', () => {
  const read = async (text: string) => {
    const defects = noDefects();
    const records = await Array.fromAsync(readRecords(chunked(text, 64), defects));
    return { kinds: records.map((record) => record.t), defects };
  };

  it('skips and counts what it does not understand, and says why without quoting it', async () => {
    const bad = [
      '{',
      '{"t":"count"}',
      '{"t":"process","argv":["--password=x"]}',
      '[]',
      'null',
      '{"t":"new-kind"}',
    ];
    const { kinds, defects } = await read(
      [JSON.stringify(HEADER), ...bad, JSON.stringify(TRAILER)].join('\n'),
    );
    expect(kinds).toEqual(['header', 'trailer']);
    expect(defects).toMatchObject({
      malformed: bad.length,
      firstMalformed: 'a line is not JSON',
      trailer: true,
    });
    const secret = await read('{"t":"process","argv":["--password=x"]}\n');
    expect(secret.defects.firstMalformed).not.toContain('password');
  });

  it('knows a stream without a trailer', async () => {
    expect((await read(JSON.stringify(HEADER))).defects.trailer).toBe(false);
  });

  it('refuses another version and a missing header', async () => {
    const header = async (text: string) => {
      const defects = noDefects();
      return readHeader(readRecords(chunked(text, 64), defects), defects);
    };
    await expect(header(JSON.stringify({ ...HEADER, v: 2 }))).rejects.toThrow(/wire version is 2/);
    await expect(header(JSON.stringify(TRAILER))).rejects.toThrow(/begins with a trailer/);
    await expect(header('')).rejects.toThrow(/ended before its header/);
  });
});

describe('a recording', () => {
  const text = [HEADER, { t: 'cgroup', id: '7', path: '/x', at: 5 }, TRAILER]
    .map((r) => JSON.stringify(r))
    .join('\n');

  it('replays plain and compressed alike', async () => {
    for (const [name, content] of [
      ['a.ndjson', text],
      ['a.ndjson.zst', zstdCompressSync(text)],
    ] as const) {
      writeFileSync(join(directory, name), content);
      const sensor = await replaySensor(join(directory, name));
      expect(sensor.header.node).toBe(HEADER.node);
      expect((await Array.fromAsync(sensor.records)).map((record) => record.t)).toEqual([
        'cgroup',
        'trailer',
      ]);
      expect(sensor.defects.trailer).toBe(true);
    }
  });

  it('refuses what is none, naming the file', async () => {
    writeFileSync(join(directory, 'notes.ndjson'), 'hello\n');
    await expect(replaySensor(join(directory, 'notes.ndjson'))).rejects.toThrow(
      /notes\.ndjson is no sensor recording/,
    );
    await expect(replaySensor(join(directory, 'absent.ndjson'))).rejects.toMatchObject({ name: 'UserError' });
    writeFileSync(join(directory, 'cut.ndjson.zst'), zstdCompressSync(text).subarray(0, 20));
    await expect(replaySensor(join(directory, 'cut.ndjson.zst'))).rejects.toMatchObject({
      name: 'UserError',
    });
  });
});

describe('commands', () => {
  it('are laid out as the sensor reads them', () => {
    const block = encodeCommand('read', 9, { pid: 42, start: '18446744073709551615', max: 7, path: '/ä' });
    expect(block).toHaveLength(COMMAND_BYTES);
    expect([block.readUInt32LE(0), block.readUInt32LE(4), block.readBigUInt64LE(8)]).toEqual([5, 9, 0n]);
    expect(block.readBigUInt64LE(16)).toBe(2n ** 64n - 1n);
    expect([block.readUInt32LE(24), block.readUInt32LE(28)]).toEqual([42, 7]);
    expect(block.subarray(32, 36).toString()).toBe('/ä\0');
  });

  it('refuse a path that does not fit, or that a NUL would cut', () => {
    expect(() => encodeCommand('list', 1, { path: `/${'x'.repeat(4063)}` })).toThrow(RangeError);
    expect(encodeCommand('list', 1, { path: `/${'x'.repeat(4062)}` })[4095]).toBe(0);
    expect(() => encodeCommand('list', 1, { path: '/etc\0/passwd' })).toThrow(RangeError);
  });
});
