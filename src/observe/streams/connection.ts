/** A connection of which only the bytes are known: waits until one side says what it speaks. */
import { createHttp1 } from '../wire/http1.ts';
import { createHttp2 } from '../wire/http2.ts';
import type { WireLimits } from '../wire/limits.ts';
import { createMysql } from '../wire/mysql.ts';
import { isLogin } from '../wire/mysql-packets.ts';
import { createPostgres } from '../wire/postgres.ts';
import { createRedis, isCommand } from '../wire/redis.ts';
import { sideOf, sniff } from '../wire/sniff.ts';
import type { OnStatement } from '../wire/statement.ts';
import type { Decoder, Duplex, OpenExchange } from '../wire/types.ts';
import type { Direction, Reader } from './stream.ts';

export type Listener = {
  /** Shared by all connections, so that many hostile ones hold no more than one. */
  limits: WireLimits;
  /** For exchanges that this process asks. What others ask of it is not its own doing, and not listened to. */
  open: OpenExchange;
  /** For statements that this process sends to a database. */
  statement: OnStatement;
  /** The server's name in the client's hello. */
  hello: (bytes: Uint8Array, at: number) => void;
  /** Nothing more of this connection is of use: the sensor need not copy it. */
  unwanted: () => void;
};

type Held = { dir: Direction; bytes: Uint8Array | null; missing: number; at: number };

/** Until the protocol is known. */
const MAX_HELD = 64 * 1024;
const SNIFFED = 4096;

const OTHER = { in: 'out', out: 'in' } as const;

/** @param role who connected, where the sensor knows; else who speaks first like a client is it. */
export function createConnection(listener: Listener, role: 'client' | 'server' | null): Reader {
  let held: Held[] = [];
  let heldBytes = 0;
  let reader: Reader | null = null;
  let deaf = false;

  function begin(duplex: Duplex, clientSide: Direction): void {
    const serverSide = OTHER[clientSide];
    reader = { [clientSide]: duplex.client, [serverSide]: duplex.server } as Reader;
    for (const { dir, bytes, missing, at } of held)
      if (bytes) reader[dir].push(bytes, at);
      else reader[dir].gap(missing, at);
    held = [];
  }
  function ignore(): void {
    deaf = true;
    held = [];
    listener.unwanted();
  }
  function decide(dir: Direction): void {
    const head = firstBytes(held, dir);
    const found = recognise(head, dir, role);
    if (found === 'more' && heldBytes < MAX_HELD) return;
    if (found === 'more' || found === 'nothing') {
      // The other side may still say it: a server's first frames look like nothing by themselves.
      if (heldBytes >= MAX_HELD || (found === 'nothing' && firstBytes(held, OTHER[dir]).length > 0)) ignore();
      return;
    }
    const client = found.clientSide === 'out';
    if (found.protocol === 'tls') {
      if (client) listener.hello(head, held[0]?.at ?? 0);
      ignore();
      return;
    }
    if (client) begin(duplexOf(found.protocol, listener), found.clientSide);
    else ignore();
  }
  function side(dir: Direction): Decoder {
    return {
      push(bytes, at) {
        if (deaf) return;
        if (reader) return reader[dir].push(bytes, at);
        held.push({ dir, bytes, missing: 0, at });
        heldBytes += bytes.length;
        decide(dir);
      },
      gap(missing, at) {
        if (deaf) return;
        if (reader) return reader[dir].gap(missing, at);
        held.push({ dir, bytes: null, missing, at });
        if (held.length > 1024) ignore();
      },
      end: (at) => reader?.[dir].end(at),
    };
  }
  return { in: side('in'), out: side('out') };
}

type Protocol = 'http1' | 'http2' | 'tls' | 'postgres' | 'mysql' | 'redis';
type Found = { protocol: Protocol; clientSide: Direction } | 'more' | 'nothing';

function recognise(head: Uint8Array, dir: Direction, role: 'client' | 'server' | null): Found {
  const protocol = isLogin(head) ? 'mysql' : sniff(head);
  if (protocol === 'more') return 'more';
  if (protocol === 'unknown' || protocol === 'json-rpc') return 'nothing';
  // Answers look like commands, but for their first word.
  if (protocol === 'redis' && role === null && !isCommand(head)) return 'nothing';
  const byRole = role === null ? null : role === 'client' ? 'out' : 'in';
  return { protocol, clientSide: byRole ?? (sideOf(protocol, head) === 'server' ? OTHER[dir] : dir) };
}

function duplexOf(protocol: Exclude<Protocol, 'tls'>, { open, statement, limits }: Listener): Duplex {
  if (protocol === 'postgres') return createPostgres(statement);
  if (protocol === 'mysql') return createMysql(statement);
  if (protocol === 'redis') return createRedis(statement);
  return protocol === 'http1' ? createHttp1(open, limits) : createHttp2(open, limits);
}

function firstBytes(held: readonly Held[], dir: Direction): Uint8Array {
  const own = held.filter((one) => one.dir === dir);
  const until = own.findIndex(({ bytes }) => bytes === null);
  const parts = (until < 0 ? own : own.slice(0, until)).flatMap(({ bytes }) => bytes ?? []);
  return parts.length === 1 ? parts[0]!.subarray(0, SNIFFED) : Buffer.concat(parts).subarray(0, SNIFFED);
}
