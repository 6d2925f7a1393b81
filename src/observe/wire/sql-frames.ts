/** Messages with their length in front, cut anywhere: the start of each is kept, the rest counted and passed over. */
import type { Decoder } from './types.ts';

export type Frame = {
  tag: number;
  /** The start of the body. */
  bytes: Buffer;
  /** Of the body, as sent. */
  size: number;
  /** `bytes` is all of it. */
  whole: boolean;
};

export type Grammar = {
  /** Bytes before the body. */
  header: number;
  /** Null: no header, nobody knows where the next message begins. */
  read(header: Buffer): { tag: number; size: number } | null;
  /** So much of its body is of use. */
  keep(tag: number): number;
};

export type Framer = Decoder & {
  /** The next byte, or the next push of one that is lost, begins a message of this grammar. */
  use(grammar: Grammar): void;
  /** Nothing is read until `use`. */
  lose(): void;
  lost(): boolean;
};

/** @param lost called once for each loss, whether by a gap or by a header that is none. */
export function createFramer(
  first: Grammar,
  on: (frame: Frame, at: number) => void,
  lost: (at: number) => void,
): Framer {
  let grammar: Grammar | null = first;
  let header = Buffer.alloc(first.header);
  let filled = 0;
  let body: { tag: number; size: number; left: number; keep: number; kept: Buffer; length: number } | null =
    null;

  function lose(): void {
    grammar = null;
    body = null;
    filled = 0;
  }
  function fail(at: number): void {
    if (!grammar) return;
    lose();
    lost(at);
  }
  function head(bytes: Uint8Array, at: number): number {
    const taken = Math.min(grammar!.header - filled, bytes.length);
    header.set(bytes.subarray(0, taken), filled);
    filled += taken;
    if (filled < grammar!.header) return taken;
    filled = 0;
    const read = grammar!.read(header);
    if (read) {
      const keep = Math.min(grammar!.keep(read.tag), read.size);
      body = { ...read, left: read.size, keep, kept: NOTHING, length: 0 };
    } else fail(at);
    return taken;
  }
  function fill(bytes: Uint8Array): number {
    const one = body!;
    const taken = Math.min(one.left, bytes.length);
    const wanted = Math.min(taken, one.keep - one.length);
    if (wanted > 0) {
      one.kept = room(one.kept, one.length, one.length + wanted, one.keep);
      one.kept.set(bytes.subarray(0, wanted), one.length);
      one.length += wanted;
    }
    one.left -= taken;
    return taken;
  }
  function deliver(at: number): void {
    const { tag, size, kept, length } = body!;
    body = null;
    on({ tag, size, bytes: kept.subarray(0, length), whole: length === size }, at);
  }
  return {
    push(bytes, at) {
      for (let from = 0; grammar && from < bytes.length; ) {
        const rest = bytes.subarray(from);
        from += body ? fill(rest) : head(rest, at);
        if (body?.left === 0) deliver(at);
      }
    },
    gap(missing, at) {
      if (!body || missing <= 0 || missing > body.left) return fail(at);
      body.left -= missing;
      // What comes behind a hole does not continue what is held before it.
      body.keep = body.length;
      if (body.left === 0) deliver(at);
    },
    end: fail,
    use(next) {
      grammar = next;
      header = Buffer.alloc(next.header);
      filled = 0;
    },
    lose,
    lost: () => grammar === null,
  };
}

const NOTHING = Buffer.alloc(0);

/** A message that only says that it is long costs nothing. */
function room(kept: Buffer, length: number, needed: number, most: number): Buffer {
  if (needed <= kept.length) return kept;
  const grown = Buffer.allocUnsafe(Math.min(most, Math.max(needed, kept.length * 2)));
  grown.set(kept.subarray(0, length));
  return grown;
}
