/**
 * MongoDB: commands and collections, documents that came back or were changed. Of a message its beginning is read;
 * compressed ones are not. https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
 */
import { type BsonDocument, bsonAt, bsonBytes, bsonField, bsonInside, bsonNumber, bsonText } from './bson.ts';
import { COMMANDS, LOGIN, OWN, SEARCHES } from './mongodb-commands.ts';
import { createFramer, type Frame, type Grammar } from './sql-frames.ts';
import { identifier, MAX_OPEN, MAX_SQL, type OnStatement } from './statement.ts';
import type { Decoder, Duplex } from './types.ts';

type Asked = { verb: string; tables: string[]; database: string | null; truncated: boolean; at: number };

const HEADER = 16;
const [MESSAGE, COMPRESSED, QUERY, REPLY] = [2013, 2012, 2004, 1];
const CODES: ReadonlySet<number> = new Set([MESSAGE, COMPRESSED, QUERY, REPLY]);
const MAX_MESSAGE = 48_000_000 + 16_384;
/** Flags of a message: a checksum stands at its end; no answer is wanted. */
const [CHECKSUM, MORE_TO_COME] = [1, 2];
/** Unauthorized, AuthenticationFailed, AtlasError for either. */
const DENIED: ReadonlySet<number> = new Set([13, 18, 8000]);

/** @param note the message's own number, and the one of what it answers. */
function grammar(note: (id: number, to: number) => void): Grammar {
  return {
    header: HEADER,
    read(header) {
      const [size, tag] = [header.readInt32LE(0), header.readInt32LE(12)];
      if (size < HEADER || size > MAX_MESSAGE || !CODES.has(tag)) return null;
      note(header.readInt32LE(4), header.readInt32LE(8));
      return { tag, size: size - HEADER };
    },
    keep: (tag) => (tag === MESSAGE ? MAX_SQL : 0),
  };
}

/** The section that is the command, or its answer; others hold documents. */
function bodyOf(bytes: Buffer): BsonDocument | null {
  const end = bytes.length >= 4 && bytes.readUInt32LE(0) & CHECKSUM ? bytes.length - 4 : bytes.length;
  for (let at = 4; at + 5 <= end; ) {
    if (bytes[at] === 0) return bsonAt(bytes, at + 1);
    const size = bytes.readInt32LE(at + 1);
    if (size < 4) return null;
    at += 1 + size;
  }
  return null;
}

function searchOf(bytes: Buffer, body: BsonDocument): string | null {
  const [first] = bsonInside(bytes, bsonField(body, 'pipeline'))?.elements ?? [];
  const [stage] = bsonInside(bytes, first ?? null)?.elements ?? [];
  return SEARCHES.get(stage?.name ?? '') ?? null;
}

function askedOf(bytes: Buffer, body: BsonDocument, at: number): Asked {
  const [command] = body.elements;
  const name = command?.name ?? '';
  const known = COMMANDS.has(name);
  const told = bsonText(bytes, name === 'getMore' ? bsonField(body, 'collection') : (command ?? null));
  const database = bsonText(bytes, bsonField(body, '$db'));
  return {
    verb: !known ? 'OTHER' : (searchOf(bytes, body) ?? name.toUpperCase()),
    tables: known && told !== null && told !== '' ? [identifier(told)] : [],
    database: database === null ? null : identifier(database),
    truncated: !known,
    at,
  };
}

/** The first message of a log-in by password: `n,,n=agent,r=…` (RFC 5802). */
function loginOf(bytes: Buffer, body: BsonDocument): string | null {
  const inside = bsonInside(bytes, bsonField(body, 'speculativeAuthenticate')) ?? body;
  const payload = bsonBytes(bytes, bsonField(inside, 'payload'));
  const name = /^[ny][^,]{0,256},[^,]{0,256},n=([^,]{1,256}),/.exec(
    payload?.toString('utf8', 0, 1024) ?? '',
  )?.[1];
  return name === undefined ? null : identifier(name.replaceAll('=2C', ',').replaceAll('=3D', '='));
}

const COUNTED: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'BULKWRITE']);

function rowsOf(bytes: Buffer, verb: string, body: BsonDocument): { rows: number; whole: boolean } {
  const cursor = bsonInside(bytes, bsonField(body, 'cursor'));
  const batch = cursor && (bsonField(cursor, 'firstBatch') ?? bsonField(cursor, 'nextBatch'));
  const found = bsonInside(bytes, batch ?? bsonField(body, 'values'));
  // The last one that begins may be cut: it was returned all the same.
  if (found) return { rows: found.elements.length, whole: found.whole };
  const value = bsonInside(bytes, bsonField(body, 'value'));
  if (value) return { rows: 1, whole: true };
  const n = COUNTED.has(verb) ? bsonNumber(bytes, bsonField(body, 'n')) : 0;
  return { rows: n !== null && Number.isSafeInteger(n) && n > 0 ? n : 0, whole: true };
}

