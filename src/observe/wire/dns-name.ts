/** Domain names in DNS messages (RFC 1035 §3.1 and §4.1.4). */

export type Name = {
  /** Lower case, without the dot at the end; empty: the root. */
  text: string;
  /** Where what follows it begins. */
  end: number;
};

const MAX_NAME = 255;

/** Labels, and pointers to earlier ones: a pointer may only lead back, so no loop is without end. */
export function readName(input: Buffer, from: number): Name | null {
  const labels: string[] = [];
  let at = from;
  let end: number | null = null;
  let bound = from;
  for (let length = 1; length <= MAX_NAME; ) {
    const size = input[at];
    if (size === undefined) return null;
    if (size === 0) return { text: clean(labels), end: end ?? at + 1 };
    if (size >= 0xc0) {
      if (at + 2 > input.length) return null;
      const to = input.readUInt16BE(at) & 0x3fff;
      end ??= at + 2;
      if (to >= bound) return null;
      bound = to;
      at = to;
    } else {
      if (size > 63 || at + 1 + size > input.length) return null;
      labels.push(input.toString('latin1', at + 1, at + 1 + size));
      length += 1 + size;
      at += 1 + size;
    }
  }
  return null;
}

/** Names may hold any byte; what is no letter, digit, `-` or `_` is no host's. */
function clean(labels: readonly string[]): string {
  return labels
    .map((label) => label.replace(/[^A-Za-z0-9_*-]/g, '?'))
    .join('.')
    .toLowerCase();
}
