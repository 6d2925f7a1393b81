/**
 * JSON-RPC over pipes and socketpairs. Only writes are seen, each writing end a stream of its own: the client writes
 * into what is the server's standard input, the server into another. They are joined by the inode behind the
 * server's descriptor 0; a server that has put its pipes elsewhere is known by what it answers.
 */
import type { WireOf } from '../../model/wire.ts';
import { createMcpChannel, type Launcher, type McpChannel } from '../meaning/mcp.ts';
import type { World } from '../meaning/said.ts';
import { type Instance, processKey } from '../state/processes.ts';
import type { Pool } from '../wire/hold.ts';
import { createLines, type RpcMessage } from '../wire/json-rpc.ts';
import type { Decoder } from '../wire/types.ts';
import { answers, createCalls, type OpenCalls } from './open-calls.ts';
import { guessServer, isGreeting, learnServer, type Named, type ServerNames } from './stdio-names.ts';

type Opened = WireOf<'stream'>;
type From = 'client' | 'server';
type Waiting = { from: From; message: RpcMessage; at: number };

/** A client's writing end, and the server behind it once that has answered. */
type Pair = {
  stream: string;
  client: Instance;
  server: Instance | null;
  /** In which it answers. */
  answer: string | null;
  /** Null until the server is known, or has kept silent for too long: how it was started is part of its name. */
  channel: McpChannel | null;
  /** How it was started, once that was looked for. */
  launcher: Launcher | null;
  /** Its client is known to talk to it by name. */
  learnt: boolean;
  waiting: Waiting[];
  /** Messages that could not be read while there was no channel. */
  unreadable: number;
  calls: OpenCalls;
};

export type Stdio = {
  /** By the inode that the server reads from. */
  pairs: Map<string, Pair>;
  /** By the server's process. */
  serving: Map<string, Pair>;
  names: ServerNames;
};

export type Surroundings = {
  /** What all decoders may hold together. */
  pool: Pool | undefined;
  /** Of the client's process tree. */
  world: (client: Instance) => World;
  /** How the server was started, as far as its ancestors below the client tell. */
  launcher: (client: Instance, server: Instance | null) => Launcher | null;
  /** Whether the client started the process, or who did. */
  started: (client: Instance, server: Instance) => boolean;
};

const MAX_PAIRS = 4096;
const MAX_WAITING = 64;

export function createStdio(): Stdio {
  return { pairs: new Map(), serving: new Map(), names: new Map() };
}

/** @param writer the process of the latest payload. */
export function stdioReader(
  stdio: Stdio,
  opened: Opened,
  writer: () => Instance,
  around: Surroundings,
): Decoder {
  const own = (): Pair | null => ownPair(stdio, opened, writer());
  /** Messages that could not be read, before it was known who says them to whom. */
  let unread = 0;
  const sayUnread = (pair: Pair, at: number): void => {
    unreadable(pair, unread, at);
    unread = 0;
  };
  const hear = (message: RpcMessage, at: number): void => {
    const asked =
      askedBy(stdio, opened, writer()) ?? answered(stdio, opened, writer(), { message, at }, around);
    const pair = asked ?? own();
    if (!pair) return;
    deliver(stdio, pair, asked ? 'server' : 'client', message, at, around);
    sayUnread(pair, at);
  };
  const malformed = (at: number): void => {
    unread++;
    const pair = askedBy(stdio, opened, writer()) ?? stdio.pairs.get(inodeRead(opened));
    if (pair) sayUnread(pair, at);
  };
  const lines = createLines(hear, { malformed, ...(around.pool ? { pool: around.pool } : {}) });
  return {
    push: (bytes, at) => lines.push(bytes, at),
    gap(missing, at) {
      lines.gap(missing, at);
      (askedBy(stdio, opened, writer()) ?? own())?.channel?.gap(at);
    },
    end(at) {
      lines.end(at);
      const pair = stdio.pairs.get(inodeRead(opened));
      if (pair?.stream === opened.stream) close(stdio, inodeRead(opened), pair, at, around);
    },
  };
}

/** The tool that a process was called for and has not answered yet; null: none, or nobody can tell which. */
export function servedCall(stdio: Stdio, instance: Instance): string | null {
  return stdio.serving.get(keyOf(instance))?.calls.latest() ?? null;
}

/** The inode that the reading process has: a pipe's own, a socketpair's other end. */
function inodeRead({ ino, peer_ino }: Opened): string {
  return peer_ino ?? ino ?? '';
}

function keyOf({ pid, start }: Instance): string {
  return processKey(pid, start);
}

