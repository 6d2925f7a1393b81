/** The decoder of a connection whose protocol is known, and what is left of it between two messages. */
import { createHttp1 } from '../wire/http1.ts';
import { createHttp2, type Http2Rest } from '../wire/http2.ts';
import type { WireLimits } from '../wire/limits.ts';
import { createMongodb } from '../wire/mongodb.ts';
import { createMysql } from '../wire/mysql.ts';
import { createPostgres } from '../wire/postgres.ts';
import { createRedis } from '../wire/redis.ts';
import type { OnStatement } from '../wire/statement.ts';
import type { Duplex, OpenExchange } from '../wire/types.ts';

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
  /** Nothing could be made of this connection, and it is given up. */
  strange: () => void;
};

/** All that the next message of a connection hangs on while none is under way: a decoder takes many times as much. */
export type Spoken = { protocol: 'http1' } | ({ protocol: 'http2' } & Http2Rest);

export type Speaker = Duplex & {
  /** Null while a message, or its answer, is under way, and where what is to be known is known to the decoder alone. */
  rest(): Spoken | null;
};

const HTTP1: Spoken = { protocol: 'http1' };

export function createSpeaker(
  protocol: 'http1' | 'http2' | 'postgres' | 'mysql' | 'redis' | 'mongodb',
  { open, statement, limits }: Listener,
): Speaker {
  if (protocol === 'http1') return overHttp1(open, limits, false);
  if (protocol === 'http2') return overHttp2(open, limits);
  const create = { postgres: createPostgres, mysql: createMysql, redis: createRedis, mongodb: createMongodb }[
    protocol
  ];
  return { ...create(statement), rest: () => null };
}

/** Goes on where another one came to rest. */
export function wakeSpeaker(spoken: Spoken, { open, limits }: Listener): Speaker {
  return spoken.protocol === 'http1' ? overHttp1(open, limits, true) : overHttp2(open, limits, spoken);
}

function overHttp1(open: OpenExchange, limits: WireLimits, resumed: boolean): Speaker {
  const { client, server, atRest } = createHttp1(open, limits, resumed);
  return { client, server, rest: () => (atRest() ? HTTP1 : null) };
}

function overHttp2(open: OpenExchange, limits: WireLimits, resumed?: Http2Rest): Speaker {
  const { client, server, rest } = createHttp2(open, limits, resumed ? { resumed } : {});
  const spoken = (state: Http2Rest | null): Spoken | null => state && { protocol: 'http2', ...state };
  return { client, server, rest: () => spoken(rest()) };
}
