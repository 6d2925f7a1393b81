/** Frames of one direction of an HTTP/2 connection (RFC 9113 §4 and §6), cut anywhere. Bodies are passed on, not held. */
import type { Flaw } from './exchange.ts';
import { createHold } from './hold.ts';
import type { HeaderList, HpackTable } from './hpack.ts';
import { createBlocks } from './http2-blocks.ts';
import {
  DATA,
  END_STREAM,
  type Frame,
  findFrame,
  frameAt,
  GOAWAY,
  HEAD,
  PADDED,
  PREFACE,
  RST_STREAM,
} from './http2-layout.ts';
import type { WireLimits } from './limits.ts';

export type FrameEvents = {
  /** Null: the block cannot be read. */
  headers(stream: number, list: HeaderList | null, last: boolean, at: number): void;
  data(stream: number, bytes: Uint8Array, at: number): void;
  missing(stream: number, bytes: number, at: number): void;
  /** END_STREAM. */
  done(stream: number, at: number): void;
  reset(stream: number, at: number): void;
  /** Nothing is answered beyond this stream. */
  goaway(last: number, at: number): void;
  /** Frames were lost, and with them nobody knows what. */
  lost(flaw: Flaw, at: number): void;
};

export type FrameSide = {
  push(bytes: Uint8Array, at: number): void;
  gap(bytes: number, at: number): void;
  end(at: number): void;
  /** What the frames to come hang on; null in the middle of one, or where it is not known where one begins. */
  rest(): HpackTable | null;
};

/** @param known of a side that came to rest: a frame comes next. */
export function createFrameSide(events: FrameEvents, limits: WireLimits, known?: HpackTable): FrameSide {
  const blocks = createBlocks(events, limits, known);
  const held = createHold(limits.head + PREFACE.length, limits.pool);
  let frame: Frame | null = null;
  /** Bytes of the current frame still to come. */
  let left = 0;
  /** Of the current DATA; -1: not known yet. */
  let padding = 0;
  /** The current frame is too long, or has a hole. */
  let torn = false;
  /** Where frames begin is known. */
  let synchronised = known !== undefined;
  /** The very beginning may still be to come. */
  let fresh = !synchronised;

  function startFrame(next: Frame, at: number): void {
    frame = next;
    left = next.length;
    padding = next.type === DATA && (next.flags & PADDED) !== 0 ? -1 : 0;
    torn = false;
    if (left === 0) endFrame(next, Buffer.alloc(0), at);
  }
  function endFrame({ type, flags, stream }: Frame, payload: Buffer, at: number): void {
    frame = null;
    if (type === DATA && flags & END_STREAM) events.done(stream, at);
    else if (type === RST_STREAM) events.reset(stream, at);
    else if (type === GOAWAY && payload.length >= 4) events.goaway(payload.readUInt32BE(0) & 0x7fffffff, at);
    else if (type !== DATA) blocks.frame({ type, flags, stream }, torn ? null : payload, at);
  }
  function readPayload(current: Frame, bytes: Buffer, at: number): number {
    const part = bytes.subarray(0, left);
    if (current.type === DATA) readData(current, part, at);
    else if (left === part.length && held.size() === 0 && !torn) {
      left = 0;
      endFrame(current, part, at);
      return part.length;
    } else if (!torn) torn = held.push(part) < part.length;
    left -= part.length;
    if (left === 0) endFrame(current, held.take(), at);
    return part.length;
  }
  function readData({ stream }: Frame, part: Buffer, at: number): void {
    const after = left - part.length;
    let content = part;
    if (padding < 0) {
      padding = part[0]!;
      content = part.subarray(1);
    }
    const filler = Math.max(0, padding - after);
    content = content.subarray(0, Math.max(0, content.length - filler));
    if (content.length > 0) events.data(stream, content, at);
  }
  function readHead(bytes: Buffer, at: number): number {
    const had = held.size();
    if (had === 0 && bytes.length >= HEAD) {
      startFrame(frameAt(bytes, 0), at);
      return HEAD;
    }
    const used = held.push(bytes.subarray(0, HEAD - had));
    if (held.size() === HEAD) startFrame(frameAt(held.take(), 0), at);
    // No room at all: what cannot be held is lost.
    else if (used === 0) lose('truncated', at);
    return used === 0 ? bytes.length : used;
  }

  function lose(flaw: Flaw, at: number): void {
    blocks.lose();
    held.drop();
    frame = null;
    synchronised = false;
    events.lost(flaw, at);
  }
  /** @returns what is left behind the preface, or where frames begin again; null: nothing yet. */
  function synchronise(bytes: Buffer): Buffer | null {
    const had = held.size();
    const joined = had > 0 ? Buffer.concat([held.take(), bytes]) : bytes;
    const prefix = joined.subarray(0, PREFACE.length);
    const isPreface = fresh && PREFACE.subarray(0, prefix.length).equals(prefix);
    if (isPreface && prefix.length === PREFACE.length) return joined.subarray(PREFACE.length);
    const from = isPreface ? -1 : findFrame(joined, had);
    if (from >= 0) return joined.subarray(from);
    // A head may be cut by the end of this piece.
    held.push(isPreface ? joined : joined.subarray(1 - HEAD));
    return null;
  }
  return {
    push(bytes, at) {
      let rest: Buffer | null = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      if (!synchronised) {
        rest = synchronise(rest);
        if (rest === null) return;
        synchronised = true;
        fresh = false;
      }
      while (rest.length > 0 && synchronised)
        rest = rest.subarray(frame ? readPayload(frame, rest, at) : readHead(rest, at));
    },
    gap(bytes, at) {
      fresh = false;
      if (!frame || bytes === 0 || bytes > left || padding < 0) return lose('gap', at);
      const current: Frame = frame;
      const content = Math.max(0, Math.min(bytes, left - padding));
      left -= bytes;
      if (current.type === DATA) events.missing(current.stream, content, at);
      else torn = true;
      if (left === 0) endFrame(current, held.take(), at);
    },
    end(at) {
      held.drop();
      blocks.end(at);
    },
    rest: () => (synchronised && !frame && held.size() === 0 ? blocks.rest() : null),
  };
}
