/** How HTTP/2 frames look (RFC 9113 §4.1 and §6), and how to tell one from other bytes. */

export type Frame = { length: number; type: number; flags: number; stream: number };

export const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
export const HEAD = 9;

export const DATA = 0;
export const HEADERS = 1;
export const RST_STREAM = 3;
export const PUSH_PROMISE = 5;
export const GOAWAY = 7;
export const CONTINUATION = 9;

export const END_STREAM = 1;
export const END_HEADERS = 4;
export const PADDED = 8;
export const PRIORITY = 32;

/** What a peer that follows the standard sends, by type: its flags, where it may be sent, and how long it is. */
type Kind = { flags: number; on: 'stream' | 'connection' | 'both'; fits: (length: number) => boolean };

const any = (): boolean => true;
const KINDS: readonly Kind[] = [
  { flags: END_STREAM | PADDED, on: 'stream', fits: any },
  { flags: END_STREAM | END_HEADERS | PADDED | PRIORITY, on: 'stream', fits: (length) => length > 0 },
  { flags: 0, on: 'stream', fits: (length) => length === 5 },
  { flags: 0, on: 'stream', fits: (length) => length === 4 },
  { flags: 1, on: 'connection', fits: (length) => length % 6 === 0 && length < 600 },
  { flags: END_HEADERS | PADDED, on: 'stream', fits: (length) => length > 4 },
  { flags: 1, on: 'connection', fits: (length) => length === 8 },
  { flags: 0, on: 'connection', fits: (length) => length >= 8 },
  { flags: 0, on: 'both', fits: (length) => length === 4 },
  { flags: END_HEADERS, on: 'stream', fits: any },
];

/** Larger ones have to be asked for, and hardly anybody does. */
const USUAL_LENGTH = 1 << 20;

export function frameAt(bytes: Buffer, at: number): Frame {
  return {
    length: bytes.readUIntBE(at, 3),
    type: bytes[at + 3]!,
    flags: bytes[at + 4]!,
    stream: bytes.readUInt32BE(at + 5) & 0x7fffffff,
  };
}

/** Bytes of the frame that may begin here, with its head; 0: none does. */
function plausible(bytes: Buffer, at: number): number {
  const kind = KINDS[bytes[at + 3]!];
  if (!kind || (bytes[at + 4]! & ~kind.flags) !== 0 || bytes[at + 5]! & 0x80) return 0;
  const { length, stream } = frameAt(bytes, at);
  const placed = kind.on === 'both' || (stream === 0) === (kind.on === 'connection');
  return placed && length <= USUAL_LENGTH && kind.fits(length) ? HEAD + length : 0;
}

/**
 * The first place from which on there are frames and nothing else: a second one follows the first, or the bytes end
 * exactly behind it. -1: there is none.
 * @param piece where what was written, or read, in one go begins: there one frame suffices.
 */
export function findFrame(bytes: Buffer, piece: number): number {
  for (let at = 0; at + HEAD <= bytes.length; at++) {
    const size = plausible(bytes, at);
    if (size === 0) continue;
    const next = at + size;
    if (next === bytes.length) return at;
    if (next + HEAD <= bytes.length ? plausible(bytes, next) > 0 : at === 0 || at === piece) return at;
  }
  return -1;
}

/** Whether these bytes begin with a whole frame, and go on with another one where they go on. */
export function beginsWithFrames(bytes: Buffer): 'yes' | 'no' | 'more' {
  if (bytes.length < HEAD) return bytes[0] === 0 ? 'more' : 'no';
  const size = plausible(bytes, 0);
  if (size === 0) return 'no';
  if (size === bytes.length) return 'yes';
  if (size + HEAD > bytes.length) return 'more';
  return plausible(bytes, size) > 0 ? 'yes' : 'no';
}

const MAX_FRAMES = 64;

/** Who sends these frames: only clients have a preface and `:method`, only servers `:status` and promises. */
export function speakerOf(bytes: Buffer): 'client' | 'server' | null {
  if (bytes.length >= PREFACE.length && PREFACE.equals(bytes.subarray(0, PREFACE.length))) return 'client';
  for (let at = 0, i = 0; at + HEAD < bytes.length && i < MAX_FRAMES; i++) {
    const { length, type, flags } = frameAt(bytes, at);
    if (type === PUSH_PROMISE) return 'server';
    const block = at + HEAD + (flags & PADDED ? 1 : 0) + (flags & PRIORITY ? 5 : 0);
    const said = type === HEADERS && block < at + HEAD + length ? firstField(bytes, block) : null;
    if (said) return said;
    at += HEAD + length;
  }
  return null;
}

/** Pseudo-headers come first, and all but the rarest of them from the static table (RFC 7541 Appendix A). */
function firstField(bytes: Buffer, from: number): 'client' | 'server' | null {
  let at = from;
  // Changes of the table's size: integers of a prefix of 5 bits.
  while ((bytes[at]! & 0xe0) === 0x20) {
    let more = (bytes[at++]! & 0x1f) === 0x1f;
    while (more) more = (bytes[at++]! & 0x80) !== 0;
  }
  const byte = bytes[at] ?? 0;
  const index = byte & 0x80 ? byte & 0x7f : byte & 0x40 ? byte & 0x3f : byte & 0x0f;
  if (index >= 1 && index <= 7) return 'client';
  return index >= 8 && index <= 14 ? 'server' : null;
}
