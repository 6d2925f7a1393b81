import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createZstdDecompress } from 'node:zlib';
import type { Scratch } from './scratch.ts';

const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const NEWLINE = 0x0a;

/** `line` (from 1) is longer than it may be: what holds it is not what it claims to be. */
export class LineTooLong extends Error {
  readonly line: number;
  readonly limit: number;
  constructor(line: number, limit: number) {
    super(`line ${line} is longer than ${limit} bytes`);
    this.line = line;
    this.limit = limit;
  }
}

export type FileBytes = { size: number; compressed: boolean; chunks: AsyncGenerator<Buffer> };

/**
 * Bytes of a file, decompressed when it starts with zstd's magic number whatever its name says. `size` is the
 * size on disk. The file stays closed until the first chunk is asked for.
 */
export async function openBytes(path: string): Promise<FileBytes> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const magic = Buffer.alloc(4);
    await handle.read(magic, 0, 4, 0);
    const compressed = magic.equals(ZSTD_MAGIC);
    return { size, compressed, chunks: readChunks(path, compressed) };
  } finally {
    await handle.close();
  }
}

async function* readChunks(path: string, compressed: boolean): AsyncGenerator<Buffer> {
  const raw = createReadStream(path, { highWaterMark: 1 << 18 });
  if (!compressed) return yield* raw;
  const decompress = createZstdDecompress({ chunkSize: 1 << 18 });
  raw.on('error', (error) => decompress.destroy(error));
  try {
    yield* raw.pipe(decompress);
  } finally {
    raw.destroy();
  }
}

/**
 * Splits into lines without their newline; never holds more than one line and one chunk. A line is valid until the
 * next one is asked for. `limit(n)` is the most bytes that line n (from 1) may have, asked when that line begins.
 *
 * @throws LineTooLong as soon as the bound is passed, not at the end of the line.
 */
export async function* boundedLines(
  chunks: AsyncIterable<Buffer>,
  limit: (line: number) => number,
  scratch: Scratch,
): AsyncGenerator<Buffer> {
  let line = 1;
  let length = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      const part = chunk.subarray(start, end === -1 ? chunk.length : end);
      const longer = length + part.length;
      if (longer > limit(line)) throw new LineTooLong(line, limit(line));
      part.copy(scratch.bytes(longer, length), length);
      length = longer;
      if (end === -1) break;
      yield scratch.bytes(length, length).subarray(0, length);
      length = 0;
      line += 1;
      start = end + 1;
    }
  }
  if (length > 0) yield scratch.bytes(length, length).subarray(0, length);
}
