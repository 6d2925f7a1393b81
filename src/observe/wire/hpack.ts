/** HPACK (RFC 7541): header lists of one direction of an HTTP/2 connection. */
import { huffmanDecode } from './hpack-huffman.ts';
import { STATIC_TABLE } from './hpack-tables.ts';

export type HeaderList = {
  fields: [name: string, value: string][];
  /** Fields refer to entries that were never seen here. */
  incomplete: boolean;
  /** There were more than the bound allows. */
  truncated: boolean;
};

export type Hpack = {
  /** @returns null where the block cannot be read: the table is unknown from here on. */
  decode(block: Uint8Array): HeaderList | null;
  /** Blocks were lost: what the table holds now is not known. */
  lose(): void;
  /** The table as it is. */
  table(): HpackTable;
};

/** Entries newest first. Those from before the beginning, or before a loss, are not in it. */
export type HpackTable = { entries: readonly Entry[]; size: number; limit: number };

const MAX_TABLE = 64 * 1024;
const ENTRY_OVERHEAD = 32;

type Entry = readonly [name: string, value: string];

const EMPTY: HpackTable = { entries: [], size: 0, limit: 4096 };

/**
 * @param max bytes of one header list, names and values.
 * @param known what the table held when its connection came to rest.
 */
export function createHpack(max: number, known: HpackTable = EMPTY): Hpack {
  let { size, limit } = known;
  let table: Entry[] = [...known.entries];

  function insert(entry: Entry): void {
    const own = entry[0].length + entry[1].length + ENTRY_OVERHEAD;
    table.unshift(entry);
    size += own;
    evict();
  }
  function evict(): void {
    while (size > limit && table.length > 0) {
      const [name, value] = table.pop()!;
      size -= name.length + value.length + ENTRY_OVERHEAD;
    }
  }
  function entryAt(index: number): Entry | null {
    return (
      (index <= STATIC_TABLE.length ? STATIC_TABLE[index - 1] : table[index - STATIC_TABLE.length - 1]) ??
      null
    );
  }
  /** A larger table is legal. What is not kept of it is not known when it is referred to. */
  function resize(to: number): void {
    limit = Math.min(to, MAX_TABLE);
    evict();
  }

  function field(input: Cursor): { entry: Entry | null } | 'resized' | null {
    const first = input.bytes[input.at]!;
    if (first & 0x80) {
      const index = integer(input, 7);
      return index === null || index === 0 ? null : { entry: entryAt(index) };
    }
    if ((first & 0xe0) === 0x20) {
      const to = integer(input, 5);
      if (to === null) return null;
      resize(to);
      return 'resized';
    }
    const indexed = (first & 0xc0) === 0x40;
    const index = integer(input, indexed ? 6 : 4);
    if (index === null) return null;
    const name = index === 0 ? text(input, max) : (entryAt(index)?.[0] ?? '');
    const value = text(input, max);
    if (name === null || value === null) return null;
    // A name that is not known keeps its place all the same, or all that follow would be taken for others.
    if (indexed) insert([name, value]);
    return { entry: name === '' ? null : [name, value] };
  }

  function lose(): void {
    table = [];
    size = 0;
  }
  function decode(block: Uint8Array): HeaderList | null {
    const list: HeaderList = { fields: [], incomplete: false, truncated: false };
    const input: Cursor = { bytes: block, at: 0 };
    let bytes = 0;
    while (input.at < block.length) {
      const read = field(input);
      if (read === null) {
        lose();
        return null;
      }
      if (read === 'resized') continue;
      const { entry } = read;
      bytes += ENTRY_OVERHEAD + (entry ? entry[0].length + entry[1].length : 0);
      if (!entry || entry[0] === '') list.incomplete = true;
      else if (bytes > max) list.truncated = true;
      else list.fields.push([entry[0], entry[1]]);
    }
    return list;
  }
  return { decode, lose, table: () => ({ entries: table, size, limit }) };
}

type Cursor = { bytes: Uint8Array; at: number };

/** §5.1. At most 2^31: more is an attack. */
function integer(input: Cursor, prefix: number): number | null {
  const mask = (1 << prefix) - 1;
  let value = input.bytes[input.at++]! & mask;
  if (value < mask) return value;
  for (let shift = 0; shift <= 28; shift += 7) {
    const byte = input.bytes[input.at++];
    if (byte === undefined) return null;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return value;
  }
  return null;
}

/** §5.2. */
function text(input: Cursor, max: number): string | null {
  const first = input.bytes[input.at];
  if (first === undefined) return null;
  const size = integer(input, 7);
  if (size === null || size > max || input.at + size > input.bytes.length) return null;
  const raw = input.bytes.subarray(input.at, input.at + size);
  input.at += size;
  return first & 0x80 ? huffmanDecode(raw) : Buffer.from(raw).toString('latin1');
}
