/** Lines of a byte stream, cut anywhere. */
import { createHold, type Pool } from './hold.ts';

export type Lines = {
  /** @returns bytes used: all, unless the listener wanted to stop behind a line. */
  push(bytes: Uint8Array): number;
  /** What is held is incomplete; the next line begins behind the next line end. */
  skip(): void;
  /** What is left without a line end. */
  end(): void;
};

export type LineOptions = {
  /** Bytes of a line. */
  max: number;
  /** A lone CR ends a line, too. */
  cr?: boolean;
  pool?: Pool | undefined;
  /** A line has become longer than that; its end may never come. */
  full?: () => void;
};

/**
 * A line without its end (LF or CRLF). `cut`: it was longer than the bound, this is its beginning.
 * @returns false to stop behind it.
 */
export type OnLine = (text: string, cut: boolean) => boolean;

const LF = 10;
const CR = 13;

export function createLineSplitter(line: OnLine, { max, cr = false, pool, full }: LineOptions): Lines {
  const held = createHold(max, pool);
  let cut = false;
  let skipping = false;
  /** A LF that comes next belongs to the CR before. */
  let behindCr = false;

  function keep(bytes: Uint8Array): void {
    if (skipping || cut) return;
    cut = held.push(bytes) < bytes.length;
    if (cut) full?.();
  }
  /** @returns whether to go on. */
  function complete(tail: Uint8Array): boolean {
    if (skipping) {
      skipping = false;
      return true;
    }
    if (held.size() === 0 && !cut && tail.length <= max) return line(decode(tail, cr), false);
    keep(tail);
    const wasCut = cut;
    cut = false;
    return line(decode(held.take(), cr || wasCut), wasCut);
  }
  return {
    push(bytes) {
      let from = behindCr && bytes[0] === LF ? 1 : 0;
      if (bytes.length > 0) behindCr = false;
      const ends = cr ? nextOf(bytes) : (at: number) => bytes.indexOf(LF, at);
      for (let end = ends(from); end >= 0; end = ends(from)) {
        const tail = bytes.subarray(from, end);
        from = end + 1;
        if (cr && bytes[end] === CR) {
          if (from === bytes.length) behindCr = true;
          else if (bytes[from] === LF) from++;
        }
        if (!complete(tail)) return from;
      }
      keep(bytes.subarray(from));
      return bytes.length;
    },
    skip() {
      held.drop();
      cut = false;
      skipping = true;
    },
    end() {
      if ((held.size() > 0 || cut) && !skipping) complete(new Uint8Array(0));
      skipping = false;
    },
  };
}

/** @param plain keeps a CR at the end. */
function decode(bytes: Uint8Array, plain: boolean): string {
  const end = !plain && bytes.at(-1) === CR ? bytes.length - 1 : bytes.length;
  return Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('utf8');
}

/** Where the next CR or LF is; each byte is looked at twice at most. */
function nextOf(bytes: Uint8Array): (at: number) => number {
  let cr = bytes.indexOf(CR);
  let lf = bytes.indexOf(LF);
  return (at) => {
    if (cr >= 0 && cr < at) cr = bytes.indexOf(CR, at);
    if (lf >= 0 && lf < at) lf = bytes.indexOf(LF, at);
    return cr < 0 || (lf >= 0 && lf < cr) ? lf : cr;
  };
}
