/** WebSocket frames (RFC 6455 §5), enough to give whole text messages; permessage-deflate (RFC 7692) undone. */
import { constants, inflateRawSync } from 'node:zlib';
import { createHold, type Pool } from './hold.ts';
import { undoBounded } from './inflate.ts';
import { createRecords } from './records.ts';

export type WebsocketOptions = {
  /** `Sec-WebSocket-Extensions` of the answer. */
  extensions: string;
  side: 'client' | 'server';
  /** Bytes of a message. */
  max: number;
  pool?: Pool | undefined;
  /** A message was too long, or could not be read. */
  broken: (how: 'truncated' | 'malformed') => void;
};

export type Websocket = {
  push(bytes: Uint8Array, at: number): void;
  /** That many bytes were not captured (0: unknown how many). */
  skip(bytes: number): void;
  end(): void;
};

const CONTINUATION = 0;
const TEXT = 1;
const CONTROL = 8;
const OPCODES = new Set([0, 1, 2, 8, 9, 10]);
const MAX_HEAD = 14;
const WINDOW = 32 * 1024;
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

type Head = { last: boolean; compressed: boolean; opcode: number; size: number; mask: Buffer | null };

/** One direction after the upgrade. */
export function createWebsocket(
  message: (text: string, at: number) => void,
  { extensions, side, max, pool, broken }: WebsocketOptions,
): Websocket {
  const inflate = createMessageInflate(extensions, side, max);
  const parts = createHold(max, pool);
  let now = 0;
  /** Of the message that is being read; 0: none, or one that nobody can read. */
  let opcode = 0;
  let compressed = false;
  let deaf = false;

  function giveUp(how: 'truncated' | 'malformed'): void {
    broken(how);
    parts.drop();
    opcode = 0;
    // A later message may refer to this one.
    if (compressed) inflate.lose();
  }
  function complete(): void {
    const bytes = parts.take();
    const kind = opcode;
    opcode = 0;
    const plain = compressed ? inflate.undo(bytes) : bytes;
    if (plain === null) broken('malformed');
    else if (kind === TEXT)
      message(Buffer.from(plain.buffer, plain.byteOffset, plain.length).toString('utf8'), now);
  }
  function frame(bytes: Buffer, size: number, torn: boolean): void {
    const head = headOf(bytes)!;
    if (head.opcode >= CONTROL) return;
    if (head.opcode !== CONTINUATION) {
      if (opcode !== 0) giveUp('malformed');
      opcode = head.opcode;
      compressed = head.compressed;
    }
    if (opcode === 0) return;
    const body = unmasked(bytes.subarray(head.size), head.mask);
    if (torn || bytes.length < size || parts.push(body) < body.length) giveUp('truncated');
    else if (head.last) complete();
  }
  const records = createRecords(frame, { measure, head: MAX_HEAD, max: MAX_HEAD + max, pool });
  return {
    push(bytes, at) {
      now = at;
      if (deaf || records.push(bytes)) return;
      deaf = true;
      broken('malformed');
    },
    skip(bytes) {
      if (records.skip(bytes)) return;
      // Nothing shows where a frame begins.
      deaf = true;
      records.restart();
      parts.drop();
    },
    end() {
      records.restart();
      parts.drop();
    },
  };
}

/** Reserved bits and opcodes are nobody's: behind a mistake all that follows would look like frames. */
function measure(bytes: Buffer): number {
  if ((bytes[0]! & 0x30) !== 0 || !OPCODES.has(bytes[0]! & 15)) return -1;
  const head = headOf(bytes);
  return head === null ? 0 : head.size + lengthOf(bytes);
}

function headOf(bytes: Buffer): Head | null {
  if (bytes.length < 2) return null;
  const [first = 0, second = 0] = bytes;
  const short = second & 127;
  const masked = (second & 128) !== 0;
  const size = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (masked ? 4 : 0);
  if (bytes.length < size) return null;
  return {
    last: (first & 128) !== 0,
    compressed: (first & 64) !== 0,
    opcode: first & 15,
    size,
    mask: masked ? bytes.subarray(size - 4, size) : null,
  };
}

/** 2^53 and more never end. */
function lengthOf(bytes: Buffer): number {
  const short = bytes[1]! & 127;
  if (short < 126) return short;
  return short === 126 ? bytes.readUInt16BE(2) : bytes.readUInt32BE(2) * 2 ** 32 + bytes.readUInt32BE(6);
}

function unmasked(bytes: Buffer, mask: Buffer | null): Buffer {
  if (!mask) return bytes;
  const plain = Buffer.allocUnsafe(bytes.length);
  for (let i = 0; i < bytes.length; i++) plain[i] = bytes[i]! ^ mask[i & 3]!;
  return plain;
}

/** With context takeover a message refers to those before it: their last 32 KiB are its dictionary. */
function createMessageInflate(extensions: string, side: 'client' | 'server', max: number) {
  const alone = new RegExp(`${side}_no_context_takeover`, 'i').test(extensions);
  let window: Uint8Array | null = new Uint8Array(0);
  return {
    /** @returns null where it cannot be read. */
    undo(bytes: Uint8Array): Uint8Array | null {
      if (window === null) return null;
      const dictionary = window.length > 0 ? { dictionary: window } : {};
      const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: max, ...dictionary };
      const {
        bytes: plain,
        truncated,
        malformed,
      } = undoBounded((input) => inflateRawSync(input, options), Buffer.concat([bytes, TAIL]), max);
      if (truncated || malformed) window = alone ? window : null;
      else if (!alone) window = Uint8Array.from(Buffer.concat([window, plain]).subarray(-WINDOW));
      return truncated || malformed ? null : plain;
    },
    lose() {
      if (!alone) window = null;
    },
  };
}
