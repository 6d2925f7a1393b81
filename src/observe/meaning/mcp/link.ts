/** One client and one server, as the reader of a transport holds them. */
import type { Said, SessionRef, World } from '../said.ts';
import { type Asked, createPending, type Pending } from './pending.ts';
import { type Server, subjectOf } from './server.ts';

/** How well the text of a message was read. */
export type Reading = {
  /** It was longer than what was captured; what is here was read. */
  cut: boolean;
  /** A key came twice in one object: others may have read the other value. */
  duplicates: boolean;
};

export type Link = {
  world: World;
  server: Server;
  /** What the protocol calls this run; undefined: not known, or it has no sessions. */
  session: () => SessionRef | undefined;
  /** Requests of the client that wait, here. */
  asked: Pending;
  /** Requests that came on other exchanges of this session. */
  elsewhere: Pending | null;
  /** Requests that wait on exchanges of this session that are open now. */
  open: ReadonlySet<Pending>;
  /** Requests of the server. */
  askedBack: Pending;
  /** Results of tasks are asked for later: which tool they are of. */
  tasks: Map<string, string>;
  /** MCP was recognised. Before that nothing is said: other protocols are JSON-RPC too. */
  spoken: boolean;
  /** Of the HTTP response that is being read. */
  status: number | null;
};

export function createLink(
  world: World,
  server: Server,
  session: Link['session'],
  shared: Partial<Link> = {},
): Link {
  return {
    world,
    server,
    session,
    asked: createPending(),
    elsewhere: null,
    open: new Set(),
    askedBack: createPending(),
    tasks: new Map(),
    spoken: false,
    status: null,
    ...shared,
  };
}

/** With the identity and the session of the link. */
export function say(link: Link, said: Said, asked: Asked | null = null): void {
  const trace = asked?.trace ?? null;
  const session = link.session() ?? (trace === null ? undefined : { scheme: 'trace' as const, id: trace });
  const principal = link.server.origin.principal ?? null;
  link.world.say({ ...said, ...(principal === null ? {} : { principal }), ...(session ? { session } : {}) });
}

/** Of the server itself. Count 0: it was counted, or nothing was asked of it. */
export function saySelf(link: Link, said: Partial<Said> & { at: number }, asked: Asked | null = null): void {
  const { server } = link;
  const words = { ...server.words, ...said.words };
  say(link, { kind: 'mcp-server', subject: subjectOf(server), count: 0, ...said, words }, asked);
}
