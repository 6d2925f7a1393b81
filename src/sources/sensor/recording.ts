import { createReadStream } from 'node:fs';
import { createZstdDecompress } from 'node:zlib';

/** Bytes of a recorded stream, decompressed where its name ends in `.zst`. */
export async function* openRecording(path: string): AsyncGenerator<Buffer> {
  const raw = createReadStream(path);
  if (!path.endsWith('.zst')) return yield* raw;
  const decompress = createZstdDecompress();
  raw.on('error', (error) => decompress.destroy(error));
  try {
    yield* raw.pipe(decompress);
  } finally {
    raw.destroy();
  }
}
