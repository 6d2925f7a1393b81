/** Streams and what passes through them: given to decoders and readers, whose sayings are counted. */
import type { Signal } from '../../model/kinds.ts';
import type { WireOf } from '../../model/wire.ts';
import { bestLauncher, type Launcher } from '../meaning/mcp.ts';
import type { Said, World } from '../meaning/said.ts';
import type { Instance } from '../state/processes.ts';
import type { Run } from '../state/run.ts';
import { treeOf } from '../state/trees.ts';
import { createConnection, resumeConnection } from '../streams/connection.ts';
import { dnsReader } from '../streams/dns-reader.ts';
import { openExchange } from '../streams/exchanges.ts';
import { learnName } from '../streams/names.ts';
import type { Listener } from '../streams/speaker.ts';
import { statementSaid } from '../streams/statements.ts';
import { stdioReader } from '../streams/stdio.ts';
import {
  type Carrier,
  feed,
  inOrder,
  openStream,
  type Reader,
  type Stream,
  settle,
} from '../streams/stream.ts';
import { charge, drop, makeRoom, put, touch } from '../streams/table.ts';
import { readHello } from '../wire/tls-hello.ts';
import type { Decoder } from '../wire/types.ts';
import { instanceOf } from './actor.ts';
import { heard, lineage } from './heard.ts';
import { heardTls, spokeTls } from './unheard.ts';
import { leftUnread } from './unread.ts';

const SIGNAL_OF = {
  openssl: 'tls',
  boringssl: 'tls',
  gnutls: 'tls',
  go: 'tls',
  socket: 'plaintext',
  pipe: 'stdio',
  unix: 'stdio',
  dns: 'dns',
} as const satisfies Record<Carrier, Signal>;

export function onStream(run: Run, record: WireOf<'stream'>): void {
  const instance = instanceOf(run, record);
  const stream = openStream(record, instance, instance.ignored ? 'deaf' : 'new');
  if (SIGNAL_OF[stream.via] === 'tls' && record.role !== 'server') heardTls(instance);
  const gone = put(run.streams, run.wire.pool, stream);
  // Of the others nobody tells when they end: most have.
  if (gone && CONNECTIONS.has(SIGNAL_OF[gone.via]))
    leftUnread(gone.instance, SIGNAL_OF[gone.via], 'forgotten');
}

export function onPayload(run: Run, record: WireOf<'payload'>): void {
  const stream = run.streams.get(record.stream);
  if (!stream) return;
  const { pool } = run.wire;
  stream.instance = instanceOf(run, record);
  stream.last = Math.max(stream.last, record.at);
  touch(run.streams, stream);
  makeRoom(run.streams, pool, record.at);
  const ordered = CONNECTIONS.has(SIGNAL_OF[stream.via]) ? inOrder(stream, record) : [record];
  for (const payload of ordered) {
    stream.reader ??= wake(run, stream);
    feed(stream, payload);
    settle(stream);
  }
  charge(stream, pool);
}

export function onStreamEnd(run: Run, { stream: id, at }: WireOf<'stream-end'>): void {
  const stream = run.streams.get(id);
  if (stream) drop(run.streams, run.wire.pool, stream, at);
}

/** The window ended: what is still open is read as far as it came. */
export function endStreams(run: Run, at: number): void {
  for (const stream of run.streams.values()) drop(run.streams, run.wire.pool, stream, at);
}

/** What tells when its streams end, and of both directions. */
const CONNECTIONS: ReadonlySet<Signal> = new Set(['tls', 'plaintext']);

/** Not yet told to the sensor. */
const MAX_UNWANTED = 10_000;

const DEAF: Decoder = { push: () => {}, gap: () => {}, end: () => {} };

/** Null: nothing of it is wanted. */
function wake(run: Run, stream: Stream): Reader | null {
  const { via, resting, instance, opened } = stream;
  const signal = SIGNAL_OF[via];
  const source = `sensor:${signal}`;
  if (resting === 'deaf') return null;
  if (resting === 'evicted') leftUnread(instance, signal, 'evicted');
  if (via === 'dns')
    return dnsReader(run.names, (said) => heard(run, stream.instance, source, [said]), opened.proto);
  if (signal === 'stdio') return { in: DEAF, out: lineReader(run, stream, source) };
  const listener = listenerOf(run, stream, signal);
  return typeof resting === 'string'
    ? createConnection(listener, opened.role ?? null)
    : resumeConnection(listener, resting);
}

function listenerOf(run: Run, stream: Stream, signal: Signal): Listener {
  const { daddr, dport } = stream.opened;
  const hear = (said: readonly Said[]) => heard(run, stream.instance, `sensor:${signal}`, said);
  return {
    limits: run.wire,
    open: (head) => openExchange(worldOf(run, stream.instance), hear)(head),
    unwanted: () => void (run.unwanted.length < MAX_UNWANTED && run.unwanted.push(stream.id)),
    strange: () => leftUnread(stream.instance, signal, 'strange'),
    hello(bytes, at) {
      spokeTls(stream.instance, at);
      const name = readHello(bytes)?.serverName;
      if (name && daddr !== undefined) learnName(run.names, endpoint(daddr, dport), name);
    },
    statement: (statement, at) => hear(statementSaid(statement, stream.opened, at)),
  };
}

function endpoint(address: string, port: number | undefined): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port ?? 0}`;
}

function lineReader(run: Run, stream: Stream, source: string): Decoder {
  return stdioReader(run.stdio, stream.opened, () => stream.instance, {
    pool: run.wire.pool,
    world: (client) => ({
      ...worldOf(run, client),
      say: (said) => heard(run, client, source, [said]),
    }),
    launcher: (client, server) => launcherBelow(run, client, server),
    started: (client, server) => client !== server && lineage(run, server).includes(client),
  });
}

function worldOf(run: Run, instance: Instance): Omit<World, 'say'> {
  return {
    fingerprint: (text) => run.hash(text),
    keep: (name, create) => keep(run, instance, name, create),
  };
}

function keep<T>(run: Run, instance: Instance, name: string, create: () => T): T {
  const tree = treeOf(run.table, instance);
  const kept = run.kept.get(tree) ?? new Map<string, unknown>();
  run.kept.set(tree, kept);
  if (!kept.has(name)) kept.set(name, create());
  return kept.get(name) as T;
}

/** A package runner starts the server that it fetched: what stands between the two may name it best. */
function launcherBelow(run: Run, client: Instance, server: Instance | null): Launcher | null {
  const chain: Launcher[] = [];
  for (const one of server ? lineage(run, server) : []) {
    if (one === client) break;
    if (one.launcher) chain.unshift(one.launcher);
  }
  return bestLauncher(chain);
}
