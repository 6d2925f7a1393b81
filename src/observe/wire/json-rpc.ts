/** JSON-RPC 2.0 on a byte stream: a message a line (MCP), or behind `Content-Length` headers (as LSP frames them). */
import { parseJson } from './json.ts';
import { createLineSplitter } from './lines.ts';
import type { Decoder } from './types.ts';

/** One message, or a batch, as it stands. */
export type RpcMessage = { value: unknown; cut: boolean };

const MAX_MESSAGE = 4 * 1024 * 1024;
const HEADER = /^(content-length|content-type):\s*(.{0,200})$/i;

/** @param on what is no JSON object or array is passed over: servers write their logs there, too. */
export function createLines(
  on: (message: RpcMessage, at: number) => void,
  max: number = MAX_MESSAGE,
): Decoder {
  let now = 0;
  /** Bytes of a framed message still to come; null: lines. */
  let left: number | null = null;
  let announced: number | null = null;
  let framed: Uint8Array[] = [];

  function message(text: string): void {
    const read = parseJson(text);
    if ('value' in read && typeof read.value === 'object' && read.value !== null) on(read, now);
  }
  const lines = createLineSplitter((line) => {
    const text = line?.trim();
    if (!text) return;
    const first = text.charCodeAt(0);
    if (first === 0x7b || first === 0x5b) message(text);
  }, max);

  function frame(bytes: Uint8Array): Uint8Array {
    const part = bytes.subarray(0, left!);
    if (announced! <= max) framed.push(part);
    left! -= part.length;
    if (left === 0) {
      if (announced! <= max) message(Buffer.concat(framed).toString('utf8'));
      framed = [];
      left = null;
    }
    return bytes.subarray(part.length);
  }
  function push(bytes: Uint8Array, at: number): void {
    now = at;
    let rest = bytes;
    while (rest.length > 0) {
      if (left !== null) {
        rest = frame(rest);
        continue;
      }
      const head = framingHead(rest);
      if (!head) {
        lines.push(rest);
        return;
      }
      announced = head.length;
      left = head.length;
      rest = rest.subarray(head.size);
    }
  }
  return {
    push,
    gap(bytes, at) {
      now = at;
      if (left !== null && bytes > 0 && bytes < left) {
        left -= bytes;
        announced = Number.POSITIVE_INFINITY;
        return;
      }
      left = null;
      framed = [];
      lines.skip();
    },
    end(at) {
      now = at;
      lines.end();
    },
  };
}

/** `Content-Length: 12\r\n\r\n`, whole at the start of these bytes. */
function framingHead(bytes: Uint8Array): { size: number; length: number } | null {
  if (bytes[0] !== 0x43 && bytes[0] !== 0x63) return null;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 512)).toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const fields = text
    .slice(0, end)
    .split('\r\n')
    .map((line) => HEADER.exec(line));
  if (fields.some((field) => field === null)) return null;
  const length = fields.find((field) => field![1]!.toLowerCase() === 'content-length')?.[2];
  return length !== undefined && /^\d{1,9}$/.test(length) ? { size: end + 4, length: Number(length) } : null;
}
