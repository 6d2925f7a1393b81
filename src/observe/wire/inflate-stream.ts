/**
 * Content codings undone while a stream comes. Nothing in zlib's synchronous calls goes on where the last one ended;
 * but each time the sender flushes deflate it begins anew on a byte, with what it last wrote as its dictionary. Where
 * it does not flush, or the coding is another, all is undone again at every doubling of what came: linear, too.
 */
import { constants, inflateRawSync } from 'node:zlib';
import { createHold } from './hold.ts';
import { type Decoded, decode, undoBounded } from './inflate.ts';
import type { Part, PartOptions } from './part.ts';

const WINDOW = 32 * 1024;
const FIRST = 1024;
/** Of one step, in items: text that repeats itself is compressed well. */
const MAX_RATIO = 8;
/** The end of an empty stored block: what Z_SYNC_FLUSH writes. */
const FLUSHED = Buffer.from([0, 0, 0xff, 0xff]);
const DEFLATE = new Set(['gzip', 'x-gzip', 'deflate']);

export function createInflater(
  codings: readonly string[],
  out: (bytes: Uint8Array) => void,
  { max, pool, broken }: PartOptions,
): Part {
  const held = createHold(max, pool);
  const flushes = codings.length === 1 && DEFLATE.has(codings[0]!);
  /** Of the result of what is held. */
  let shown = 0;
  let next = FIRST;
  let dictionary: Uint8Array | null = null;
  let over = false;

  function undone(): Decoded {
    if (!dictionary) return decode(held.peek(), codings, MAX_RATIO * max);
    const options = { finishFlush: constants.Z_SYNC_FLUSH, dictionary };
    return undoBounded(
      (bytes, length) => inflateRawSync(bytes, { ...options, maxOutputLength: length }),
      held.peek(),
      MAX_RATIO * max,
    );
  }
  function show(): void {
    const flushed = flushes && FLUSHED.equals(held.peek().subarray(-FLUSHED.length));
    const { bytes, truncated, malformed } = undone();
    if (bytes.length > shown) out(bytes.subarray(shown));
    shown = Math.max(shown, bytes.length);
    if (malformed) stop('malformed');
    else if (truncated) stop('truncated');
    else if (flushed) restart(bytes);
    next = Math.max(FIRST, 2 * held.size());
  }
  function restart(result: Uint8Array): void {
    const before = dictionary ?? new Uint8Array(0);
    dictionary = Uint8Array.from(
      result.length < WINDOW ? Buffer.concat([before, result]).subarray(-WINDOW) : result.subarray(-WINDOW),
    );
    held.drop();
    shown = 0;
  }
  function stop(how: 'truncated' | 'malformed'): void {
    over = true;
    held.drop();
    broken(how);
  }
  return {
    push(bytes) {
      if (over) return;
      const full = held.push(bytes) < bytes.length;
      const flushed = flushes && FLUSHED.equals(bytes.subarray(-FLUSHED.length));
      if (full || flushed || held.size() >= next) show();
      if (full && !over) stop('truncated');
    },
    // What was coded behind a hole cannot be read without what was in it.
    skip() {
      if (!over && held.size() > 0) show();
      over = true;
      held.drop();
      return false;
    },
    end() {
      if (!over && held.size() > 0) show();
      held.drop();
    },
  };
}
