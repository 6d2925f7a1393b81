/** Content codings undone (RFC 9110 §8.4), bounded on both sides: what is too long, a bomb perhaps, gives its beginning. */
import {
  brotliDecompressSync,
  constants,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib';

export type Decoded = { bytes: Uint8Array; truncated: boolean; malformed: boolean };

type Undo = (bytes: Uint8Array, max: number) => Uint8Array;

const NOTHING = new Uint8Array(0);

/** What was cut short is read as far as it came. */
const ZLIB = { finishFlush: constants.Z_SYNC_FLUSH };
const BROTLI = { finishFlush: constants.BROTLI_OPERATION_FLUSH };
/** A frame may ask for a window of any size; 8 MiB is the largest in HTTP (RFC 9659). */
const ZSTD = { finishFlush: constants.ZSTD_e_flush, params: { [constants.ZSTD_d_windowLogMax]: 23 } };

const gunzip: Undo = (bytes, max) => gunzipSync(bytes, { ...ZLIB, maxOutputLength: max });

/** Servers send zlib as the standard says, and raw deflate as some clients expected once. */
const deflate: Undo = (bytes, max) => {
  const wrapped = (bytes[0]! & 15) === 8 && (bytes.length < 2 || ((bytes[0]! << 8) | bytes[1]!) % 31 === 0);
  return (wrapped ? inflateSync : inflateRawSync)(bytes, { ...ZLIB, maxOutputLength: max });
};

const CODINGS: ReadonlyMap<string, Undo> = new Map<string, Undo>([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', deflate],
  ['br', (bytes, max) => brotliDecompressSync(bytes, { ...BROTLI, maxOutputLength: max })],
  ['zstd', (bytes, max) => zstdDecompressSync(bytes, { ...ZSTD, maxOutputLength: max })],
]);
const MAX_CODINGS = 4;
/** Half of the input, a quarter …: 1 MiB of deflate never gives more than 1 GiB. */
const MAX_TRIES = 11;

/** In the order in which they were applied; `identity` is none. */
export function codingsOf(header: string | undefined): readonly string[] {
  if (header === undefined) return [];
  const names = header.split(',').map((one) => one.trim().toLowerCase());
  return names.filter((name) => name !== '' && name !== 'identity');
}

/** @param max bytes of the result, and of each step on the way to it. */
export function decode(bytes: Uint8Array, codings: readonly string[], max: number): Decoded {
  const result: Decoded = { bytes, truncated: false, malformed: codings.length > MAX_CODINGS };
  for (const name of codings.toReversed()) {
    const undo = CODINGS.get(name);
    if (!undo) result.malformed = true;
    if (!undo || result.malformed) break;
    const undone = undoBounded(undo, result.bytes, max);
    result.bytes = undone.bytes;
    result.truncated ||= undone.truncated;
    result.malformed = undone.malformed;
  }
  return result.malformed ? { ...result, bytes: NOTHING } : result;
}

/** There is no call that stops at a bound and gives what it has: so less is put in. */
export function undoBounded(undo: Undo, bytes: Uint8Array, max: number): Decoded {
  if (bytes.length === 0) return { bytes, truncated: false, malformed: false };
  let size = bytes.length;
  for (let tries = 0; tries < MAX_TRIES && size > 0; tries++) {
    try {
      const result = undo(bytes.subarray(0, size), max);
      return { bytes: result, truncated: size < bytes.length, malformed: false };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE')
        return { bytes: NOTHING, truncated: false, malformed: true };
    }
    size >>>= 1;
  }
  return { bytes: NOTHING, truncated: true, malformed: false };
}
