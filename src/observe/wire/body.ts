/** One body on its way: gathered, or taken apart by what its headers say it is. */
import { createFrames } from './eventstream.ts';
import { createGrpc } from './grpc.ts';
import { createHold } from './hold.ts';
import { codingsOf, decode } from './inflate.ts';
import { createInflater } from './inflate-stream.ts';
import type { WireLimits } from './limits.ts';
import { createLineSplitter } from './lines.ts';
import type { Part, PartOptions } from './part.ts';
import { createSse } from './sse.ts';
import type { Headers, Item } from './types.ts';

export type Body = {
  push(bytes: Uint8Array, at: number): void;
  /** That many bytes were not captured (0: unknown how many). */
  missing(bytes: number, at: number): void;
  /** @param whole it ended where it said that it would. */
  end(at: number, whole: boolean): void;
  /** Bytes as sent, those that were not captured included. */
  size(): number;
  truncated(): boolean;
  malformed(): boolean;
  gap(): boolean;
};

type Sink = (item: Item) => void;

/** Before each text of a JSON sequence (RFC 7464). */
const RECORD_SEPARATOR = 0x1e;
const LINES = /^application\/(?:x-)?(?:ndjson|jsonl|jsonlines|json-lines|stream\+json|json-seq)$/;
const GRPC = /^application\/grpc(?:-web)?(?:\+|$)/;

/** Media types whose parts are of use before the body ends. */
function partsOf(headers: Headers, sink: Sink, options: PartOptions): Part | null {
  const type = (headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if (type === 'text/event-stream') return createSse(sink, options);
  if (type === 'application/vnd.amazon.eventstream') return createFrames(sink, options);
  if (LINES.test(type)) return linePart(sink, options);
  if (!GRPC.test(type)) return null;
  const coding = codingsOf(headers.get('grpc-encoding'));
  return createGrpc((bytes) => sink({ t: 'message', bytes }), coding, options);
}

function linePart(sink: Sink, { max, pool, broken }: PartOptions): Part {
  const lines = createLineSplitter(
    (line) => {
      const text = line.slice(line.charCodeAt(0) === RECORD_SEPARATOR ? 1 : 0).trim();
      if (text !== '') sink({ t: 'line', text });
      return true;
    },
    { max, pool, full: () => broken('truncated') },
  );
  return {
    push: (bytes) => void lines.push(bytes),
    skip() {
      lines.skip();
      return true;
    },
    end: lines.end,
  };
}

/** What is of use only as a whole. */
function wholePart(
  codings: readonly string[],
  body: (bytes: Uint8Array) => void,
  options: PartOptions,
): Part {
  const { max, pool, broken } = options;
  const held = createHold(max, pool);
  let torn = false;
  return {
    push(bytes) {
      if (torn || held.push(bytes) === bytes.length) return;
      torn = true;
      broken('truncated');
    },
    skip() {
      torn = true;
      return true;
    },
    end() {
      const decoded = decode(held.take(), codings, max);
      if (decoded.truncated) broken('truncated');
      if (decoded.malformed) broken('malformed');
      body(decoded.bytes);
    },
  };
}

export function createBody(
  headers: Headers,
  sink: (item: Item, at: number) => void,
  { body: max, pool }: WireLimits,
): Body {
  const state = { size: 0, now: 0, truncated: false, malformed: false, gap: false, whole: true };
  let readable = true;
  const options: PartOptions = {
    max,
    pool,
    broken(how) {
      state[how] = true;
    },
  };
  const say: Sink = (item) => sink(item, state.now);
  function part(): Part {
    const codings = codingsOf(headers.get('content-encoding'));
    const parts = partsOf(headers, say, options);
    if (!parts) return wholePart(codings, gathered, options);
    return codings.length === 0 ? parts : coded(codings, parts, options);
  }
  function gathered(bytes: Uint8Array): void {
    const truncated = state.truncated || state.gap || !state.whole;
    if (state.size > 0) say({ t: 'body', bytes, truncated });
  }
  const own = part();
  return {
    push(bytes, at) {
      state.now = at;
      state.size += bytes.length;
      if (readable) own.push(bytes);
    },
    missing(bytes, at) {
      state.now = at;
      state.size += bytes;
      state.gap = true;
      readable &&= own.skip(bytes);
    },
    end(at, whole) {
      state.now = at;
      state.whole = whole;
      own.end();
    },
    size: () => state.size,
    truncated: () => state.truncated,
    malformed: () => state.malformed,
    gap: () => state.gap,
  };
}

function coded(codings: readonly string[], parts: Part, options: PartOptions): Part {
  const inflater = createInflater(codings, parts.push, options);
  return {
    push: inflater.push,
    skip(bytes) {
      inflater.skip(bytes);
      parts.skip(0);
      return false;
    },
    end() {
      inflater.end();
      parts.end();
    },
  };
}
