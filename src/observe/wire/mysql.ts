/**
 * The client/server protocol of MySQL and MariaDB: both directions of one connection, from its greeting, from the log-in
 * (inside of TLS) or from a command. What is encrypted or compressed in it is not read.
 */
import { type Asked, COMMANDS, KNOWN, LATEST, MAX_COLUMNS, SINGLE } from './mysql-commands.ts';
import * as wire from './mysql-packets.ts';
import { createFramer, type Frame } from './sql-frames.ts';
import { LOG_IN, type Shape, shapesOf, UNKNOWN } from './sql-shape.ts';
import type { Dialect } from './sql-tokens.ts';
import { identifier, MAX_OPEN, MAX_SQL, type OnStatement, remember } from './statement.ts';
import type { Duplex } from './types.ts';

export function createMysql(on: OnStatement): Duplex {
  const dialect: Dialect = { protocol: 'mysql', backslash: true };
  const prepared = new Map<number, Shape>();
  let latest: Shape = UNKNOWN;
  let asked: Asked[] = [];
  let who: { user: string | null; database: string | null } = { user: null, database: null };
  let phase: 'new' | 'login' | 'ready' | 'opaque' = 'new';
  let offered = -1;
  let flags = 0;
  let last: 'client' | 'server' | null = null;
  /** The client sends a file. */
  let infile = false;
  /** The end of column definitions may be to come, of a statement that is prepared already. */
  let tail = false;

  type Outcome = { rows?: number; code?: number; truncated?: boolean };
  function say({ verb, tables, ...shape }: Shape, at: number, outcome: Outcome): void {
    const { rows = 0, code, truncated = false } = outcome;
    const [error, denied] = [code !== undefined, code !== undefined && wire.isDenied(code)];
    const told = { verb, tables, rows: error ? 0 : rows, error, denied, ...who };
    on({ protocol: 'mysql', ...told, truncated: truncated || shape.truncated }, at);
  }
  function flush(): void {
    const open = asked;
    asked = [];
    infile = false;
    tail = false;
    for (const { type, shapes, next, rows, at } of open)
      if (type === 'rows')
        for (const [i, shape] of shapes.slice(next).entries())
          say(shape, at, { rows: i === 0 ? rows : 0, truncated: true });
  }
  function broken(): void {
    server.lose();
    flush();
  }
  function ask(type: Asked['type'], shapes: readonly Shape[], at: number, more: Partial<Asked> = {}): void {
    if (asked.length >= MAX_OPEN) broken();
    const begin = { next: 0, rows: 0, cut: false, step: 'first', left: 0, fresh: false } as const;
    asked.push({ type, shapes, at, ...begin, ...more });
  }
  function opaque(): void {
    phase = 'opaque';
    asked = [];
  }

  function login(bytes: Buffer): void {
    const found = wire.handshake(bytes);
    if (!found) return;
    flags = found.flags & offered;
    if (found.flags & wire.TLS && bytes.length === 32) opaque();
    else {
      phase = 'login';
      who = { user: found.user, database: found.database };
    }
  }
  function request({ tag, bytes, size, whole }: Frame, at: number): void {
    if (infile || tag >= wire.CONTINUES) return;
    if (phase === 'new' && tag > 0) login(bytes);
    else if (tag === 0 && size > 0) {
      phase = 'ready';
      command(bytes, whole && size <= MAX_SQL, at);
    }
  }
  function parsed(bytes: Buffer, from: number, whole: boolean): Shape[] {
    const shapes = shapesOf(bytes.toString('utf8', from, Math.min(bytes.length, from + MAX_SQL)), dialect);
    return whole ? shapes : shapes.map((shape) => ({ ...shape, truncated: true }));
  }
  function command(bytes: Buffer, whole: boolean, at: number): void {
    const code = bytes[0]!;
    const id = bytes.length >= 5 ? bytes.readUInt32LE(1) : 0;
    const shape = id === LATEST ? latest : (prepared.get(id) ?? UNKNOWN);
    if (code === COMMANDS.query)
      ask('rows', parsed(bytes, wire.queryText(bytes), whole), at, { cut: !whole });
    else if (code === COMMANDS.prepare) {
      latest = parsed(bytes, 1, whole)[0] ?? UNKNOWN;
      ask('prepare', [latest], at);
    } else if (code === COMMANDS.execute || code === COMMANDS.bulkExecute) ask('rows', [shape], at);
    else if (code === COMMANDS.fetch) ask('rows', [shape], at, { step: 'rows' });
    else if (code === COMMANDS.initDb) {
      const use = identifier(bytes.toString('utf8', 1, 512));
      ask('rows', [{ verb: 'USE', tables: [], truncated: false, use }], at);
    } else if (code === COMMANDS.processInfo) ask('rows', [], at);
    else if (code === COMMANDS.fieldList) ask('fields', [], at);
    else if (code === COMMANDS.changeUser) {
      who = wire.changed(bytes);
      prepared.clear();
      ask('login', [], at);
    } else if (code === COMMANDS.close) prepared.delete(id);
    else if (code === COMMANDS.binlogDump || code === COMMANDS.binlogDumpGtid) opaque();
    else if (SINGLE.has(code)) {
      if (code === COMMANDS.reset) prepared.clear();
      ask('one', [], at);
    } else if (!KNOWN.has(code)) {
      client.lose();
      unknownFromHere();
    }
  }
  function unknownFromHere(): void {
    flush();
    prepared.clear();
    latest = UNKNOWN;
  }

  function answer(frame: Frame, at: number): void {
    if (frame.tag >= wire.CONTINUES || frame.size === 0) return;
    infile = false;
    if (phase === 'new') greeting(frame, at);
    else if (phase === 'login') loggedIn(frame.bytes, at);
    else reply(frame, at);
  }
  function reply(frame: Frame, at: number): void {
    const { bytes, tag, size } = frame;
    const definitionsEnd = tail && bytes[0] === 0xfe && size === 5 && tag !== 1;
    tail = false;
    const [head] = asked;
    if (!head || definitionsEnd || wire.isProgress(bytes)) return;
    if (bytes[0] === 0xff) failed(head, bytes, at);
    else if (head.type === 'prepare') preparing(head, frame);
    else if (head.type !== 'rows') {
      const last = head.type === 'login' ? 0 : 0xfe;
      if (head.type === 'one' || bytes[0] === last) asked.shift();
    } else if (head.step === 'first') firstOf(head, frame);
    else if (head.step === 'rows') row(head, frame);
    else {
      head.left -= 1;
      if (head.left === 0) head.step = 'rows';
    }
  }
  function greeting({ bytes, tag }: Frame, at: number): void {
    if (tag === 0 && bytes[0] === 10) offered = wire.greeted(bytes) ?? -1;
    else if (tag === 0 && bytes[0] === 0xff) say(LOG_IN, at, { code: wire.codeOf(bytes) });
    else server.lose();
  }
  function loggedIn(bytes: Buffer, at: number): void {
    if (bytes[0] === 0xff) say(LOG_IN, at, { code: wire.codeOf(bytes) });
    if (bytes[0] !== 0) return;
    phase = 'ready';
    if (!(flags & (wire.COMPRESS | wire.ZSTD))) return;
    say(UNKNOWN, at, {});
    opaque();
  }
  function failed(head: Asked, bytes: Buffer, at: number): void {
    const code = wire.codeOf(bytes);
    const shape = head.type === 'login' ? LOG_IN : head.shapes[head.next];
    if (shape) say(shape, head.type === 'login' ? at : head.at, { code });
    asked.shift();
    if (head.type !== 'prepare') return;
    // Run without waiting for its preparation: it is not there, which is no second attempt.
    for (const one of asked) if (one.shapes[0] === shape) one.shapes = [];
  }
  function preparing(head: Asked, { bytes, size }: Frame): void {
    if (head.step === 'first') {
      if (bytes[0] !== 0 || bytes.length < 9) broken();
      if (asked[0] !== head) return;
      remember(prepared, bytes.readUInt32LE(1), head.shapes[0]!);
      const described = !(flags & wire.OPTIONAL_METADATA && bytes[12] === 0);
      head.left = described ? bytes.readUInt16LE(5) + bytes.readUInt16LE(7) : 0;
      head.step = 'columns';
    } else if (bytes[0] !== 0xfe || size !== 5) head.left -= 1;
    if (head.left > 0) return;
    tail = true;
    asked.shift();
  }
  function row(head: Asked, frame: Frame): void {
    const { bytes, size } = frame;
    const definitions = head.fresh;
    head.fresh = false;
    if (bytes[0] !== 0xfe || size >= 0xffffff) head.rows += 1;
    else if (size > 5) finish(head, wire.okay(bytes).status, false);
    else {
      const status = bytes.length >= 5 ? bytes.readUInt16LE(3) : 0;
      if (!definitions || status & wire.CURSOR_EXISTS) finish(head, status, false);
    }
  }
  function firstOf(head: Asked, { bytes, size }: Frame): void {
    const optional = (flags & wire.OPTIONAL_METADATA) !== 0 && size < 5 && bytes[0]! <= 1;
    if (bytes[0] === 0xfb) infile = true;
    else if (bytes[0] === 0 && !optional) {
      const { rows, status } = wire.okay(bytes);
      head.rows = Math.max(head.rows, rows);
      const { use } = head.shapes[head.next] ?? UNKNOWN;
      if (use !== null) who.database = use;
      finish(head, status, true);
    } else {
      const [columns, end] = wire.lenenc(bytes, optional ? 1 : 0);
      // MariaDB says behind the count whether definitions follow, MySQL before it.
      const described = optional ? bytes[0] === 1 : size === end || bytes[end] !== 0;
      if (columns === 0 || columns > MAX_COLUMNS) broken();
      else Object.assign(head, { step: described ? 'columns' : 'rows', left: columns, fresh: true });
    }
  }
  /** A procedure's results end with a packet that says so. */
  function finish(head: Asked, status: number, last: boolean): void {
    dialect.backslash = (status & wire.NO_BACKSLASH_ESCAPES) === 0;
    const more = (status & wire.MORE_RESULTS) !== 0;
    const shape = head.shapes[head.next] ?? (head.cut ? UNKNOWN : null);
    Object.assign(head, { step: 'first', left: 0, fresh: false });
    if (more && !last && shape?.verb === 'CALL') return;
    if (shape) say(shape, head.at, { rows: head.rows });
    head.next += 1;
    head.rows = 0;
    if (!more) asked.shift();
  }

  const client = createFramer(wire.clientPackets(), request, unknownFromHere);
  const server = createFramer(wire.serverPackets(), answer, flush);

  /** Who begins to speak begins a packet: there a side that was lost is read again, if it is one as it should be. */
  function turn(side: 'client' | 'server', bytes: Uint8Array): void {
    if (last === side) return;
    last = side;
    const size = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8) | ((bytes[2] ?? 0) << 16);
    if (side === 'client') {
      if (server.lost()) flush();
      const whole = bytes[3] === 0 && size + 4 === bytes.length && KNOWN.has(bytes[4]!);
      if (client.lost() && asked.length === 0 && whole) client.use(wire.clientPackets());
    } else if (phase === 'new' && (bytes[3] ?? 0) > 0) server.lose();
    else if (server.lost() && asked.length > 0 && bytes[3] === 1 && size > 0 && size < 1024)
      server.use(wire.serverPackets());
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
