/** One stream of the sensor: its two directions put in order, gaps told from silence. */
import type { CARRIERS, WireOf } from '../../model/wire.ts';
import type { Instance } from '../state/processes.ts';
import type { Decoder } from '../wire/types.ts';
import type { Spoken } from './speaker.ts';

export type Carrier = (typeof CARRIERS)[number];
export type Direction = 'in' | 'out';

/** What becomes of the bytes of a stream. Null: nothing; the sensor may stop sending them. */
export type Reader = Record<Direction, Decoder> & {
  /** Of what one that goes on is to be made, or that there is nothing more to read. Null: this one is still needed. */
  rest?(): Spoken | 'deaf' | null;
};

export type Stream = {
  id: string;
  via: Carrier;
  /** Who uses it; the process of the latest payload. */
  instance: Instance;
  opened: WireOf<'stream'>;
  reader: Reader | null;
  /** What its reader left when it came to rest: there are thousands of idle connections for each busy one. */
  resting: Spoken | null;
  /** Offset of the next byte of each direction. */
  next: Record<Direction, number>;
  /** µs of the boot clock. */
  last: number;
};

export function openStream(opened: WireOf<'stream'>, instance: Instance, reader: Reader | null): Stream {
  return {
    id: opened.stream,
    via: opened.via,
    instance,
    opened,
    reader,
    resting: null,
    next: { in: 0, out: 0 },
    last: opened.at,
  };
}

/** Feeds a payload to its decoder. What came before it and never arrived is a gap, and so is what was not captured. */
export function feed(stream: Stream, { dir, off, len, data, at }: WireOf<'payload'>): void {
  const { reader, next } = stream;
  stream.last = Math.max(stream.last, at);
  const known = next[dir];
  const end = off + len;
  // Two threads that write at once may be told of out of order: what was passed over stays a gap.
  if (end <= known && len > 0) return;
  next[dir] = end;
  if (!reader) return;
  const decoder = reader[dir];
  if (off > known) decoder.gap(off - known, at);
  const bytes = Buffer.from(data, 'base64');
  const captured = bytes.subarray(Math.max(0, known - off), len);
  if (captured.length > 0) decoder.push(captured, at);
  const missing = len - Math.min(len, bytes.length);
  if (missing > 0) decoder.gap(missing, at);
}

/** Lets go of a reader that came to rest. */
export function settle(stream: Stream): void {
  const rest = stream.reader?.rest?.() ?? null;
  if (rest === null) return;
  stream.reader = null;
  stream.resting = rest === 'deaf' ? null : rest;
}

/** What rests has said all. */
export function endStream({ reader }: Stream, at: number): void {
  reader?.in.end(at);
  reader?.out.end(at);
}
