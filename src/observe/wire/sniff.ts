/** What the first bytes of one side of a connection say that it speaks. */
import { beginsWithFrames, PREFACE, speakerOf } from './http2-layout.ts';
import { beginsMongodb, speakerOfMongodb } from './mongodb.ts';

export type Protocol = 'http1' | 'http2' | 'tls' | 'postgres' | 'mysql' | 'redis' | 'mongodb' | 'json-rpc';
export type Sniffed =
  | Protocol
  | 'unknown'
  /** Too few bytes to tell. */
  | 'more';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE'];
const REQUEST = new RegExp(`^(?:${METHODS.join('|')}|PROPFIND|REPORT|SEARCH) [^ \\r\\n]`);
const STATUS = /^HTTP\/1\.[01] [1-5]/;
const HTTP1_STARTS = [...METHODS.map((method) => `${method} `), 'HTTP/1.0 ', 'HTTP/1.1 '];
/** An array, a simple text, an error, a number or a bulk text, each with its line end. */
const RESP = /^(?:[*$]-?\d{1,9}|[+][A-Z][^\r\n]{0,40}|-[A-Z]{3,}[^\r\n]{0,40}|:-?\d{1,19})\r\n/;
const RESP_STARTS = /^[*$:+-][^\r\n]{0,48}\r?$/;
const JSON_RPC = /^\s*(?:\[\s*)?\{\s*"(?:jsonrpc|method|id|result|error|params)"\s*:/;
const FRAMED = /^content-length:[ \t]*\d{1,9}\r?\n/i;
const FRAMED_STARTS = /^content-length:[ \t]*\d{0,9}\r?$/i;
const JSON_STARTS = /^\s*(?:\[\s*)?(?:\{\s*(?:"[a-z]{0,8}"?\s*)?)?$/;
/** Protocol 3.0 and later, SSLRequest, GSSENCRequest, CancelRequest. */
const POSTGRES_CODES = new Set([80877102, 80877103, 80877104]);
const MAX_STARTUP = 10_000;
const LOOKED_AT = 64;

export function sniff(bytes: Uint8Array): Sniffed {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const text = input.toString('latin1', 0, Math.min(input.length, LOOKED_AT));
  return binary(input) ?? textual(text) ?? (input.length === 0 ? 'more' : 'unknown');
}

function textual(text: string): Sniffed | null {
  if (REQUEST.test(text) || STATUS.test(text)) return 'http1';
  if (RESP.test(text)) return 'redis';
  if (JSON_RPC.test(text) || FRAMED.test(text)) return 'json-rpc';
  if (text.length >= LOOKED_AT) return null;
  const starts = [...HTTP1_STARTS, 'Content-Length: '].some((one) => one.startsWith(text) || text === one);
  return starts || RESP_STARTS.test(text) || JSON_STARTS.test(text) || FRAMED_STARTS.test(text)
    ? 'more'
    : null;
}

function binary(input: Buffer): Sniffed | null {
  const begun = input.subarray(0, PREFACE.length);
  if (begun.length > 0 && PREFACE.subarray(0, begun.length).equals(begun))
    return begun.length === PREFACE.length ? 'http2' : 'more';
  const mongodb = beginsMongodb(input);
  if (mongodb === 'yes') return 'mongodb';
  const other = tls(input) ?? postgres(input) ?? mysql(input) ?? http2(input);
  return other ?? (mongodb === 'more' && input.length > 0 ? 'more' : null);
}

/** A record (RFC 8446 §5.1); the connection may be older than the sensor. */
function tls(input: Buffer): Sniffed | null {
  const [type = 0, major = 3, minor = 3] = input;
  if (type < 20 || type > 23 || major !== 3 || minor > 4) return null;
  if (input.length < 6) return 'more';
  const size = input.readUInt16BE(3);
  return size > 0 && size <= (1 << 14) + 256 ? 'tls' : null;
}

function postgres(input: Buffer): Sniffed | null {
  if (input[0] !== 0 || (input.length > 1 && input[1] !== 0)) return null;
  if (input.length < 8) return 'more';
  const [size, code] = [input.readUInt32BE(0), input.readUInt32BE(4)];
  const isStart = code >>> 16 === 3 || POSTGRES_CODES.has(code);
  return size >= 8 && size <= MAX_STARTUP && isStart ? 'postgres' : null;
}

/** A greeting: 3-byte length, sequence 0, protocol 10, a version text. */
function mysql(input: Buffer): Sniffed | null {
  const [, , high = 0, sequence = 0, version = 10, first = 48] = input;
  if (high !== 0 || sequence !== 0 || version !== 10 || first < 48 || first > 57) return null;
  if (input.length > 2 && input.readUInt16LE(0) > 1024) return null;
  if (input.length > 5) return 'mysql';
  // One byte may begin anything.
  return input.length > 1 ? 'more' : null;
}

/** Frames of a connection that is older than the sensor; who sends them has to show. */
function http2(input: Buffer): Sniffed | null {
  const frames = beginsWithFrames(input);
  if (frames === 'no') return null;
  return frames === 'more' || speakerOf(input) === null ? 'more' : 'http2';
}

/** Who says this: what only clients, or only servers, say first. Null: it does not show. */
export function sideOf(protocol: Protocol, bytes: Uint8Array): 'client' | 'server' | null {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (protocol === 'http1') return input.toString('latin1', 0, 5) === 'HTTP/' ? 'server' : 'client';
  if (protocol === 'http2') return speakerOf(input);
  // The greeting is the first packet; inside of TLS a client begins, with its third.
  if (protocol === 'mysql') return input[3] === 0 ? 'server' : 'client';
  if (protocol === 'postgres') return 'client';
  if (protocol === 'mongodb') return speakerOfMongodb(input);
  if (protocol === 'tls' && input[0] === 22) return input[5] === 1 ? 'client' : 'server';
  return null;
}
