/** Start line and header fields of HTTP/1 (RFC 9112 §2 to §5). */
import type { Headers, RequestHead, ResponseHead } from './types.ts';

const REQUEST = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) (\S{1,8192}) HTTP\/(1\.[01])$/;
const STATUS = /^HTTP\/1\.[01] ([1-5]\d\d)(?: .*)?$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}):[ \t]*(.*?)[ \t]*$/;
const MAX_VALUE = 16 * 1024;

/** What a head says, and whether a strict recipient would have refused it. */
export type Parsed<T> = { head: T; malformed: boolean };

export function parseRequest(
  lines: readonly string[],
  at: number,
  fields: number,
): Parsed<RequestHead> | null {
  const match = REQUEST.exec(lines[0] ?? '');
  if (!match) return null;
  const [, method = '', target = '', version = '1.1'] = match;
  const { headers, malformed } = parseFields(lines.slice(1), fields);
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target)?.[1] ?? headers.get('host') ?? '';
  return {
    head: { version: version as '1.0' | '1.1', method, authority, target, headers, at },
    malformed,
  };
}

export function parseStatus(
  lines: readonly string[],
  at: number,
  fields: number,
): Parsed<ResponseHead> | null {
  const match = STATUS.exec(lines[0] ?? '');
  if (!match) return null;
  const { headers, malformed } = parseFields(lines.slice(1), fields);
  return { head: { status: Number(match[1]), headers, at }, malformed };
}

/** A line that begins with white space goes on with the one before (obs-fold, §5.2). */
export function parseFields(
  lines: readonly string[],
  limit: number,
): { headers: Headers; malformed: boolean } {
  const headers = new Map<string, string>();
  let malformed = false;
  let last: string | null = null;
  for (const line of lines) {
    if (line === '') continue;
    if (/^[ \t]/.test(line) && last !== null) {
      headers.set(last, `${headers.get(last)} ${line.trim()}`.slice(0, MAX_VALUE));
      continue;
    }
    const match = FIELD.exec(line);
    if (!match || (headers.size >= limit && !headers.has(match[1]!.toLowerCase()))) {
      malformed = true;
      last = null;
      continue;
    }
    last = match[1]!.toLowerCase();
    const before = headers.get(last);
    const value = match[2]!;
    headers.set(last, (before === undefined ? value : `${before}, ${value}`).slice(0, MAX_VALUE));
  }
  return { headers, malformed };
}

export type Framing = { t: 'none' } | { t: 'length'; bytes: number } | { t: 'chunked' } | { t: 'close' };

/** RFC 9112 §6.3. @returns malformed where two recipients could read different messages (request smuggling). */
export function framingOf(
  headers: Headers,
  side: 'request' | 'response',
): { framing: Framing; malformed: boolean } {
  const coding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (coding !== undefined) {
    const chunked = /(?:^|,)[ \t]*chunked[ \t]*$/i.test(coding);
    const framing: Framing = chunked ? { t: 'chunked' } : { t: side === 'request' ? 'none' : 'close' };
    return { framing, malformed: length !== undefined || (side === 'request' && !chunked) };
  }
  if (length === undefined)
    return { framing: { t: side === 'request' ? 'none' : 'close' }, malformed: false };
  const values = new Set(length.split(',').map((one) => one.trim()));
  const [only = ''] = values;
  const bytes = /^\d{1,15}$/.test(only) ? Number(only) : null;
  if (bytes === null) return { framing: { t: side === 'request' ? 'none' : 'close' }, malformed: true };
  return { framing: { t: 'length', bytes }, malformed: values.size > 1 };
}
