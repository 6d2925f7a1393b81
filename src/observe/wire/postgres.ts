/**
 * PostgreSQL's protocol 3.0 (manual §55): both directions of one connection, from its startup message or from where
 * both sides can be read again. What is encrypted in it is not read: its plaintext is a connection of its own.
 */
import {
  CANCEL,
  CHOICE,
  CLIENT,
  GSS,
  isDenied,
  SERVER,
  SSL,
  STARTUP,
  sqlState,
  strings,
  tagRows,
} from './postgres-messages.ts';
import { createFramer, type Frame } from './sql-frames.ts';
import { LOG_IN, type Shape, shapesOf, UNKNOWN } from './sql-shape.ts';
import type { Dialect } from './sql-tokens.ts';
import { identifier, MAX_OPEN, MAX_SQL, type OnStatement, remember } from './statement.ts';
import type { Duplex } from './types.ts';

/** What the client asked for, and the server answers in order. */
type Asked = {
  type: 'parse' | 'bind' | 'describe' | 'close' | 'execute' | 'query' | 'sync';
  shapes: readonly Shape[];
  /** Of the shape whose answer is being read. */
  next: number;
  rows: number;
  /** There are statements behind the bound. */
  cut: boolean;
  at: number;
};

/** Of its length; no message's type is zero. */
const STARTUP_BEGINS = 0;

