/**
 * application/vnd.amazon.eventstream: frames of a 12-byte prelude (total length, headers' length, CRC-32), headers,
 * payload, CRC-32. Source: Smithy, "Amazon Event Stream specification".
 */
import { crc32 } from 'node:zlib';
import type { Item } from './types.ts';

type Frame = Extract<Item, { t: 'frame' }>;

const PRELUDE = 12;
const TRAILER = 4;
const MAX_FRAME = 16 * 1024 * 1024;

export type Frames = {
  /** @returns false once the stream cannot be read any further. */
  push(bytes: Uint8Array): boolean;
};

export function createFrames(frame: (item: Frame) => void, max: number): Frames {
  let held = Buffer.alloc(0);
  let skip = 0;
  let broken = false;

  function next(): boolean {
    if (held.length < PRELUDE) return false;
    const total = held.readUInt32BE(0);
    const headers = held.readUInt32BE(4);
    const valid = total >= PRELUDE + TRAILER && total <= MAX_FRAME && headers <= total - PRELUDE - TRAILER;
    if (!valid || crc32(held.subarray(0, 8)) !== held.readUInt32BE(8)) {
      broken = true;
      return false;
    }
    if (total > max) {
      skip = total;
      return true;
    }
    if (held.length < total) return false;
    const whole = held.subarray(0, total);
    held = held.subarray(total);
    frame({
      t: 'frame',
      headers: frameHeaders(whole.subarray(PRELUDE, PRELUDE + headers)),
      payload: whole.subarray(PRELUDE + headers, total - TRAILER),
    });
    return true;
  }
  function skipped(): void {
    const size = Math.min(skip, held.length);
    held = held.subarray(size);
    skip -= size;
  }
  return {
    push(bytes) {
      if (broken) return false;
      held = held.length === 0 ? Buffer.from(bytes) : Buffer.concat([held, bytes]);
      skipped();
      while (skip === 0 && next()) skipped();
      if (broken) held = Buffer.alloc(0);
      return !broken;
    },
  };
}

/** Bytes of a value by its type; -1: a 2-byte length before it. */
const SIZES = [0, 0, 1, 2, 4, 8, -1, -1, 8, 16];
const STRING = 7;

/** Only text is of use to anybody; the rest is passed over. */
function frameHeaders(bytes: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const nameEnd = at + 1 + bytes[at]!;
    const type = bytes[nameEnd];
    const fixed = type === undefined ? undefined : SIZES[type];
    if (fixed === undefined) break;
    const start = nameEnd + 1 + (fixed < 0 ? 2 : 0);
    if (start > bytes.length) break;
    const end = start + (fixed < 0 ? bytes.readUInt16BE(nameEnd + 1) : fixed);
    if (end > bytes.length) break;
    if (type === STRING)
      headers.set(bytes.toString('utf8', at + 1, nameEnd), bytes.toString('utf8', start, end));
    at = end;
  }
  return headers;
}
