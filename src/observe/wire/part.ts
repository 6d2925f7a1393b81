/** What takes a body apart while it comes. */
import type { Pool } from './hold.ts';

export type Part = {
  push(bytes: Uint8Array): void;
  /** That many bytes are missing here (0: unknown how many). @returns whether what follows can still be read. */
  skip(bytes: number): boolean;
  /** The body is over; what is held is let go. */
  end(): void;
};

export type PartOptions = {
  /** Bytes of one item. */
  max: number;
  pool?: Pool | undefined;
  /** An item was longer than that, or is none. */
  broken: (how: 'truncated' | 'malformed') => void;
};