export function createPostgres(on: OnStatement): Duplex {
  const dialect: Dialect = { protocol: 'postgres', backslash: false };
  const prepared = new Map<string, Shape>();
  const portals = new Map<string, Shape>();
  let asked: Asked[] = [];
  let user: string | null = null;
  let database: string | null = null;
  let phase: 'new' | 'login' | 'ready' | 'opaque' = 'new';
  let last: 'client' | 'server' | null = null;
  /** The server has said that it waits. */
  let idle = true;
  /** The server's first message behind a loss. */
  let fresh = false;

  type Outcome = { rows?: number; state?: string; truncated?: boolean };
  function say(shape: Shape, at: number, { rows = 0, state, truncated = false }: Outcome): void {
    const { verb, tables } = shape;
    const failed = state !== undefined;
    on(
      {
        protocol: 'postgres',
        verb,
        tables,
        rows: failed ? 0 : rows,
        error: failed,
        denied: failed && isDenied(state),
        database,
        user,
        truncated: truncated || shape.truncated,
      },
      at,
    );
  }
  /** Nobody will know how these were answered. */
  function flush(): void {
    const open = asked;
    asked = [];
    for (const { type, shapes, next, rows, at } of open)
      if (type === 'execute' || type === 'query')
        for (const [i, shape] of shapes.slice(next).entries())
          say(shape, at, { rows: i === 0 ? rows : 0, truncated: true });
  }

  function ask(type: Asked['type'], shapes: readonly Shape[], at: number, cut = false): void {
    if (asked.length >= MAX_OPEN) {
      server.lose();
      flush();
    }
    idle = false;
    asked.push({ type, shapes, next: 0, rows: 0, cut, at });
  }
  function parsed(sql: string, whole: boolean): Shape[] {
    const shapes = shapesOf(sql.slice(0, MAX_SQL), dialect);
    return whole ? shapes : shapes.map((shape) => ({ ...shape, truncated: true }));
  }
  function startup({ tag, bytes }: Frame): void {
    if (tag === SSL || tag === GSS) server.use(CHOICE);
    else if (tag === CANCEL) opaque();
    else login(bytes);
  }
  function login(bytes: Buffer): void {
    const fields = strings(bytes, 128);
    for (let i = 0; i + 1 < fields.length; i += 2) {
      if (fields[i] === 'user') user = identifier(fields[i + 1]!);
      if (fields[i] === 'database') database = identifier(fields[i + 1]!);
    }
    database ??= user;
    phase = 'login';
    client.use(CLIENT);
    server.use(SERVER);
  }
  function opaque(): void {
    phase = 'opaque';
    asked = [];
  }
  const REQUESTS: Record<string, (frame: Frame, at: number) => void> = {
    Q({ bytes, whole }, at) {
      const text = strings(bytes, 1)[0] ?? '';
      ask('query', parsed(text, whole), at, !whole);
    },
    P({ bytes, whole }, at) {
      const [name = '', text = ''] = strings(bytes, 2);
      const shape = parsed(text, whole && text.length <= MAX_SQL)[0];
      if (shape) remember(prepared, name, shape);
      else prepared.delete(name);
      ask('parse', shape ? [shape] : [], at);
    },
    B({ bytes }, at) {
      const [portal = '', name = ''] = strings(bytes, 2);
      const shape = prepared.get(name) ?? UNKNOWN;
      remember(portals, portal, shape);
      ask('bind', [shape], at);
    },
    E({ bytes }, at) {
      ask('execute', [portals.get(strings(bytes, 1)[0] ?? '') ?? UNKNOWN], at);
    },
    D({ bytes }, at) {
      const known = bytes[0] === 0x53 ? prepared : portals;
      ask('describe', [known.get(strings(bytes.subarray(1), 1)[0] ?? '') ?? UNKNOWN], at);
    },
    C({ bytes }, at) {
      (bytes[0] === 0x53 ? prepared : portals).delete(strings(bytes.subarray(1), 1)[0] ?? '');
      ask('close', [], at);
    },
    S: (_, at) => ask('sync', [], at),
    // Answered like a query that says nothing.
    F: (_, at) => ask('query', [], at),
  };

  function done(tag: string): void {
    const [head] = asked;
    if (head?.type !== 'execute' && head?.type !== 'query') return;
    const verb = /^[A-Z]{1,20}/.exec(tag)?.[0] ?? 'OTHER';
    const shape = head.shapes[head.next] ?? (head.cut ? { ...UNKNOWN, verb } : null);
    if (shape) say(shape, head.at, { rows: Math.max(head.rows, tagRows(tag)) });
    head.next += 1;
    head.rows = 0;
    if (head.type === 'execute') asked.shift();
  }
  /** The rest of what was asked together is not run. */
  function failed(state: string, at: number): void {
    const [head] = asked;
    if (!head && phase === 'login') say(LOG_IN, at, { state });
    const shape = head?.shapes[head.next];
    if (head && shape) say(shape, head.at, { state });
    if (head) Object.assign(head, { next: head.shapes.length, cut: false });
    while (asked.length > 0 && asked[0]!.type !== 'sync' && asked[0]!.type !== 'query') asked.shift();
  }
  function ready(): void {
    phase = 'ready';
    const end = asked.findIndex(({ type }) => type === 'sync' || type === 'query');
    asked.splice(0, end + 1);
    idle = asked.length === 0;
  }
  const over = (type: Asked['type']): void => {
    if (asked[0]?.type === type) asked.shift();
  };
  const ANSWERS: Record<string, (frame: Frame, at: number) => void> = {
    1: () => over('parse'),
    2: () => over('bind'),
    3: () => over('close'),
    n: () => over('describe'),
    T: () => over('describe'),
    I: () => over('execute'),
    D: () => {
      if (asked[0]) asked[0].rows += 1;
    },
    C: ({ bytes }) => done(strings(bytes, 1)[0] ?? ''),
    s: () => done(''),
    E: ({ bytes }, at) => failed(sqlState(bytes), at),
    S: ({ bytes }) => {
      const [name, value] = strings(bytes, 2);
      if (name === 'standard_conforming_strings') dialect.backslash = value === 'off';
    },
    Z: ready,
  };
  function answer(frame: Frame, at: number): void {
    const type = String.fromCharCode(frame.tag);
    if (phase === 'new') {
      // The answer to a request for encryption.
      if (type !== 'N') opaque();
    } else if (fresh && type === 'D') server.lose();
    else ANSWERS[type]?.(frame, at);
    // What continues a lost answer is no answer to what was asked since.
    fresh = false;
  }

  const client = createFramer(
    STARTUP,
    (frame, at) => {
      if (phase === 'new') startup(frame);
      else REQUESTS[String.fromCharCode(frame.tag)]?.(frame, at);
    },
    () => {
      flush();
      prepared.clear();
      portals.clear();
    },
  );
  const server = createFramer(SERVER, answer, flush);
  server.lose();

  /** Who begins to speak begins a message: there a side that was lost is read again. */
  function turn(side: 'client' | 'server', bytes: Uint8Array): void {
    if (last === side) return;
    last = side;
    if (side === 'client') {
      if (server.lost()) flush();
      const older = phase === 'new' && bytes[0] !== STARTUP_BEGINS;
      if (older) phase = 'ready';
      if (older || (phase !== 'new' && client.lost() && (idle || server.lost()))) client.use(CLIENT);
    } else if (phase !== 'new' && server.lost() && asked.length > 0) {
      server.use(SERVER);
      fresh = true;
    }
  }
  const decoder = (side: 'client' | 'server', framer: typeof client) => ({
    push(bytes: Uint8Array, at: number) {
      if (phase === 'opaque' || bytes.length === 0) return;
      turn(side, bytes);
      framer.push(bytes, at);
    },
    gap(missing: number, at: number) {
      if (phase === 'opaque') return;
      last = side;
      framer.gap(missing, at);
      if (server.lost()) flush();
    },
    end: framer.end,
  });
  return { client: decoder('client', client), server: decoder('server', server) };
}