/** The pair that this writer answers in: somebody was seen writing into its standard input, and this is its output. */
function askedBy(stdio: Stdio, { stdin_ino, fd = 1, stream }: Opened, writer: Instance): Pair | null {
  const serving = stdio.serving.get(keyOf(writer));
  if (serving?.answer === stream) return serving;
  const pair = stdin_ino === undefined || fd !== 1 ? undefined : stdio.pairs.get(stdin_ino);
  if (!pair || pair.stream === stream || pair.client === writer) return null;
  if (!pair.server) serve(stdio, pair, writer, stream);
  return pair;
}

function serve(stdio: Stdio, pair: Pair, server: Instance, stream: string): void {
  pair.server = server;
  pair.answer = stream;
  stdio.serving.set(keyOf(server), pair);
}

/** The one pair of a client above this writer that waits for just this answer. What it wrote before was the server's. */
function answered(
  stdio: Stdio,
  opened: Opened,
  writer: Instance,
  { message, at }: Omit<Waiting, 'from'>,
  around: Surroundings,
): Pair | null {
  const open = [...stdio.pairs.values()].filter(
    ({ server, stream, client, waiting }) =>
      server === null &&
      stream !== opened.stream &&
      waiting.some(({ message: asked }) => answers(asked.value, message.value)) &&
      around.started(client, writer),
  );
  const [pair] = open;
  if (!pair || open.length > 1) return null;
  serve(stdio, pair, writer, opened.stream);
  const own = stdio.pairs.get(inodeRead(opened));
  if (own?.stream !== opened.stream) return pair;
  stdio.pairs.delete(inodeRead(opened));
  for (const one of own.waiting) deliver(stdio, pair, 'server', one.message, Math.min(one.at, at), around);
  unreadable(pair, own.unreadable, at);
  return pair;
}

function ownPair(stdio: Stdio, opened: Opened, client: Instance): Pair | null {
  const inode = inodeRead(opened);
  const known = stdio.pairs.get(inode);
  if (known) return known;
  if (stdio.pairs.size >= MAX_PAIRS) return null;
  const pair: Pair = {
    stream: opened.stream,
    client,
    server: null,
    answer: null,
    channel: null,
    launcher: null,
    learnt: false,
    waiting: [],
    unreadable: 0,
    calls: createCalls(),
  };
  stdio.pairs.set(inode, pair);
  return pair;
}

function deliver(
  stdio: Stdio,
  pair: Pair,
  from: From,
  message: RpcMessage,
  at: number,
  around: Surroundings,
): void {
  if (!pair.channel) {
    pair.waiting.push({ from, message, at });
    if (pair.server || pair.waiting.length >= MAX_WAITING) begin(stdio, pair, around);
    return;
  }
  pass(stdio, pair, { from, message, at });
}

function begin(stdio: Stdio, pair: Pair, around: Surroundings): void {
  const { client, server } = pair;
  const guessed = server ? null : guess(stdio, pair, around);
  pair.launcher = guessed ? guessed.launcher : around.launcher(client, server);
  pair.channel = createMcpChannel(around.world(client), {
    transport: 'stdio',
    launcher: pair.launcher,
    subject: guessed?.subject,
  });
  const at = pair.waiting.at(-1)?.at ?? 0;
  for (const one of pair.waiting.splice(0)) pass(stdio, pair, one);
  unreadable(pair, pair.unreadable, at);
}

/** Of a server that did not answer: one of those that the client has started, or that it knows. */
function guess(stdio: Stdio, { client, waiting }: Pair, around: Surroundings): Named | null {
  const [first] = waiting;
  const known = [...stdio.serving.values()].filter((pair) => pair.client === client);
  const started = client.started.filter(
    (child) =>
      (child.exited === null || child.exited >= (first?.at ?? 0)) &&
      !known.some(({ server }) => server && (server === child || around.started(child, server))),
  );
  const launchers = started.flatMap((child) => around.launcher(client, child) ?? []);
  return guessServer(stdio.names, client, launchers, isGreeting(first?.message.value));
}

function unreadable(pair: Pair, count: number, at: number): void {
  if (!pair.channel) pair.unreadable += count;
  else for (let i = 0; i < count; i++) pair.channel.unreadable(at);
}

function pass(stdio: Stdio, pair: Pair, { from, message, at }: Waiting): void {
  const { channel, calls, client, launcher } = pair;
  if (from === 'client') calls.asked(message.value);
  channel?.message(from, message.value, at, message);
  if (from === 'client') return;
  calls.answered(message.value);
  const subject = pair.learnt ? null : (channel?.server() ?? null);
  if (subject === null) return;
  learnServer(stdio.names, client, { subject, launcher });
  pair.learnt = true;
}

function close(stdio: Stdio, inode: string, pair: Pair, at: number, around: Surroundings): void {
  if (!pair.channel && pair.waiting.length > 0) begin(stdio, pair, around);
  pair.channel?.end(at);
  stdio.pairs.delete(inode);
  if (pair.server) stdio.serving.delete(keyOf(pair.server));
}
