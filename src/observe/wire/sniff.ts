/** What the first bytes of one side of a connection say that it speaks. */

export type Sniffed =
  | 'http1'
  | 'http2'
  | 'tls'
  | 'postgres'
  | 'mysql'
  | 'redis'
  | 'json-rpc'
  | 'unknown'
  /** Too few bytes to tell. */
  | 'more';

const HTTP2 = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const METHOD = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE|PROPFIND|REPORT|SEARCH) \S/;
const METHODS = ['GET ', 'HEAD ', 'POST ', 'PUT ', 'PATCH ', 'DELETE ', 'OPTIONS ', 'CONNECT ', 'TRACE '];
const STATUS = /^HTTP\/1\.[01] [1-5]/;
const RESP = /^(?:\*\d{1,6}|\+[A-Za-z]|-[A-Z]|:-?\d|\$-?\d)/;
/** Protocol 3.0, SSLRequest, GSSENCRequest, CancelRequest. */
const POSTGRES = new Set([196608, 80877103, 80877104, 80877102]);
const ENOUGH = 24;

export function sniff(bytes: Uint8Array): Sniffed {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64));
  const text = head.toString('latin1');
  if (text.startsWith(HTTP2)) return 'http2';
  if (METHOD.test(text) || STATUS.test(text)) return 'http1';
  if (head[0] === 22 && head[1] === 3 && head.length >= 6)
    return head[5] === 1 || head[5] === 2 ? 'tls' : 'unknown';
  if (head.length >= 8 && POSTGRES.has(head.readUInt32BE(4)) && head.readUInt32BE(0) < 10_000)
    return 'postgres';
  // A greeting: 3-byte length, sequence 0, protocol 10, a version text.
  if (head.length >= 6 && head[3] === 0 && head[4] === 10 && head.readUIntLE(0, 3) < 1024 && isDigit(head[5]))
    return 'mysql';
  if (RESP.test(text) && text.includes('\r\n')) return 'redis';
  if (/^\s*(?:\[\s*)?\{\s*"(?:jsonrpc|method|id|result|error|params)"/.test(text)) return 'json-rpc';
  return couldBecome(text, head) ? 'more' : 'unknown';
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

function couldBecome(text: string, head: Buffer): boolean {
  if (head.length === 0) return true;
  if (head.length >= ENOUGH) return false;
  const prefixes = [HTTP2, 'HTTP/1.1 2', 'HTTP/1.0 2', ...METHODS];
  if (prefixes.some((prefix) => prefix.startsWith(text) || METHODS.includes(text))) return true;
  if (head.length < 8 && head[0] === 0) return true;
  if (head.length < 6)
    return head[0] === 22 || (head.length < 5 ? head.length < 4 || head[3] === 0 : head[4] === 10);
  return /^[*$:+-]/.test(text) || /^\s*[[{]/.test(text);
}
