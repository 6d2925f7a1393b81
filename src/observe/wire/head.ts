/** Start line and header fields of HTTP/1 (RFC 9112 §2 to §6). */
import type { Headers, RequestHead, ResponseHead, Side } from './types.ts';

const REQUEST = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) (\S{1,32768}) HTTP\/(1\.[01])$/;
const STATUS = /^HTTP\/1\.[01] ([1-5]\d\d)(?: .*)?$/;
const ABSOLUTE = /^[a-z][a-z0-9+.-]{0,20}:\/\/([^/?#]*)/i;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
const MAX_VALUE = 16 * 1024;
/** Where a message ends, and whose it is, hangs on these: recipients must not differ about them (§11.2). */
const FRAMING = new Set(['content-length', 'transfer-encoding', 'host', 'upgrade']);

/** What a head says, and whether a strict recipient would have refused it. */
export type Parsed<T> = { head: T; malformed: boolean; truncated: boolean };

type Fields = { headers: Map<string, string>; malformed: boolean; truncated: boolean };

/** @param text lines with their ends. Null: no request line. */
export function parseRequest(text: string, at: number, limit: number): Parsed<RequestHead> | null {
  const lines = linesOf(text);
  const match = REQUEST.exec(lines[0]!);
  if (!match) return null;
  const [, method = '', target = '', version = '1.1'] = match;
  const { headers, ...fields } = parseFields(lines, 1, limit);
  const host = headers.get('host');
  const authority = ABSOLUTE.exec(target)?.[1] ?? host ?? (method === 'CONNECT' ? target : '');
  return {
    head: { version: version as '1.0' | '1.1', method, authority, target, headers, at },
    malformed: fields.malformed || /[\s,]/.test(host ?? ''),
    truncated: fields.truncated,
  };
}

/** @param text lines with their ends. Null: no status line. */
export function parseStatus(text: string, at: number, limit: number): Parsed<ResponseHead> | null {
  const lines = linesOf(text);
  const match = STATUS.exec(lines[0]!);
  if (!match) return null;
  const { headers, ...flaws } = parseFields(lines, 1, limit);
  return { head: { status: Number(match[1]), headers, at }, ...flaws };
}

/** A lone LF ends a line, too (§2.2). */
function linesOf(text: string): string[] {
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (line.charCodeAt(line.length - 1) === 13) lines[i] = line.slice(0, -1);
  }
  return lines;
}

/** A line that begins with white space goes on with the one before (obs-fold, §5.2). */
function parseFields(lines: readonly string[], from: number, limit: number): Fields {
  const fields: Fields = { headers: new Map(), malformed: false, truncated: false };
  let last: string | null = null;
  for (let i = from; i < lines.length; i++) {
    const line = lines[i]!;
    if (line === '') continue;
    const first = line.charCodeAt(0);
    if (first === 32 || first === 9) {
      if (last === null || FRAMING.has(last)) fields.malformed = true;
      else add(fields, last, ' ', trimmed(line));
      continue;
    }
    last = field(fields, line, i - from >= limit);
  }
  return fields;
}

/** @returns its name. @param late behind too many others. */
function field(fields: Fields, line: string, late: boolean): string | null {
  const colon = line.indexOf(':');
  const written = line.slice(0, Math.max(0, colon));
  if (!NAME.test(written)) {
    fields.malformed = true;
    return null;
  }
  const name = written.toLowerCase();
  if (late) fields.truncated = true;
  if (late && !FRAMING.has(name)) return null;
  const value = trimmed(line.slice(colon + 1));
  if (value.includes('\r') || value.includes('\0')) fields.malformed = true;
  add(fields, name, ', ', value);
  return name;
}

function add({ headers }: Fields, name: string, between: string, value: string): void {
  const before = headers.get(name);
  if (before !== undefined && before.length >= MAX_VALUE) return;
  headers.set(name, (before === undefined ? value : before + between + value).slice(0, MAX_VALUE));
}

/** Of spaces and tabs only, each looked at once. */
function trimmed(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

export type Framing = { t: 'none' } | { t: 'length'; bytes: number } | { t: 'chunked' } | { t: 'close' };

/** RFC 9112 §6.3. @returns malformed where two recipients could read different messages (request smuggling). */
export function framingOf(headers: Headers, side: Side): { framing: Framing; malformed: boolean } {
  const unframed: Framing = side === 'request' ? { t: 'none' } : { t: 'close' };
  const coding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (coding !== undefined) {
    const names = coding.split(',').map((one) => trimmed(one).toLowerCase());
    const chunked = names.at(-1) === 'chunked';
    const twice = names.filter((one) => one === 'chunked').length > 1;
    const malformed = length !== undefined || twice || (side === 'request' && !chunked);
    return { framing: chunked ? { t: 'chunked' } : unframed, malformed };
  }
  if (length === undefined) return { framing: unframed, malformed: false };
  const values = new Set(length.split(',').map(trimmed));
  const [only = ''] = values;
  if (!/^\d{1,15}$/.test(only)) return { framing: unframed, malformed: true };
  return { framing: { t: 'length', bytes: Number(only) }, malformed: values.size > 1 };
}
