/** Content codings undone (RFC 9110 §8.4): of whole bodies, bounded on both sides. */
import {
  brotliDecompressSync,
  constants,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib';

export type Decoded = { bytes: Uint8Array; truncated: boolean; malformed: boolean };

const NOTHING = new Uint8Array(0);

type Undo = (bytes: Uint8Array, max: number) => Uint8Array;

/** What was cut short is read as far as it came. */
const ZLIB = { finishFlush: constants.Z_SYNC_FLUSH };
const BROTLI = { finishFlush: constants.BROTLI_OPERATION_FLUSH };
const ZSTD = { finishFlush: constants.ZSTD_e_flush };

/** Servers send zlib as the standard says, and raw deflate as some clients expected once. */
function deflate(bytes: Uint8Array, max: number): Uint8Array {
  const wrapped = (bytes[0]! & 15) === 8 && ((bytes[0]! << 8) | bytes[1]!) % 31 === 0;
  return (wrapped ? inflateSync : inflateRawSync)(bytes, { ...ZLIB, maxOutputLength: max });
}

const CODINGS: ReadonlyMap<string, Undo> = new Map<string, Undo>([
  ['gzip', (bytes, max) => gunzipSync(bytes, { ...ZLIB, maxOutputLength: max })],
  ['x-gzip', (bytes, max) => gunzipSync(bytes, { ...ZLIB, maxOutputLength: max })],
  ['deflate', deflate],
  ['br', (bytes, max) => brotliDecompressSync(bytes, { ...BROTLI, maxOutputLength: max })],
  ['zstd', (bytes, max) => zstdDecompressSync(bytes, { ...ZSTD, maxOutputLength: max })],
]);
const MAX_CODINGS = 4;

/** In the order in which they were applied; `identity` is none. */
export function codingsOf(header: string | undefined): readonly string[] {
  const names = (header ?? '').split(',').map((one) => one.trim().toLowerCase());
  return names.filter((name) => name !== '' && name !== 'identity');
}

/** @param max bytes of the result; what is longer, a bomb perhaps, gives nothing but the word of it. */
export function decode(bytes: Uint8Array, codings: readonly string[], max: number): Decoded {
  if (codings.length > MAX_CODINGS) return { bytes: NOTHING, truncated: false, malformed: true };
  let result = bytes;
  for (const name of codings.toReversed()) {
    const undo = CODINGS.get(name);
    if (!undo) return { bytes: NOTHING, truncated: false, malformed: true };
    if (result.length === 0) break;
    try {
      result = undo(result, max);
    } catch (error) {
      const long = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      return { bytes: NOTHING, truncated: long, malformed: !long };
    }
  }
  return { bytes: result, truncated: false, malformed: false };
}
