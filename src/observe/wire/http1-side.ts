/** One direction of an HTTP/1 connection: heads, and bodies as they come. Bounded; linear in what it is fed. */
import type { Flaw } from './exchange.ts';
import type { Framing } from './head.ts';
import { createHold } from './hold.ts';
import type { WireLimits } from './limits.ts';

/** What follows a head: a body, or bytes that are another protocol's. */
export type Next = Framing | { t: 'tunnel' };

export type SideEvents = {
  /** Whether a head begins with this line. */
  starts(line: string): boolean;
  /** Where among other bytes of this line a head may begin; -1: nowhere. */
  find(line: string): number;
  /**
   * A head with its line ends, cut where `truncated`. Null: it is none, the next one is looked for.
   * @param sought it was found among other bytes: what looks like one need not be one.
   */
  head(text: string, how: { truncated: boolean; sought: boolean }, at: number): Next | null;
  body(bytes: Uint8Array, at: number): void;
  missing(bytes: number, at: number): void;
  /** The current message is whole. */
  done(at: number): void;
  /** A strict recipient would have refused the current message. */
  suspect(): void;
  /** The current message, or the next one, cannot be read. */
  lost(flaw: Flaw, at: number): void;
  /** After an upgrade. */
  tunnel(bytes: Uint8Array, at: number): void;
  tunnelGap(bytes: number, at: number): void;
};

export type Http1Side = {
  push(bytes: Uint8Array, at: number): void;
  gap(bytes: number, at: number): void;
  end(at: number): void;
  /** The other side agreed to another protocol. */
  divert(at: number): void;
  /** A head comes next, and nothing of it has come yet. */
  atRest(): boolean;
};

type State =
  /** A head comes next. */
  | 'head'
  /** Anything may come next. */
  | 'seek'
  | 'length'
  | 'size'
  | 'chunk'
  | 'chunk-end'
  | 'trailers'
  | 'close'
  | 'tunnel';

const LF = 10;
const CR = 13;
const MAX_CHUNK_LINE = 4096;
/** `\r\n`, and with the chunk of size zero behind it, `\r\n0\r\n\r\n`. */
const CHUNK_END = 2;
const LAST_CHUNK = 7;
/** Of a line among other bytes, its end is looked at. */
const MAX_SOUGHT = 8192;

