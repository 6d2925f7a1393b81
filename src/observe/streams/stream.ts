/** One stream of the sensor: its two directions put in order, gaps told from silence. */
import type { CARRIERS, WireOf } from '../../model/wire.ts';
import type { Instance } from '../state/processes.ts';
import type { Decoder } from '../wire/types.ts';
import type { Spoken } from './speaker.ts';

export type Carrier = (typeof CARRIERS)[number];
export type Direction = 'in' | 'out';
type Payload = WireOf<'payload'>;

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
  /** What came in while nothing was asked, and waits for what goes out next: see `inOrder`. */
  early: Payload[];
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
    early: [],
    next: { in: 0, out: 0 },
    last: opened.at,
    charged: 0,
  };
}

/** Of a connection that nobody asks anything, bytes that keep their place until it goes on. */
const MAX_EARLY = 64 * 1024;
const MAX_EARLY_PIECES = 64;

/** Bytes held, about. */
export function sizeOfEarly({ early }: Stream): number {
  return early.reduce((sum, { data }) => sum + data.length, 0);
}

/**
 * Puts an answer behind its question. A call is told when it returns: where one thread writes and another reads, as in
 * Go, the answer may be read, and told, before the call that asked has returned. So what comes in while nothing is asked
 * waits for what goes out next. A write that began before, or any on a connection that is known and at rest, asked for it.
 *
 * @returns what is to be fed now, in order.
 */
export function inOrder(stream: Stream, payload: Payload): Payload[] {
  const { early, reader, resting } = stream;
  // Where it was given up in the middle of something, that may be what this answers.
  const asksNothing = !reader && resting !== 'deaf' && resting !== 'evicted';
  if (payload.dir === 'in' && asksNothing) {
    early.push(payload);
    if (early.length <= MAX_EARLY_PIECES && sizeOfEarly(stream) <= MAX_EARLY) return [];
    return early.splice(0);
  }
  if (early.length === 0) return [payload];
  const held = early.splice(0);
  const behind = typeof resting === 'string' ? held.findIndex(({ at }) => at >= payload.at) : 0;
  const before = held.splice(0, behind < 0 ? held.length : behind);
  return [...before, payload, ...held];
}

/** Feeds a payload to its decoder. What came before it and never arrived is a gap, and so is what was not captured. */
export function feed(stream: Stream, { dir, off, len, data, at }: Payload): void {
  const { reader, next } = stream;
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
