/** WebSocket frames (RFC 6455 §5.2), enough to give whole text messages; permessage-deflate (RFC 7692) undone. */
import { constants, inflateRawSync } from 'node:zlib';

type Options = { extensions: string; max: number };

const TEXT = 1;
const CONTROL = 8;
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

/** @returns takes the bytes of one direction after the upgrade, cut anywhere. */
export function createWebsocket(
  message: (text: string, at: number) => void,
  { extensions, max }: Options,
): (bytes: Uint8Array, at: number) => void {
  // With context takeover a message refers to those before it, which are not kept.
  const takeover = /permessage-deflate/i.test(extensions) && !/no_context_takeover/i.test(extensions);
  let held = Buffer.alloc(0);
  let skip = 0;
  let parts: Buffer[] = [];
  let size = 0;
  let kind = 0;
  let deflated = false;
  let messages = 0;

  function complete(at: number): void {
    const whole = Buffer.concat(parts);
    parts = [];
    size = 0;
    messages++;
    if (kind !== TEXT) return;
    const text = deflated ? inflated(whole) : whole.toString('utf8');
    if (text !== null) message(text, at);
  }
  function inflated(bytes: Buffer): string | null {
    if (takeover && messages > 1) return null;
    try {
      const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: max };
      return inflateRawSync(Buffer.concat([bytes, TAIL]), options).toString('utf8');
    } catch {
      return null;
    }
  }
  /** @returns whether a whole frame was there. */
  function frame(at: number): boolean {
    const head = frameHead(held);
    if (!head) return false;
    if (head.length > max) {
      skip = head.size + head.length;
      parts = [];
      kind = 0;
      return true;
    }
    if (held.length < head.size + head.length) return false;
    const body = unmask(held.subarray(head.size, head.size + head.length), head.mask);
    held = held.subarray(head.size + head.length);
    if (head.opcode >= CONTROL) return true;
    if (head.opcode !== 0) {
      kind = head.opcode;
      deflated = head.compressed;
    }
    size += body.length;
    if (size <= max) parts.push(body);
    else kind = 0;
    if (head.last) complete(at);
    return true;
  }
  return (bytes, at) => {
    held = held.length === 0 ? Buffer.from(bytes) : Buffer.concat([held, bytes]);
    do {
      const passed = Math.min(skip, held.length);
      held = held.subarray(passed);
      skip -= passed;
    } while (skip === 0 && frame(at));
  };
}

type Head = {
  last: boolean;
  compressed: boolean;
  opcode: number;
  size: number;
  length: number;
  mask: Buffer | null;
};

function frameHead(bytes: Buffer): Head | null {
  if (bytes.length < 2) return null;
  const [first = 0, second = 0] = bytes;
  const short = second & 127;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  const masked = (second & 128) !== 0;
  const size = 2 + extra + (masked ? 4 : 0);
  if (bytes.length < size) return null;
  const length =
    extra === 0
      ? short
      : extra === 2
        ? bytes.readUInt16BE(2)
        : Number(bytes.readBigUInt64BE(2) & 0x1fffffffffffffn);
  const mask = masked ? bytes.subarray(size - 4, size) : null;
  return {
    last: (first & 128) !== 0,
    compressed: (first & 64) !== 0,
    opcode: first & 15,
    size,
    length,
    mask,
  };
}

function unmask(bytes: Buffer, mask: Buffer | null): Buffer {
  if (!mask) return Buffer.from(bytes);
  return Buffer.from(bytes.map((byte, i) => byte ^ mask[i & 3]!));
}
