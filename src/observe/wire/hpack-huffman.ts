/** The Huffman code of HPACK (RFC 7541 §5.2). */
import { CODE_LENGTHS } from './hpack-tables.ts';

const EOS = 256;
/** Two entries a node, by bit: the next node, or the complement of a symbol; 0: no such code. */
const TREE = buildTree();

function buildTree(): Int16Array {
  const tree = new Int16Array(1024);
  let nodes = 1;
  const order = CODE_LENGTHS.map((bits, symbol) => ({ bits, symbol })).sort(
    (a, b) => a.bits - b.bits || a.symbol - b.symbol,
  );
  let code = 0;
  let width = 0;
  for (const { bits, symbol } of order) {
    code <<= bits - width;
    width = bits;
    let node = 0;
    for (let bit = bits - 1; bit > 0; bit--) {
      const at = 2 * node + ((code >>> bit) & 1);
      if (tree[at] === 0) tree[at] = nodes++;
      node = tree[at]!;
    }
    tree[2 * node + (code & 1)] = ~symbol;
    code++;
  }
  return tree;
}

/** @returns null where the bytes are no code, or end otherwise than in at most 7 bits of EOS. */
export function huffmanDecode(bytes: Uint8Array): string | null {
  const out: number[] = [];
  let node = 0;
  let pending = 0;
  let ones = true;
  for (const byte of bytes)
    for (let bit = 7; bit >= 0; bit--) {
      const one = (byte >>> bit) & 1;
      pending++;
      ones &&= one === 1;
      const next = TREE[2 * node + one]!;
      if (next === 0) return null;
      if (next > 0) {
        node = next;
        continue;
      }
      if (~next === EOS) return null;
      out.push(~next);
      node = 0;
      pending = 0;
      ones = true;
    }
  return pending > 7 || !ones ? null : Buffer.from(out).toString('latin1');
}
