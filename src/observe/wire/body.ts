/** One body on its way: gathered or taken apart by what its headers say it is. */
import { createFrames } from './eventstream.ts';
import { createGrpc } from './grpc.ts';
import { codingsOf, decode } from './inflate.ts';
import type { WireLimits } from './limits.ts';
import { createLineSplitter } from './lines.ts';
import { createSse } from './sse.ts';
import type { Headers, Item } from './types.ts';

export type Body = {
  push(bytes: Uint8Array, at: number): void;
  missing(bytes: number): void;
  end(at: number): void;
  /** Bytes as sent, those that were not captured included. */
  size(): number;
  truncated(): boolean;
  malformed(): boolean;
  gap(): boolean;
};

/** Before each text of a JSON sequence (RFC 7464). */
const RECORD_SEPARATOR = 0x1e;

type Sink = (item: Item, at: number) => void;
type Part = { push(bytes: Uint8Array): void; skip(): void; end(): void };

/** Media types whose parts are of use before the body ends. */
function partsOf(
  headers: Headers,
  sink: (item: Item) => void,
  { body }: WireLimits,
  broken: () => void,
): Part | null {
  const type = (headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  if (type === 'text/event-stream') {
    const sse = createSse(sink, body);
    const lines = createLineSplitter((line) => (line === null ? broken() : sse(line)), body);
    return { ...lines, end: () => [lines.end(), sse('')] };
  }
  if (/^application\/(?:x-)?(?:ndjson|jsonl|jsonlines|json-lines|stream\+json|json-seq)$/.test(type))
    return createLineSplitter((line) => {
      const text = line?.slice(line.charCodeAt(0) === RECORD_SEPARATOR ? 1 : 0).trim();
      if (text === undefined) broken();
      else if (text !== '') sink({ t: 'line', text });
    }, body);
  if (type === 'application/vnd.amazon.eventstream') {
    const frames = createFrames(sink, body);
    return { push: (bytes) => frames.push(bytes) || broken(), skip: broken, end: () => {} };
  }
  if (/^application\/grpc(?:\+|$)/.test(type)) {
    const push = createGrpc(
      (bytes) => sink({ t: 'message', bytes }),
      codingsOf(headers.get('grpc-encoding')),
      body,
    );
    return { push, skip: broken, end: () => {} };
  }
  return null;
}

export function createBody(headers: Headers, sink: Sink, limits: WireLimits): Body {
  const codings = codingsOf(headers.get('content-encoding'));
  let now = 0;
  const state = { size: 0, truncated: false, malformed: false, gap: false };
  const parts = partsOf(
    headers,
    (item) => sink(item, now),
    limits,
    () => {
      state.malformed = true;
    },
  );
  // Coded streams are taken apart once they are whole.
  const direct = codings.length === 0 ? parts : null;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let lost = false;

  function keep(bytes: Uint8Array): void {
    const room = limits.body - heldBytes;
    if (bytes.length > room) state.truncated = true;
    if (room <= 0 || lost) return;
    held.push(bytes.subarray(0, room));
    heldBytes += Math.min(room, bytes.length);
  }
  function whole(): void {
    const joined = held.length === 1 ? held[0]! : Buffer.concat(held);
    held = [];
    const decoded = decode(joined, codings, limits.body);
    state.truncated ||= decoded.truncated;
    state.malformed ||= decoded.malformed && !state.truncated && !state.gap;
    if (parts) {
      parts.push(decoded.bytes);
      parts.end();
    } else if (state.size > 0)
      sink({ t: 'body', bytes: decoded.bytes, truncated: state.truncated || state.gap }, now);
  }
  return {
    push(bytes, at) {
      now = at;
      state.size += bytes.length;
      if (direct) direct.push(bytes);
      else keep(bytes);
    },
    missing(bytes) {
      state.size += bytes;
      state.gap = true;
      // What comes behind a hole does not continue what is held before it.
      lost = true;
      direct?.skip();
    },
    end(at) {
      now = at;
      if (direct) direct.end();
      else whole();
    },
    size: () => state.size,
    truncated: () => state.truncated,
    malformed: () => state.malformed,
    gap: () => state.gap,
  };
}
