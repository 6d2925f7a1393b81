/**
 * application/vnd.amazon.eventstream: frames of a 12-byte prelude (total length, headers' length, CRC-32), headers,
 * payload, CRC-32. Source: Smithy, "Amazon Event Stream specification".
 */
import { crc32 } from 'node:zlib';
import type { Part, PartOptions } from './part.ts';
import { createRecords } from './records.ts';
import type { Item } from './types.ts';

type Frame = Extract<Item, { t: 'frame' }>;

const PRELUDE = 12;
const TRAILER = 4;
/** Source: the same; payloads are 16 MiB at most. */
const MAX_FRAME = 16 * 1024 * 1024 + 128 * 1024 + PRELUDE + TRAILER;

export function createFrames(frame: (item: Frame) => void, { max, pool, broken }: PartOptions): Part {
  function whole(bytes: Buffer, size: number, torn: boolean): void {
    if (torn) return;
    const payload = PRELUDE + bytes.readUInt32BE(4);
    if (bytes.length < size) {
      broken('truncated');
      if (payload > bytes.length) return;
    } else if (crc32(bytes.subarray(0, -TRAILER)) !== bytes.readUInt32BE(size - TRAILER)) {
      broken('malformed');
      return;
    }
    frame({
      t: 'frame',
      headers: frameHeaders(bytes.subarray(PRELUDE, payload)),
      payload: Uint8Array.from(bytes.subarray(payload, size - TRAILER)),
    });
  }
  const records = createRecords(whole, { measure, head: PRELUDE, max, pool });
  return {
    push: (bytes) => void (records.push(bytes) || broken('malformed')),
    skip: records.skip,
    end: records.restart,
  };
}

function measure(bytes: Buffer): number {
  if (bytes.length < PRELUDE) return 0;
  const total = bytes.readUInt32BE(0);
  const headers = bytes.readUInt32BE(4);
  const fits = total <= MAX_FRAME && headers <= total - PRELUDE - TRAILER;
  return fits && crc32(bytes.subarray(0, 8)) === bytes.readUInt32BE(8) ? total : -1;
}

/** Bytes of a value by its type; -1: a 2-byte length before it. */
const SIZES = [0, 0, 1, 2, 4, 8, -1, -1, 8, 16];
const STRING = 7;
const MAX_HEADERS = 64;

/** Only text is of use to anybody; the rest is passed over. */
function frameHeaders(bytes: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at < bytes.length && headers.size < MAX_HEADERS; ) {
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
