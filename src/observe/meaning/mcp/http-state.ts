/** What exchanges over HTTP share: the server they go to, and the session that they are of. Bounded, latest used last. */
import type { RequestHead } from '../../wire/types.ts';
import { segmentTemplate } from '../endpoint.ts';
import { placeOf } from '../request-target.ts';
import type { SessionRef, World } from '../said.ts';
import { bearerOf } from './bearer.ts';
import { createPending, type Pending } from './pending.ts';
import { createServer, type Server, type Transport } from './server.ts';

export type Session = {
  server: Server;
  ref: SessionRef | undefined;
  /** Requests whose answers come on another exchange: of the transport of 2024-11-05, or resumed. */
  elsewhere: Pending;
  /** Requests on exchanges that are open now. */
  open: Set<Pending>;
  askedBack: Pending;
  tasks: Map<string, string>;
  /** Event streams of the transport of 2024-11-05, on which all answers come. */
  streams: number;
  spoken: boolean;
};

export type HttpState = {
  servers: Map<string, Server>;
  /** By server and session id. */
  sessions: Map<string, Session>;
  /** By the address that an `endpoint` event named. */
  endpoints: Map<string, Session>;
};

const MAX_SERVERS = 256;
const MAX_SESSIONS = 1024;

export function httpState(world: World): HttpState {
  return world.keep('mcp-http', () => ({ servers: new Map(), sessions: new Map(), endpoints: new Map() }));
}

/** One (server, identity), and its key. */
export function serverOf(state: HttpState, world: World, head: RequestHead, transport: Transport): Server {
  const authority = addressOf(head, world);
  const principal = bearerOf(head.headers, world);
  const key = `${authority}\0${principal ?? ''}`;
  return cached(state.servers, MAX_SERVERS, key, () =>
    createServer(world, { transport, authority, principal }),
  );
}

/** Host and path. What is no plain word in the path may be a key of the user: it is told apart by a keyed hash. */
function addressOf(head: RequestHead, { fingerprint }: World): string {
  const { authority, segments } = placeOf(head);
  const path = segments.slice(0, 8).map((segment) => {
    const plain = segmentTemplate(segment);
    return plain === segment ? segment : `{${fingerprint(segment).slice(0, 8)}}`;
  });
  return `${authority}/${path.join('/')}`;
}

export function sessionOf(state: HttpState, server: Server, id: string): Session {
  const key = `${server.origin.authority}\0${server.origin.principal ?? ''}\0${id}`;
  const ref = { scheme: 'mcp' as const, id };
  return cached(state.sessions, MAX_SESSIONS, key, () => createSession(server, ref));
}

export function endSession(state: HttpState, server: Server, id: string): void {
  state.sessions.delete(`${server.origin.authority}\0${server.origin.principal ?? ''}\0${id}`);
}

export function createSession(server: Server, ref: SessionRef | undefined): Session {
  return {
    server,
    ref,
    elsewhere: createPending(),
    open: new Set(),
    askedBack: createPending(),
    tasks: new Map(),
    streams: 0,
    spoken: false,
  };
}

/** An event stream of 2024-11-05 names where to post, and with that its session. Null: this is no address. */
export function openEndpoint(
  state: HttpState,
  server: Server,
  head: RequestHead,
  named: string,
): Session | null {
  const url = urlOf(named.trim().slice(0, 4096), head);
  if (!url) return null;
  const id = url.searchParams.get('sessionId') ?? url.searchParams.get('session_id') ?? url.pathname;
  const create = () => createSession(server, { scheme: 'mcp', id: id.slice(0, 512) });
  return cached(state.endpoints, MAX_SESSIONS, endpointKey(url), create);
}

export function endpointOf(state: HttpState, head: RequestHead): Session | null {
  if (state.endpoints.size === 0) return null;
  const url = urlOf(head.target.slice(0, 4096), head);
  return (url && state.endpoints.get(endpointKey(url))) ?? null;
}

function urlOf(target: string, { authority, target: base }: RequestHead): URL | null {
  try {
    return new URL(target, new URL(base, `http://${authority}`));
  } catch {
    return null;
  }
}

function endpointKey({ host, pathname, search }: URL): string {
  return `${host}${pathname}${search}`;
}

function cached<T>(map: Map<string, T>, most: number, key: string, create: () => T): T {
  const value = map.get(key) ?? create();
  map.delete(key);
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value!);
  return value;
}
