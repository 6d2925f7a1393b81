/** One direction of an HTTP/1 connection: heads, and bodies as they come. Bounded; linear in what it is fed. */
import { done, follow, type Http1Side, hold, lose, sizeHeld } from './http1-state.ts';

const LF = 10;
const CR = 13;
const MAX_CHUNK_LINE = 4096;
/** `\r\n`, and with the chunk of size zero behind it, `\r\n0\r\n\r\n`. */
const CHUNK_END = 2;
const LAST_CHUNK = 7;
/** Of a line among other bytes, its end is looked at. */
const MAX_SOUGHT = 8192;

export function pushSide<Link>(side: Http1Side<Link>, bytes: Uint8Array, at: number): void {
  for (let from = 0; from < bytes.length; ) from = step(side, bytes, from, at);
}

export function gapSide<Link>(side: Http1Side<Link>, bytes: number, at: number): void {
  const { state, events, link, left } = side;
  if (state === 'tunnel') events.tunnelGap(link, bytes, at);
  else if (state === 'close') events.missing(link, bytes, at);
  else if ((state === 'length' || state === 'chunk') && bytes > 0 && bytes <= left) {
    side.left -= bytes;
    events.missing(link, bytes, at);
    if (side.left === 0) bodyRead(side, at);
  } else if (!skipChunkEnd(side, bytes, at)) lose(side, 'gap', at);
}

export function endSide<Link>(side: Http1Side<Link>, at: number): void {
  side.held?.drop();
  if (side.state === 'close') done(side, at);
}

/** The other side agreed to another protocol. */
export function divertSide<Link>(side: Http1Side<Link>, at: number): void {
  const before = side.held?.take();
  side.state = 'tunnel';
  if (before && before.length > 0) side.events.tunnel(side.link, before, at);
}

/** A head comes next, and nothing of it has come yet. */
export function isAtRest<Link>(side: Http1Side<Link>): boolean {
  return side.state === 'head' && sizeHeld(side) === 0;
}

function step<Link>(side: Http1Side<Link>, bytes: Uint8Array, from: number, at: number): number {
  const { state, events, link } = side;
  if (state === 'head') return readHead(side, bytes, from, at);
  if (state === 'seek') return seek(side, bytes, from);
  if (state === 'length' || state === 'chunk') return readBody(side, bytes, from, at);
  if (state === 'size' || state === 'chunk-end' || state === 'trailers')
    return readLine(side, bytes, from, at);
  const rest = bytes.subarray(from);
  if (state === 'close') events.body(link, rest, at);
  else events.tunnel(link, rest, at);
  return bytes.length;
}

function readHead<Link>(side: Http1Side<Link>, bytes: Uint8Array, from: number, at: number): number {
  const had = sizeHeld(side);
  if (had === 0) {
    const blank = bytes[from] === CR || bytes[from] === LF;
    if (blank) return from + 1;
    const end = endOfHead(bytes, from);
    if (end > 0 && end - from <= side.limits.head) {
      takeHead(side, bytes.subarray(from, end), false, at);
      return end;
    }
  }
  const held = hold(side);
  const used = held.push(bytes.subarray(from));
  const end = endOfHead(held.peek(), Math.max(0, had - 3));
  if (end > 0) {
    takeHead(side, held.take().subarray(0, end), false, at);
    return from + end - had;
  }
  if (from + used < bytes.length) takeHead(side, held.take(), true, at);
  return from + used;
}

function takeHead<Link>(side: Http1Side<Link>, bytes: Uint8Array, truncated: boolean, at: number): void {
  const { events, link, sought } = side;
  const text = latin1(bytes);
  const begins = sought || events.starts(text.slice(0, text.indexOf('\n') + 1));
  const next = begins ? events.head(link, text, { truncated, sought }, at) : null;
  if (next !== null) side.fresh = false;
  if (next !== null && truncated) lose(side, 'truncated', at);
  else if (next !== null) follow(side, next, at);
  else refuse(side, bytes, at);
}

/** Within what is no head another one may begin; what only looked like one is not looked at again. */
function refuse<Link>(side: Http1Side<Link>, bytes: Uint8Array, at: number): void {
  const again = !side.sought;
  side.sought = false;
  if (side.fresh) side.state = 'seek';
  else lose(side, 'malformed', at);
  if (again) pushSide(side, bytes, at);
}

function seek<Link>(side: Http1Side<Link>, bytes: Uint8Array, from: number): number {
  const held = hold(side);
  const end = bytes.indexOf(LF, from);
  const next = end < 0 ? bytes.length : end + 1;
  const part = bytes.subarray(Math.max(from, next - MAX_SOUGHT), next);
  if (part.length < next - from || held.size() + part.length > MAX_SOUGHT) held.drop();
  held.push(part);
  if (end < 0) return next;
  const line = held.take();
  const start = side.events.find(latin1(line));
  if (start < 0) return next;
  held.push(line.subarray(start));
  side.sought = true;
  side.state = 'head';
  return next;
}

function readBody<Link>(side: Http1Side<Link>, bytes: Uint8Array, from: number, at: number): number {
  const to = Math.min(from + side.left, bytes.length);
  side.left -= to - from;
  side.events.body(side.link, from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), at);
  if (side.left === 0) bodyRead(side, at);
  return to;
}

function bodyRead<Link>(side: Http1Side<Link>, at: number): void {
  if (side.state === 'chunk') side.state = 'chunk-end';
  else done(side, at);
}

/** A hole to the end of a chunk and beyond, as writers leave it who write a chunk, or the last one too, in one go. */
function skipChunkEnd<Link>(side: Http1Side<Link>, bytes: number, at: number): boolean {
  const beyond = bytes - side.left;
  if (side.state !== 'chunk' || (beyond !== CHUNK_END && beyond !== LAST_CHUNK)) return false;
  side.events.missing(side.link, side.left, at);
  if (beyond === LAST_CHUNK) done(side, at);
  else side.state = 'size';
  return true;
}

function readLine<Link>(side: Http1Side<Link>, bytes: Uint8Array, from: number, at: number): number {
  const end = bytes.indexOf(LF, from);
  const next = end < 0 ? bytes.length : end + 1;
  if (sizeHeld(side) + next - from > MAX_CHUNK_LINE) {
    lose(side, 'malformed', at);
    return next;
  }
  const whole = end >= 0 && sizeHeld(side) === 0;
  if (!whole) hold(side).push(bytes.subarray(from, next));
  if (end >= 0) takeLine(side, latin1(whole ? bytes.subarray(from, next) : hold(side).take()), at);
  return next;
}

function takeLine<Link>(side: Http1Side<Link>, line: string, at: number): void {
  // A lone LF: some take it for the end of the line, others do not.
  if (!line.endsWith('\r\n')) side.events.suspect(side.link);
  const text = line.trimEnd();
  if (side.state === 'size') takeSize(side, text, at);
  else if (side.state === 'chunk-end' && text === '') side.state = 'size';
  else if (side.state === 'chunk-end' || ++side.trailers > side.limits.fields) lose(side, 'malformed', at);
  else if (text === '') done(side, at);
}

function takeSize<Link>(side: Http1Side<Link>, text: string, at: number): void {
  const hex = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;|$)/.exec(text)?.[1];
  side.trailers = 0;
  side.left = hex === undefined ? 0 : Number.parseInt(hex, 16);
  if (hex === undefined) lose(side, 'malformed', at);
  else side.state = side.left === 0 ? 'trailers' : 'chunk';
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
