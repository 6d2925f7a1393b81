/** Frames of one direction of an HTTP/2 connection (RFC 9113 §4 and §6), cut anywhere. Bodies are passed on, not held. */
import { createHpack, type HeaderList } from './hpack.ts';
import type { WireLimits } from './limits.ts';

export type FrameEvents = {
  /** Null: the block cannot be read. */
  headers(stream: number, list: HeaderList | null, last: boolean, at: number): void;
  data(stream: number, bytes: Uint8Array, at: number): void;
  missing(stream: number, bytes: number): void;
  /** END_STREAM. */
  done(stream: number, at: number): void;
  reset(stream: number, at: number): void;
  /** Frames were lost, and with them nobody knows what. */
  lost(at: number): void;
};

export type FrameSide = {
  push(bytes: Uint8Array, at: number): void;
  gap(bytes: number, at: number): void;
};

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const HEAD = 9;
const MAX_FRAME = 1 << 24;
const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const PUSH_PROMISE = 5;
const CONTINUATION = 9;
const END_STREAM = 1;
const END_HEADERS = 4;
const PADDED = 8;
const PRIORITY = 32;
/** Types that only a stream can have, and those that only the connection can. */
const ON_STREAM = new Set([DATA, HEADERS, 2, RST_STREAM, PUSH_PROMISE, CONTINUATION]);
const ON_CONNECTION = new Set([4, 6, 7]);

type Frame = { length: number; type: number; flags: number; stream: number };

export function createFrameSide(events: FrameEvents, limits: WireLimits): FrameSide {
  const hpack = createHpack(limits.head);
  let held = Buffer.alloc(0);
  let frame: Frame | null = null;
  /** Bytes of the current frame still to come. */
  let left = 0;
  let padding = -1;
  let block: { stream: number; flags: number; parts: Buffer[]; size: number } | null = null;
  let begun = false;
  let resync = false;

  function startFrame(next: Frame, at: number): void {
    frame = next;
    left = next.length;
    padding = next.type === DATA && (next.flags & PADDED) !== 0 ? -1 : 0;
    if (left === 0) endFrame(Buffer.alloc(0), at);
  }
  /** A frame that is no DATA, whole; or the end of one that is. */
  function endFrame(payload: Buffer, at: number): void {
    const { type, flags, stream } = frame!;
    frame = null;
    if (type === DATA) {
      if (flags & END_STREAM) events.done(stream, at);
    } else if (type === HEADERS) startBlock(stream, flags, fragmentOf(payload, flags), at);
    else if (type === CONTINUATION) addToBlock(stream, flags, payload, at);
    else if (type === RST_STREAM) events.reset(stream, at);
    // What a promise carries changes the table like any other block.
    else if (type === PUSH_PROMISE) startBlock(0, flags, fragmentOf(payload, flags).subarray(4), at);
  }
  function startBlock(stream: number, flags: number, fragment: Buffer, at: number): void {
    block = { stream, flags, parts: [fragment], size: fragment.length };
    if (flags & END_HEADERS) endBlock(at);
  }
  function addToBlock(stream: number, flags: number, fragment: Buffer, at: number): void {
    if (!block || (block.stream !== stream && block.stream !== 0)) return;
    block.size += fragment.length;
    if (block.size <= limits.head) block.parts.push(fragment);
    if (flags & END_HEADERS) endBlock(at);
  }
  function endBlock(at: number): void {
    const { stream, flags, parts, size } = block!;
    block = null;
    const list = size > limits.head ? null : hpack.decode(Buffer.concat(parts));
    if (size > limits.head) hpack.lose();
    if (stream !== 0) events.headers(stream, list, (flags & END_STREAM) !== 0, at);
  }

  /** @returns bytes used; 0: more are needed. */
  function step(bytes: Buffer, at: number): number {
    if (frame === null) {
      if (bytes.length < HEAD) return 0;
      startFrame(frameAt(bytes), at);
      return HEAD;
    }
    if (frame.type === DATA) return dataStep(bytes, at);
    if (left > limits.head) {
      // Nobody needs a frame of that size but DATA.
      const size = Math.min(left, bytes.length);
      left -= size;
      if (left === 0) {
        if (frame.type === HEADERS || frame.type === CONTINUATION) hpack.lose();
        frame = null;
      } else left = Math.max(left, limits.head + 1);
      return size;
    }
    if (bytes.length < left) return 0;
    const size = left;
    endFrame(bytes.subarray(0, size), at);
    return size;
  }
  function dataStep(bytes: Buffer, at: number): number {
    if (padding < 0) {
      padding = bytes[0]!;
      left--;
      if (left === 0) endFrame(bytes, at);
      return 1;
    }
    const size = Math.min(left, bytes.length);
    const content = Math.max(0, Math.min(size, left - padding));
    if (content > 0) events.data(frame!.stream, bytes.subarray(0, content), at);
    left -= size;
    if (left === 0) endFrame(bytes, at);
    return size;
  }

  function lose(at: number): void {
    hpack.lose();
    held = Buffer.alloc(0);
    frame = null;
    block = null;
    resync = true;
    events.lost(at);
  }
  return {
    push(bytes, at) {
      let input =
        held.length === 0
          ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
          : Buffer.concat([held, bytes]);
      held = Buffer.alloc(0);
      if (!begun && PREFACE.subarray(0, input.length).equals(input.subarray(0, PREFACE.length))) {
        if (input.length < PREFACE.length) {
          held = Buffer.from(input);
          return;
        }
        input = input.subarray(PREFACE.length);
      } else if (!begun || resync) {
        if (input.length < HEAD) {
          held = Buffer.from(input);
          return;
        }
        // Writers write whole frames: where a piece begins with none, the next one is tried.
        if (!plausible(input)) return;
      }
      begun = true;
      resync = false;
      for (let used = 1; input.length > 0 && used > 0; input = input.subarray(used)) used = step(input, at);
      held = Buffer.from(input);
      if (held.length > limits.head + HEAD) lose(at);
    },
    gap(bytes, at) {
      const inside = frame?.type === DATA && padding >= 0 && bytes > 0 && bytes <= left && held.length === 0;
      if (!inside) {
        lose(at);
        return;
      }
      events.missing(frame!.stream, Math.max(0, Math.min(bytes, left - padding)));
      left -= bytes;
      if (left === 0) endFrame(Buffer.alloc(0), at);
    },
  };
}

function frameAt(bytes: Buffer): Frame {
  return {
    length: bytes.readUIntBE(0, 3),
    type: bytes[3]!,
    flags: bytes[4]!,
    stream: bytes.readUInt32BE(5) & 0x7fffffff,
  };
}

/** Whether these bytes begin with a frame, and go on with another one where they are long enough. */
function plausible(bytes: Buffer): boolean {
  for (let at = 0, frames = 0; frames < 2; frames++) {
    if (bytes.length - at < HEAD) return frames > 0;
    const { length, type, stream } = frameAt(bytes.subarray(at));
    if (length >= MAX_FRAME || type > 16 || bytes[at + 5]! & 0x80) return false;
    if (ON_STREAM.has(type) ? stream === 0 : ON_CONNECTION.has(type) && stream !== 0) return false;
    at += HEAD + length;
    if (at >= bytes.length) return true;
  }
  return true;
}

function fragmentOf(payload: Buffer, flags: number): Buffer {
  const padded = (flags & PADDED) !== 0;
  const from = (padded ? 1 : 0) + (flags & PRIORITY ? 5 : 0);
  return payload.subarray(from, padded ? Math.max(from, payload.length - payload[0]!) : payload.length);
}
