/** One direction of an HTTP/1 connection: heads, and bodies as they come. Bounded; linear in what it is fed. */
import type { Framing } from './head.ts';
import type { WireLimits } from './limits.ts';

/** What follows a head: a body, or bytes that are another protocol's. */
export type Next = Framing | { t: 'tunnel' };

export type SideEvents = {
  /** Null: these lines are no head; the parser looks for the next one. */
  head(lines: readonly string[], at: number): Next | null;
  body(bytes: Uint8Array, at: number): void;
  /** Bytes of a body that were not captured. */
  missing(bytes: number, at: number): void;
  done(at: number): void;
  /** The current message cannot be read further. */
  broken(how: 'malformed' | 'gap' | 'truncated', at: number): void;
  /** After an upgrade. */
  tunnel(bytes: Uint8Array, at: number): void;
};

export type Side = {
  push(bytes: Uint8Array, at: number): void;
  /** @returns whether the loss lay within one body, so that what follows is still understood. */
  gap(bytes: number, at: number): boolean;
  end(at: number): void;
  /** The other side agreed to another protocol. */
  divert(): void;
};

type State = 'head' | 'seek' | 'length' | 'size' | 'chunk' | 'chunk-end' | 'trailers' | 'close' | 'tunnel';

const LF = 10;
const MAX_CHUNK_LINE = 4096;

/** @param start whether these bytes can begin a head: where nothing is known, everything else is passed over. */
export function createSide(events: SideEvents, limits: WireLimits, start: (line: string) => boolean): Side {
  let state: State = 'head';
  /** Bytes of a head, a chunk's size line or trailers that are not whole yet. */
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let left = 0;

  function hold(bytes: Uint8Array): void {
    held.push(bytes);
    heldBytes += bytes.length;
  }
  function take(): string {
    const text = Buffer.concat(held).toString('latin1');
    held = [];
    heldBytes = 0;
    return text;
  }
  function drop(): void {
    held = [];
    heldBytes = 0;
  }
  /** Takes bytes up to and including the next line end; null while there is none. */
  function line(bytes: Uint8Array, from: number): number | null {
    const end = bytes.indexOf(LF, from);
    hold(bytes.subarray(from, end < 0 ? bytes.length : end + 1));
    return end < 0 ? null : end + 1;
  }
  function lose(how: 'malformed' | 'gap' | 'truncated', at: number): void {
    events.broken(how, at);
    drop();
    state = 'seek';
  }
  function next(following: Next | null, at: number): void {
    if (following === null) {
      state = 'seek';
      return;
    }
    const { t } = following;
    if (t === 'tunnel') state = 'tunnel';
    else if (t === 'chunked') state = 'size';
    else if (t === 'close') state = 'close';
    else if (t === 'length' && following.bytes > 0) {
      left = following.bytes;
      state = 'length';
    } else {
      state = 'head';
      events.done(at);
    }
  }

  const headLinesSoFar: string[] = [];
  function headLine(text: string, at: number): void {
    const plain = text.replace(/\r?\n$/, '');
    if (headLinesSoFar.length === 0 && plain === '') return;
    if (headLinesSoFar.length === 0 && !start(plain)) {
      if (state === 'head') events.broken('malformed', at);
      state = 'seek';
      return;
    }
    if (plain !== '') {
      headLinesSoFar.push(plain);
      return;
    }
    next(events.head(headLinesSoFar.splice(0), at), at);
  }

  let headBytes = 0;
  function readHead(bytes: Uint8Array, from: number, at: number): number {
    const end = line(bytes, from);
    headBytes += (end ?? bytes.length) - from;
    if (headBytes > limits.head || headLinesSoFar.length > limits.fields * 4) {
      headLinesSoFar.length = 0;
      headBytes = 0;
      if (state === 'head') events.broken('truncated', at);
      drop();
      state = 'seek';
      return end ?? bytes.length;
    }
    if (end === null) return bytes.length;
    headLine(take(), at);
    if (headLinesSoFar.length === 0) headBytes = 0;
    return end;
  }

  function readBody(bytes: Uint8Array, from: number, at: number): number {
    const size = Math.min(left, bytes.length - from);
    events.body(bytes.subarray(from, from + size), at);
    left -= size;
    if (left === 0) bodyRead(at);
    return from + size;
  }
  function bodyRead(at: number): void {
    if (state === 'chunk') state = 'chunk-end';
    else {
      state = 'head';
      events.done(at);
    }
  }

  function readLine(bytes: Uint8Array, from: number, at: number): number {
    const end = line(bytes, from);
    if (heldBytes > MAX_CHUNK_LINE) {
      lose('malformed', at);
      return end ?? bytes.length;
    }
    if (end === null) return bytes.length;
    const text = take().trim();
    if (state === 'size') chunkSize(text, at);
    else if (state === 'chunk-end') {
      if (text === '') state = 'size';
      else lose('malformed', at);
    } else if (text === '') {
      state = 'head';
      events.done(at);
    }
    return end;
  }
  function chunkSize(text: string, at: number): void {
    const hex = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;|$)/.exec(text)?.[1];
    if (hex === undefined) {
      lose('malformed', at);
      return;
    }
    left = Number.parseInt(hex, 16);
    state = left === 0 ? 'trailers' : 'chunk';
  }

  function step(bytes: Uint8Array, from: number, at: number): number {
    switch (state) {
      case 'head':
      case 'seek':
        return readHead(bytes, from, at);
      case 'length':
      case 'chunk':
        return readBody(bytes, from, at);
      case 'size':
      case 'chunk-end':
      case 'trailers':
        return readLine(bytes, from, at);
      case 'close':
        events.body(bytes.subarray(from), at);
        return bytes.length;
      case 'tunnel':
        events.tunnel(bytes.subarray(from), at);
        return bytes.length;
    }
  }

  function gap(bytes: number, at: number): boolean {
    if (state === 'tunnel') return true;
    if (state === 'close' && bytes > 0) {
      events.missing(bytes, at);
      return true;
    }
    const inBody = state === 'length' || state === 'chunk';
    if (!inBody || bytes === 0 || bytes > left) {
      headLinesSoFar.length = 0;
      if (state !== 'seek') lose('gap', at);
      return false;
    }
    events.missing(bytes, at);
    left -= bytes;
    if (left === 0) bodyRead(at);
    return true;
  }

  return {
    push(bytes, at) {
      for (let from = 0; from < bytes.length; ) from = step(bytes, from, at);
    },
    gap,
    end(at) {
      if (state === 'close') events.done(at);
      else if (state !== 'head' && state !== 'seek' && state !== 'tunnel') events.broken('gap', at);
    },
    divert() {
      state = 'tunnel';
    },
  };
}
