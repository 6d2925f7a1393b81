/** Bytes that a decoder keeps for later. They are copied: what they were cut from may be used again. */

/** What all decoders that share it may hold together, in bytes. */
export type Pool = { left: number };

export type Hold = {
  size(): number;
  /** @returns how many of them were kept: fewer where a bound is met. */
  push(bytes: Uint8Array): number;
  /** Everything, in one piece; valid until the next push. */
  peek(): Buffer;
  /** Everything, in one piece; nothing is held any more. */
  take(): Buffer;
  drop(): void;
};

const NOTHING = Buffer.alloc(0);

/** Doubles its room, so that a million pieces of one byte cost no more than a few copies. */
export function createHold(max: number, pool?: Pool): Hold {
  let store = NOTHING;
  let size = 0;

  function grow(needed: number): boolean {
    const capacity = Math.min(max, Math.max(needed, 2 * store.length));
    const more = capacity - store.length;
    if (pool && pool.left < more) return false;
    if (pool) pool.left -= more;
    const larger = Buffer.allocUnsafeSlow(capacity);
    store.copy(larger, 0, 0, size);
    store = larger;
    return true;
  }
  function drop(): void {
    if (pool) pool.left += store.length;
    store = NOTHING;
    size = 0;
  }
  return {
    size: () => size,
    push(bytes) {
      const wanted = Math.min(bytes.length, max - size);
      if (wanted <= 0 || (size + wanted > store.length && !grow(size + wanted))) return 0;
      store.set(wanted === bytes.length ? bytes : bytes.subarray(0, wanted), size);
      size += wanted;
      return wanted;
    },
    peek: () => store.subarray(0, size),
    take() {
      const all = store.subarray(0, size);
      drop();
      return all;
    },
    drop,
  };
}
