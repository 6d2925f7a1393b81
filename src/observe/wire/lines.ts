/** Lines of a byte stream, cut anywhere. A line longer than the bound is given up, and said. */

export type Lines = {
  push(bytes: Uint8Array): void;
  /** What is held is incomplete; the next line begins behind the next line end. */
  skip(): void;
  /** What is left without a line end. */
  end(): void;
};

const LF = 10;

/** @param line without its line end (LF or CRLF); null: it was longer than `max`. */
export function createLineSplitter(line: (text: string | null) => void, max: number): Lines {
  let held: Uint8Array[] = [];
  let size = 0;
  let skipping = false;

  function give(tail: Uint8Array): void {
    const whole = held.length === 0 ? tail : Buffer.concat([...held, tail]);
    held = [];
    size = 0;
    const end = whole.at(-1) === 13 ? whole.length - 1 : whole.length;
    line(Buffer.from(whole.buffer, whole.byteOffset, end).toString('utf8'));
  }
  function keep(tail: Uint8Array): void {
    if (tail.length === 0) return;
    held.push(tail);
    size += tail.length;
    if (size <= max) return;
    held = [];
    size = 0;
    skipping = true;
    line(null);
  }
  return {
    push(bytes) {
      let from = 0;
      for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, from)) {
        const tail = bytes.subarray(from, end);
        from = end + 1;
        if (skipping) skipping = false;
        else if (size + tail.length > max) {
          held = [];
          size = 0;
          line(null);
        } else give(tail);
      }
      if (!skipping) keep(bytes.subarray(from));
    },
    skip() {
      held = [];
      size = 0;
      skipping = true;
    },
    end() {
      if (size > 0 && !skipping) give(new Uint8Array(0));
      skipping = false;
    },
  };
}