/** @param resumed messages were understood before. */
export function createSide(events: SideEvents, limits: WireLimits, resumed: boolean): Http1Side {
  let state: State = 'head';
  /** What is not whole yet of a head or a line. */
  const held = createHold(limits.head, limits.pool);
  let left = 0;
  let trailers = 0;
  /** Nothing was understood so far: the connection may be older than the sensor. */
  let fresh = !resumed;
  let sought = false;

  function lose(flaw: Flaw, at: number): void {
    held.drop();
    state = 'seek';
    events.lost(flaw, at);
  }
  function follow(next: Next, at: number): void {
    if (next.t === 'chunked') state = 'size';
    else if (next.t === 'tunnel' || next.t === 'close') state = next.t;
    else if (next.t === 'length' && next.bytes > 0) {
      left = next.bytes;
      state = 'length';
    } else done(at);
  }
  function done(at: number): void {
    state = 'head';
    sought = false;
    events.done(at);
  }

  function readHead(bytes: Uint8Array, from: number, at: number): number {
    if (held.size() === 0) {
      const blank = bytes[from] === CR || bytes[from] === LF;
      if (blank) return from + 1;
      const end = endOfHead(bytes, from);
      if (end > 0 && end - from <= limits.head) {
        takeHead(bytes.subarray(from, end), false, at);
        return end;
      }
    }
    const had = held.size();
    const used = held.push(bytes.subarray(from));
    const end = endOfHead(held.peek(), Math.max(0, had - 3));
    if (end > 0) {
      takeHead(held.take().subarray(0, end), false, at);
      return from + end - had;
    }
    if (from + used < bytes.length) takeHead(held.take(), true, at);
    return from + used;
  }
  function takeHead(bytes: Uint8Array, truncated: boolean, at: number): void {
    const text = latin1(bytes);
    const begins = sought || events.starts(text.slice(0, text.indexOf('\n') + 1));
    const next = begins ? events.head(text, { truncated, sought }, at) : null;
    if (next !== null) fresh = false;
    if (next !== null && truncated) lose('truncated', at);
    else if (next !== null) follow(next, at);
    else refuse(bytes, at);
  }
  /** Within what is no head another one may begin; what only looked like one is not looked at again. */
  function refuse(bytes: Uint8Array, at: number): void {
    const again = !sought;
    sought = false;
    if (fresh) state = 'seek';
    else lose('malformed', at);
    if (again) readAll(bytes, at);
  }

  function seek(bytes: Uint8Array, from: number): number {
    const end = bytes.indexOf(LF, from);
    const next = end < 0 ? bytes.length : end + 1;
    const part = bytes.subarray(Math.max(from, next - MAX_SOUGHT), next);
    if (part.length < next - from || held.size() + part.length > MAX_SOUGHT) held.drop();
    held.push(part);
    if (end < 0) return next;
    const line = held.take();
    const start = events.find(latin1(line));
    if (start < 0) return next;
    held.push(line.subarray(start));
    sought = true;
    state = 'head';
    return next;
  }

  function readBody(bytes: Uint8Array, from: number, at: number): number {
    const to = Math.min(from + left, bytes.length);
    left -= to - from;
    events.body(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), at);
    if (left === 0) bodyRead(at);
    return to;
  }
  function bodyRead(at: number): void {
    if (state === 'chunk') state = 'chunk-end';
    else done(at);
  }

  /** A hole to the end of a chunk and beyond, as writers leave it who write a chunk, or the last one too, in one go. */
  function skipChunkEnd(bytes: number, at: number): boolean {
    const beyond = bytes - left;
    if (state !== 'chunk' || (beyond !== CHUNK_END && beyond !== LAST_CHUNK)) return false;
    events.missing(left, at);
    if (beyond === LAST_CHUNK) done(at);
    else state = 'size';
    return true;
  }

  function readLine(bytes: Uint8Array, from: number, at: number): number {
    const end = bytes.indexOf(LF, from);
    const next = end < 0 ? bytes.length : end + 1;
    if (held.size() + next - from > MAX_CHUNK_LINE) {
      lose('malformed', at);
      return next;
    }
    const whole = end >= 0 && held.size() === 0;
    if (!whole) held.push(bytes.subarray(from, next));
    if (end >= 0) takeLine(latin1(whole ? bytes.subarray(from, next) : held.take()), at);
    return next;
  }
  function takeLine(line: string, at: number): void {
    // A lone LF: some take it for the end of the line, others do not.
    if (!line.endsWith('\r\n')) events.suspect();
    const text = line.trimEnd();
    if (state === 'size') takeSize(text, at);
    else if (state === 'chunk-end' && text === '') state = 'size';
    else if (state === 'chunk-end' || ++trailers > limits.fields) lose('malformed', at);
    else if (text === '') done(at);
  }
  function takeSize(text: string, at: number): void {
    const hex = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;|$)/.exec(text)?.[1];
    trailers = 0;
    left = hex === undefined ? 0 : Number.parseInt(hex, 16);
    if (hex === undefined) lose('malformed', at);
    else state = left === 0 ? 'trailers' : 'chunk';
  }

  function step(bytes: Uint8Array, from: number, at: number): number {
    if (state === 'head') return readHead(bytes, from, at);
    if (state === 'seek') return seek(bytes, from);
    if (state === 'length' || state === 'chunk') return readBody(bytes, from, at);
    if (state === 'size' || state === 'chunk-end' || state === 'trailers') return readLine(bytes, from, at);
    const rest = bytes.subarray(from);
    if (state === 'close') events.body(rest, at);
    else events.tunnel(rest, at);
    return bytes.length;
  }
  function readAll(bytes: Uint8Array, at: number): void {
    for (let from = 0; from < bytes.length; ) from = step(bytes, from, at);
  }

  return {
    push: readAll,
    gap(bytes, at) {
      if (state === 'tunnel') events.tunnelGap(bytes, at);
      else if (state === 'close') events.missing(bytes, at);
      else if ((state === 'length' || state === 'chunk') && bytes > 0 && bytes <= left) {
        left -= bytes;
        events.missing(bytes, at);
        if (left === 0) bodyRead(at);
      } else if (!skipChunkEnd(bytes, at)) lose('gap', at);
    },
    end(at) {
      held.drop();
      if (state === 'close') done(at);
    },
    divert(at) {
      const before = held.take();
      state = 'tunnel';
      if (before.length > 0) events.tunnel(before, at);
    },
    atRest: () => state === 'head' && held.size() === 0,
  };
}

/** Behind the first empty line; 0: there is none. */
function endOfHead(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return 0;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
