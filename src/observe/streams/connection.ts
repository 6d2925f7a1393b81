/** A connection of which only the bytes are known: waits until one side says what it speaks. */
import { isLogin } from '../wire/mysql-packets.ts';
import { isCommand } from '../wire/redis.ts';
import { type Protocol, sideOf, sniff } from '../wire/sniff.ts';
import type { Decoder } from '../wire/types.ts';
import { createSpeaker, type Listener, type Speaker, type Spoken, wakeSpeaker } from './speaker.ts';
import type { Direction, Reader, Rest } from './stream.ts';

type Held = { dir: Direction; bytes: Uint8Array | null; missing: number; at: number };

/** Until the protocol is known. */
const MAX_HELD = 64 * 1024;
const MAX_PIECES = 1024;
const SNIFFED = 4096;
/** One that is older than the sensor may be in the middle of a message: so many turns, and bytes, it has to end. */
const MAX_TRIES = 32;
const MAX_STRANGE = 1024 * 1024;

const OTHER = { in: 'out', out: 'in' } as const;

/** Goes on where a connection came to rest. */
export function resumeConnection(listener: Listener, spoken: Spoken): Reader {
  return readerOf(wakeSpeaker(spoken, listener));
}

function readerOf({ client, server, rest }: Speaker): Reader {
  const spoken = (one: Spoken | null): Rest | null => one && { spoken: one };
  return { out: client, in: server, rest: () => spoken(rest()) };
}

/** @param role who connected, where the sensor knows; else who speaks first like a client is it. */
export function createConnection(listener: Listener, role: 'client' | 'server' | null): Reader {
  const { pool } = listener.limits;
  let held: Held[] = [];
  let heldBytes = 0;
  let speaker: Speaker | null = null;
  let deaf = false;
  let tries = 0;
  let strange = 0;
  let latest: Direction | null = null;

  function decoder(dir: Direction): Decoder | null {
    return speaker && (dir === 'out' ? speaker.client : speaker.server);
  }
  function drop(): Held[] {
    const all = held;
    if (pool) pool.left += heldBytes;
    held = [];
    heldBytes = 0;
    return all;
  }
  function begin(protocol: Exclude<Found['protocol'], 'tls'>): void {
    speaker = createSpeaker(protocol, listener);
    for (const { dir, bytes, missing, at } of drop())
      if (bytes) decoder(dir)?.push(bytes, at);
      else decoder(dir)?.gap(missing, at);
  }
  function ignore(): void {
    deaf = true;
    drop();
    listener.unwanted();
  }
  /** Both sides said nothing that is known: that may have been the middle of something. */
  function tryLater(): void {
    tries++;
    strange += heldBytes;
    drop();
    if (tries >= MAX_TRIES || strange >= MAX_STRANGE) giveUp();
  }
  function giveUp(): void {
    listener.strange();
    ignore();
  }

  function decide(dir: Direction): void {
    const head = firstBytes(held, dir);
    const found = recognise(head, dir, role);
    const full = heldBytes >= MAX_HELD || held.length > MAX_PIECES;
    if (found === 'more' && !full) return;
    if (found === 'more' || found === 'nothing') {
      // The other side may still say it: a server's first frames look like nothing by themselves.
      if (full || firstBytes(held, OTHER[dir]).length > 0) tryLater();
      return;
    }
    const client = found.clientSide === 'out';
    if (client && found.protocol === 'tls') listener.hello(head, held[0]?.at ?? 0);
    if (client && found.protocol !== 'tls') begin(found.protocol);
    else ignore();
  }
  /** Only where the turn passes to the other side a message is sure to begin. */
  function isWithin(dir: Direction, size: number): boolean {
    const within = tries > 0 && held.length === 0 && dir === latest;
    latest = dir;
    if (within) strange += size;
    if (within && strange >= MAX_STRANGE) giveUp();
    return within;
  }
  function hold(piece: Held, size: number): void {
    if (pool && pool.left < size) {
      giveUp();
      return;
    }
    if (pool) pool.left -= size;
    held.push(piece);
    heldBytes += size;
  }
  function wait(dir: Direction, bytes: Uint8Array, at: number): void {
    if (isWithin(dir, bytes.length)) return;
    const piece: Held = { dir, bytes, missing: 0, at };
    hold(piece, bytes.length);
    if (!deaf) decide(dir);
    // What it was cut from may be large, and used again.
    if (held.at(-1) === piece) piece.bytes = new Uint8Array(bytes);
  }

  function side(dir: Direction): Decoder {
    return {
      push(bytes, at) {
        if (deaf) return;
        const known = decoder(dir);
        if (known) known.push(bytes, at);
        else wait(dir, bytes, at);
      },
      gap(missing, at) {
        if (deaf) return;
        const known = decoder(dir);
        if (known) return known.gap(missing, at);
        if (isWithin(dir, 0)) return;
        // Nobody knows where in a message it goes on.
        if (firstBytes(held, dir).length === 0 || held.length > MAX_PIECES) tryLater();
        else held.push({ dir, bytes: null, missing, at });
      },
      end: (at) => decoder(dir)?.end(at),
    };
  }
  /** What it took to find out is of no more use once it is known. */
  const rest = (): Rest | null => (deaf ? 'deaf' : speaker && { reader: readerOf(speaker) });
  return { in: side('in'), out: side('out'), rest };
}

type Found = { protocol: Exclude<Protocol, 'json-rpc'>; clientSide: Direction };

function recognise(
  head: Uint8Array,
  dir: Direction,
  role: 'client' | 'server' | null,
): Found | 'more' | 'nothing' {
  const protocol = isLogin(head) ? 'mysql' : sniff(head);
  if (protocol === 'more') return 'more';
  if (protocol === 'unknown' || protocol === 'json-rpc') return 'nothing';
  // Answers look like commands, but for their first word.
  if (protocol === 'redis' && role === null && !isCommand(head)) return 'nothing';
  const byRole = role === null ? null : role === 'client' ? 'out' : 'in';
  return { protocol, clientSide: byRole ?? (sideOf(protocol, head) === 'server' ? OTHER[dir] : dir) };
}

function firstBytes(held: readonly Held[], dir: Direction): Uint8Array {
  const own = held.filter((one) => one.dir === dir);
  const until = own.findIndex(({ bytes }) => bytes === null);
  const parts = (until < 0 ? own : own.slice(0, until)).flatMap(({ bytes }) => bytes ?? []);
  return parts.length === 1 ? parts[0]!.subarray(0, SNIFFED) : Buffer.concat(parts).subarray(0, SNIFFED);
}
