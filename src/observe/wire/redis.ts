/** Redis and its like: commands by name, keys by the segment before the first colon, indexes of vector searches. */
import { KEYS, LISTED, NO_KEYS, WRITTEN } from './redis-commands.ts';
import { createResp, type RespValue } from './resp.ts';
import { identifier, MAX_OPEN, type OnStatement } from './statement.ts';
import type { Duplex } from './types.ts';

type Asked = {
  verb: string;
  tables: string[];
  bare: boolean;
  truncated: boolean;
  at: number;
  /** What it sets for the connection. */
  sets: readonly string[];
};

const MAX_ARGUMENTS = 64;
/** What they say holds for the rest of the connection. */
const SETTING: ReadonlySet<string> = new Set(['SELECT', 'AUTH', 'HELLO']);
/** From then on the server speaks unasked. */
const SPEAKS: ReadonlySet<string> = new Set('MONITOR SUBSCRIBE PSUBSCRIBE SSUBSCRIBE SYNC PSYNC'.split(' '));
const DENIED = /^(?:NOAUTH|NOPERM|WRONGPASS)\b/;

export function createRedis(on: OnStatement): Duplex {
  const asked: Asked[] = [];
  let user: string | null = null;
  let database: string | null = null;
  let opaque = false;
  let last: 'client' | 'server' | null = null;

  function say(
    { verb, tables, truncated, at }: Asked,
    rows: number,
    error: string | null,
    seen: boolean,
  ): void {
    const denied = error !== null && DENIED.test(error);
    const told = { verb, tables, rows, error: error !== null, denied, database, user };
    on({ protocol: 'redis', ...told, truncated: truncated || !seen }, at);
  }
  function flush(): void {
    for (const one of asked.splice(0)) say(one, 0, null, false);
  }
  function request({ type, size, texts }: RespValue, at: number): void {
    const [name = '', ...rest] = texts;
    if (type !== '*' || size < 1) return;
    if (asked.length >= MAX_OPEN) {
      server.lose();
      flush();
    }
    const word = name.toUpperCase();
    // Nobody knows any more what is answered.
    if (word === 'CLIENT' && rest[0]?.toUpperCase() === 'REPLY') {
      flush();
      opaque = true;
      return;
    }
    const verb = KEYS.has(word) || NO_KEYS.has(word) ? word : 'OTHER';
    const truncated = verb === 'OTHER' || (size > texts.length && LISTED.has(word));
    const sets = SETTING.has(word) ? rest.slice(0, 3) : [];
    const bare = rest.some((one) => one.toUpperCase() === 'NOCONTENT');
    asked.push({ verb, tables: tablesOf(word, rest), bare, truncated, at, sets });
  }
  /** What is true once the server has agreed. */
  function take(verb: string, [first = '', second = '', third = '']: readonly string[]): void {
    if (verb === 'SELECT') database = /^\d{1,4}$/.test(first) ? first : null;
    else if (verb === 'AUTH') user = second === '' ? 'default' : identifier(first);
    else if (verb === 'HELLO' && second.toUpperCase() === 'AUTH') user = identifier(third);
    else if (SPEAKS.has(verb)) opaque = true;
  }
  function answer(value: RespValue): void {
    const { type, texts } = value;
    // Messages that nobody asked for, and attributes of the answer that follows.
    if (type === '>' || type === '|') return;
    const one = asked.shift();
    if (!one) return;
    const error = type === '-' || type === '!' ? (texts[0] ?? '') : null;
    if (error === null) take(one.verb, one.sets);
    say(one, error === null ? rowsOf(one, value) : 0, error, true);
  }

  const client = createResp(request, flush, { elements: MAX_ARGUMENTS, bytes: 128 });
  const server = createResp(answer, flush, { elements: 1, bytes: 32 });

  /** Who begins to speak begins a value. */
  function turn(side: 'client' | 'server'): void {
    if (last === side) return;
    last = side;
    if (side === 'client') {
      if (server.lost()) flush();
      if (client.lost() && asked.length === 0) client.begin();
    } else if (server.lost() && asked.length > 0) server.begin();
  }
  const decoder = (side: 'client' | 'server', resp: typeof client) => ({
    push(bytes: Uint8Array, at: number) {
      if (opaque || bytes.length === 0) return;
      turn(side);
      resp.push(bytes, at);
    },
    gap(missing: number, at: number) {
      if (opaque) return;
      last = side;
      resp.gap(missing, at);
      if (server.lost() || client.lost()) flush();
    },
    end: resp.end,
  });
  return { client: decoder('client', client), server: decoder('server', server) };
}

/** What a client says first. */
export function isCommand(head: Uint8Array): boolean {
  const text = Buffer.from(head.subarray(0, 64)).toString('latin1');
  const word = /^\*\d{1,5}\r\n\$\d{1,2}\r\n([A-Za-z._]{2,20})\r\n/.exec(text)?.[1]?.toUpperCase() ?? '';
  return KEYS.has(word) || NO_KEYS.has(word);
}

function tablesOf(verb: string, rest: readonly string[]): string[] {
  if (verb.startsWith('FT.')) return verb === 'FT._LIST' ? [] : rest.slice(0, 1).map(identifier);
  const keys = KEYS.get(verb)?.(rest) ?? [];
  return [...new Set(keys.map(templateOf))];
}

/** `user:42:name` → `user:*`. What may be somebody's own text is `*`: long numbers, and all that is no plain word. */
export function templateOf(key: string): string {
  const colon = key.indexOf(':');
  const segment = colon < 0 ? key : key.slice(0, colon);
  const plain = /^[A-Za-z_][A-Za-z_.-]{0,31}\d{0,2}$/.test(segment);
  if (!plain) return '*';
  return colon < 0 ? segment : `${segment}:*`;
}

/** Values returned, or keys and members changed. Numbers that are values themselves are not looked at. */
function rowsOf({ verb, bare }: Asked, { type, size, texts: [first = ''], nulls }: RespValue): number {
  if (verb === 'FT.SEARCH' || verb === 'FT.AGGREGATE') {
    const hits = verb === 'FT.SEARCH' && !bare ? (size - 1) / 2 : size - 1;
    return type === '*' && size > 0 ? Math.floor(hits) : 0;
  }
  if (type === ':') return WRITTEN.has(verb) ? Number(/^\d{1,15}$/.exec(first)?.[0] ?? 0) : 0;
  if (type === '$' || type === '=') return size >= 0 && !NO_KEYS.has(verb) ? 1 : 0;
  if (verb === 'HGETALL') return size > 0 ? 1 : 0;
  return LISTED.has(verb) && '*~'.includes(type) ? Math.max(0, size - nulls) : 0;
}