type Request = Asked | 'login' | null;

/** Null: what drivers ask for themselves. @param login what a log-in names. */
function requestOf({ tag, bytes }: Frame, at: number, login: (user: string | null) => void): Request {
  if (tag === COMPRESSED) return { verb: 'OTHER', tables: [], database: null, truncated: true, at };
  const body = tag === MESSAGE ? bodyOf(bytes) : null;
  const name = body?.elements[0]?.name;
  if (!body || name === undefined) return null;
  if (LOGIN.has(name) || bsonField(body, 'speculativeAuthenticate')) login(loginOf(bytes, body));
  if (LOGIN.has(name)) return 'login';
  return OWN.has(name) ? null : askedOf(bytes, body, at);
}

/** `code` is null where it worked. */
type Answer = { rows: number; code: number | null; whole: boolean };
const UNREAD: Answer = { rows: 0, code: null, whole: false };

function answerOf({ tag, bytes, whole }: Frame, verb: string): Answer {
  const body = tag === MESSAGE ? bodyOf(bytes) : null;
  if (!body) return UNREAD;
  if (bsonNumber(bytes, bsonField(body, 'ok')) === 0)
    return { rows: 0, code: bsonNumber(bytes, bsonField(body, 'code')) ?? 0, whole: true };
  const count = rowsOf(bytes, verb, body);
  const code = bsonField(body, 'writeErrors') ? 0 : null;
  return { rows: count.rows, code, whole: whole && count.whole };
}

export function createMongodb(on: OnStatement): Duplex {
  const asked = new Map<number, Asked | 'login'>();
  let user: string | null = null;
  let [own, answered] = [0, 0];

  function say({ at, truncated, ...one }: Asked, { rows, code, whole }: Answer): void {
    const denied = code !== null && DENIED.has(code);
    const told = { ...one, rows, error: code !== null, denied, user, truncated: truncated || !whole };
    on({ protocol: 'mongodb', ...told }, at);
  }
  function flush(): void {
    for (const one of asked.values()) if (one !== 'login') say(one, UNREAD);
    asked.clear();
  }
  function request(frame: Frame, at: number): void {
    const one = requestOf(frame, at, (name) => {
      user = name ?? user;
    });
    if (one === null) return;
    if (asked.size >= MAX_OPEN) flush();
    const alone = frame.tag === MESSAGE && frame.bytes.readUInt32LE(0) & MORE_TO_COME;
    if (alone && one !== 'login') say(one, UNREAD);
    else asked.set(own, one);
  }
  function answer(frame: Frame, at: number): void {
    const one = asked.get(answered);
    asked.delete(answered);
    if (one === undefined) return;
    const told = answerOf(frame, one === 'login' ? 'CONNECT' : one.verb);
    if (one !== 'login') say(one, told);
    else if (told.code !== null)
      say({ verb: 'CONNECT', tables: [], database: null, truncated: false, at }, told);
  }
  const client = grammar((id) => {
    own = id;
  });
  const server = grammar((_, to) => {
    answered = to;
  });
  return { client: side(client, request, flush), server: side(server, answer, flush) };
}

/** Who lost the thread takes it up where a push begins with a message. */
function side(own: Grammar, on: (frame: Frame, at: number) => void, lost: () => void): Decoder {
  const framer = createFramer(own, on, lost);
  return {
    push(bytes, at) {
      if (framer.lost() && beginsMongodb(bytes) === 'yes') framer.use(own);
      framer.push(bytes, at);
    },
    gap: framer.gap,
    end: framer.end,
  };
}

/** Flags that there are: those two, and that an answer may come in many messages. */
const FLAGS = 0x10003;

/** Whether a message begins here; `more`: too few bytes to tell. */
export function beginsMongodb(bytes: Uint8Array): 'yes' | 'more' | 'no' {
  const head = Buffer.alloc(HEADER + 4);
  head.set(bytes.subarray(0, HEADER + 4));
  const whole = bytes.length >= HEADER + 4;
  const [size, code] = [head.readInt32LE(0), head.readInt32LE(12)];
  if (bytes.length >= 4 && (size < HEADER + 4 || size > MAX_MESSAGE)) return 'no';
  if (bytes.length < HEADER) return 'more';
  if (code === REPLY || !CODES.has(code)) return 'no';
  if (code === MESSAGE && (head.readUInt32LE(HEADER) & ~FLAGS) !== 0) return 'no';
  return whole ? 'yes' : 'more';
}

/** What is asked answers nothing. Null: too few bytes to tell. */
export function speakerOfMongodb(bytes: Uint8Array): 'client' | 'server' | null {
  if (bytes.length < HEADER) return null;
  const to = Buffer.from(bytes.buffer, bytes.byteOffset, HEADER).readInt32LE(8);
  return to === 0 ? 'client' : 'server';
}
