const FIRST_CAPACITY = 1024;

/**
 * Interns fixed-width tuples of 32-bit integers as dense ids. Twenty million observation rows pass through one of
 * these: no object and no string per row, one open-addressing table over flat arrays.
 */
export class RowIndex {
  size = 0;
  readonly #width: number;
  #keys: Int32Array;
  /** Dense id + 1; 0 is free. Twice as many as keys, so the load stays at or below one half. */
  #slots: Int32Array;
  /** Id → the one that was asked for after it, plus 1: hours repeat their rows in one order, so it is mostly the next. */
  #after: Int32Array;
  #last = 0;

  constructor(width: number) {
    this.#width = width;
    this.#keys = new Int32Array(FIRST_CAPACITY * width);
    this.#slots = new Int32Array(FIRST_CAPACITY * 2);
    this.#after = new Int32Array(FIRST_CAPACITY);
  }

  /** Id of the tuple at `source[from…]`, new or known. */
  intern(source: Int32Array, from = 0): number {
    const guess = this.#after[this.#last]! - 1;
    const id =
      guess >= 0 && this.#equal(source, from, guess * this.#width) ? guess : this.#lookUp(source, from);
    this.#after[this.#last] = id + 1;
    this.#last = id;
    return id;
  }

  #lookUp(source: Int32Array, from: number): number {
    const slot = this.#find(source, from);
    const known = this.#slots[slot]!;
    if (known !== 0) return known - 1;
    if ((this.size + 1) * this.#width > this.#keys.length) {
      this.#grow();
      return this.#lookUp(source, from);
    }
    this.#keys.set(source.subarray(from, from + this.#width), this.size * this.#width);
    this.#slots[slot] = ++this.size;
    return this.size - 1;
  }

  at(id: number, field: number): number {
    return this.#keys[id * this.#width + field]!;
  }

  /** Slot that holds the tuple at `source[from…]`, or the free one where it belongs. */
  #find(source: Int32Array, from: number): number {
    const width = this.#width;
    const mask = this.#slots.length - 1;
    let slot = hash(source, from, width) & mask;
    for (;;) {
      const known = this.#slots[slot]!;
      if (known === 0 || this.#equal(source, from, (known - 1) * width)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #equal(source: Int32Array, from: number, key: number): boolean {
    for (let i = 0; i < this.#width; i++) if (source[from + i] !== this.#keys[key + i]) return false;
    return true;
  }

  #grow(): void {
    const keys = new Int32Array(this.#keys.length * 2);
    keys.set(this.#keys);
    this.#keys = keys;
    const after = new Int32Array(this.#after.length * 2);
    after.set(this.#after);
    this.#after = after;
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let id = 0; id < this.size; id++) this.#slots[this.#find(keys, id * this.#width)] = id + 1;
  }
}

/** Multiply–xorshift per word (the finaliser of MurmurHash3): neighbours in one column land far apart. */
function hash(source: Int32Array, from: number, width: number): number {
  let h = 0x9747b28c;
  for (let i = 0; i < width; i++) {
    h = Math.imul(h ^ source[from + i]!, 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  }
  return h ^ (h >>> 16);
}
