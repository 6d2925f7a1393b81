/** JSON-RPC 2.0 on a byte stream: a message a line (MCP), or behind `Content-Length` headers (as LSP frames them). */
import { createHold, type Pool } from './hold.ts';
import { parseJson } from './json.ts';
import { createLineSplitter, type Lines } from './lines.ts';
import type { Decoder } from './types.ts';

/** One message, or a batch, as it stands. */
export type RpcMessage = {
  value: unknown;
  /** Longer than the bound, or not captured to its end: what was complete of it is here. */
  cut: boolean;
  /** A key came twice in one object. */
  duplicates: boolean;
};

export type RpcOptions = {
  /** Bytes of a message. */
  max?: number;
  pool?: Pool;
  /** What looked like a message could not be read. */
  malformed?: (at: number) => void;
};

const MAX_MESSAGE = 4 * 1024 * 1024;
const LENGTH = /^content-length:[ \t]*(\d{1,12})[ \t]*$/i;
const MAX_HEADERS = 8;

/** @param on what does not begin like a JSON object or a batch is passed over: servers write their logs there, too. */
export function createLines(
  on: (message: RpcMessage, at: number) => void,
  { max = MAX_MESSAGE, pool, malformed = () => {} }: RpcOptions = {},
): Decoder {
  let now = 0;
  /** Of a framed message; null: lines. */
  let announced: number | null = null;
  let headers = 0;
  let framed: Framed | null = null;

  function message(text: string, cut: boolean): void {
    if (!/^\s*(?:\{|\[\s*[{\]])/.test(text)) return;
    const read = parseJson(text);
    if ('malformed' in read) malformed(now);
    else on({ ...read, cut: cut || read.cut }, now);
  }
  /** @returns false where a framed message follows. */
  function line(text: string, cut: boolean): boolean {
    const length = text.length < 100 ? LENGTH.exec(text)?.[1] : undefined;
    if (length !== undefined) {
      announced = Number(length);
      headers = 0;
      return true;
    }
    if (announced === null) {
      message(text, cut);
      return true;
    }
    const more = text.includes(':') && !text.startsWith('{') && ++headers < MAX_HEADERS;
    if (more) return true;
    if (text === '') framed = createFramed(announced, max, pool);
    else message(text, cut);
    announced = null;
    return framed === null;
  }
  const lines: Lines = createLineSplitter(line, { max, pool });

  function readFramed(one: Framed, bytes: Uint8Array): number {
    const used = one.push(bytes);
    if (one.left() === 0) finish(one);
    return used;
  }
  function finish(one: Framed): void {
    framed = null;
    message(one.text(), one.cut());
  }
  return {
    push(bytes, at) {
      now = at;
      for (let from = 0; from < bytes.length; ) {
        const rest = from === 0 ? bytes : bytes.subarray(from);
        from += framed ? readFramed(framed, rest) : lines.push(rest);
        if (framed?.left() === 0) finish(framed);
      }
    },
    gap(bytes, at) {
      now = at;
      if (framed?.skip(bytes)) {
        if (framed.left() === 0) finish(framed);
        return;
      }
      framed?.drop();
      framed = null;
      announced = null;
      lines.skip();
    },
    end(at) {
      now = at;
      if (framed) finish(framed);
      lines.end();
    },
  };
}

type Framed = {
  /** @returns bytes used. */
  push(bytes: Uint8Array): number;
  /** @returns whether that many lay within it. */
  skip(bytes: number): boolean;
  left(): number;
  text(): string;
  cut(): boolean;
  drop(): void;
};

/** A message of which the length is known. Of one that has a hole only what stands before it is of use. */
function createFramed(length: number, max: number, pool: Pool | undefined): Framed {
  const held = createHold(Math.min(length, max), pool);
  let left = length;
  let torn = false;
  return {
    push(bytes) {
      const part = bytes.subarray(0, left);
      left -= part.length;
      if (!torn) torn = held.push(part) < part.length;
      return part.length;
    },
    skip(bytes) {
      if (bytes === 0 || bytes > left) return false;
      torn = true;
      left -= bytes;
      return true;
    },
    left: () => left,
    text: () => held.take().toString('utf8'),
    cut: () => torn || left > 0,
    drop: held.drop,
  };
}
