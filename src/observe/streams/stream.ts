/** One stream of the sensor: its two directions put in order, gaps told from silence. */
import type { CARRIERS, WireOf } from '../../model/wire.ts';
import type { Instance } from '../state/processes.ts';
import type { Decoder } from '../wire/types.ts';
import type { Spoken } from './speaker.ts';

export type Carrier = (typeof CARRIERS)[number];
export type Direction = 'in' | 'out';

/** What becomes of the bytes of a stream. Null: nothing; the sensor may stop sending them. */
export type Reader = Record<Direction, Decoder> & {
  /** Asked behind each payload. Null: it is needed as it is. */
  rest?(): Rest | null;
};

/** There is nothing more to read; or of what a reader that goes on is to be made; or who goes on. */
export type Rest = 'deaf' | { spoken: Spoken | null } | { reader: Reader };

export type Stream = {
  id: string;
  via: Carrier;
  /** Who uses it; the process of the latest payload. */
  instance: Instance;
  opened: WireOf<'stream'>;
  /** Made when something comes: there are thousands of idle connections for each busy one. */
  reader: Reader | null;
  /** Without a reader: what the next one begins with. */
  resting: Resting;
  /** Offset of the next byte of each direction. */
  next: Record<Direction, number>;
  /** µs of the boot clock. */
  last: number;
  /** Of what all readers may take together. */
  charged: number;
};

/**
 * What a reader left when it came to rest; `new`: there was none, or it has left nothing; `evicted`: it was in the
 * middle of something; `deaf`: no reader is wanted.
 */
export type Resting = Spoken | 'new' | 'evicted' | 'deaf';

export function openStream(opened: WireOf<'stream'>, instance: Instance, resting: Resting): Stream {
  return {
    id: opened.stream,
    via: opened.via,
    instance,
    opened,
    reader: null,
    resting,
    next: { in: 0, out: 0 },
    last: opened.at,
    charged: 0,
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

/** Lets go of a reader that came to rest, or that has found out who is to go on. */
export function settle(stream: Stream): void {
  const rest = stream.reader?.rest?.() ?? null;
  if (rest === null) return;
  stream.reader = null;
  if (rest === 'deaf') stream.resting = 'deaf';
  else if ('spoken' in rest) stream.resting = rest.spoken ?? 'new';
  else {
    stream.reader = rest.reader;
    settle(stream);
  }
}

/** What rests has said all. */
export function endStream({ reader }: Stream, at: number): void {
  reader?.in.end(at);
  reader?.out.end(at);
}
