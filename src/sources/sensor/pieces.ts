import type { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

/** Beyond this much, bytes, the writer is made to wait. */
const ENOUGH = 1 << 18;

/**
 * What a stream says, copied to memory that is used again: each piece is to be read before the next is asked for.
 * Checkpoints come as megabytes at once, and a buffer that waits its turn meanwhile grows old: then it is only given
 * back when the whole heap is looked through.
 *
 * @throws what the stream fails with.
 */
export async function* readPieces(stream: Readable): AsyncGenerator<Buffer> {
  const inbox = createInbox(stream);
  try {
    for (;;) {
      await inbox.something();
      // Whatever else there is to read now comes first: all chunks are copied and gone before one is looked at.
      await turn();
      const piece = inbox.take();
      if (piece.length === 0) return;
      yield piece;
    }
  } finally {
    stream.destroy();
  }
}

function createInbox(stream: Readable) {
  let [filling, spare] = [Buffer.allocUnsafeSlow(ENOUGH), Buffer.allocUnsafeSlow(ENOUGH)];
  let length = 0;
  let ended = false;
  let failure: Error | null = null;
  let wake = () => {};

  function add(chunk: Buffer): void {
    filling = withRoom(filling, length, chunk.length);
    chunk.copy(filling, length);
    length += chunk.length;
    if (length >= ENOUGH) stream.pause();
    wake();
  }
  function end(): void {
    ended = true;
    wake();
  }
  function fail(error: Error): void {
    failure = error;
    wake();
  }
  stream.on('data', add).once('end', end).once('close', end).once('error', fail);
  return {
    /** Bytes, or the end. */
    async something(): Promise<void> {
      if (length === 0 && !ended && failure === null)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    },
    /** Empty: the end. Stands until what comes after it is taken. */
    take(): Buffer {
      if (length === 0 && failure !== null) throw failure;
      const piece = filling.subarray(0, length);
      [filling, spare] = [spare, filling];
      length = 0;
      stream.resume();
      return piece;
    },
  };
}

/** The first `used` bytes stay. */
function withRoom(bytes: Buffer<ArrayBuffer>, used: number, more: number): Buffer<ArrayBuffer> {
  if (used + more <= bytes.length) return bytes;
  const wider = Buffer.allocUnsafeSlow(Math.max(used + more, 2 * bytes.length));
  bytes.copy(wider, 0, 0, used);
  return wider;
}
