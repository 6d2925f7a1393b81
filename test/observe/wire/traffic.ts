/** Real traffic to decode: what a client and a server wrote to each other through a relay that took notes. */

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type {
  Duplex,
  Ending,
  Item,
  OpenExchange,
  RequestHead,
  ResponseHead,
} from '../../../src/observe/wire/types.ts';

/** In the order in which they passed. */
export type Passed = { from: 'client' | 'server'; bytes: Uint8Array };

/** @param client is given the relay's port, and what has passed so far; its end ends the recording. */
export async function record(
  port: number,
  client: (port: number, soFar: readonly Passed[][]) => Promise<void>,
): Promise<Passed[][]> {
  const connections: Passed[][] = [];
  const sockets = new Set<Socket>();
  const relay = createServer((near) => {
    const passed: Passed[] = [];
    connections.push(passed);
    const far = connect(port, '127.0.0.1');
    sockets.add(near).add(far);
    const forward = (from: Passed['from'], to: Socket) => (bytes: Buffer) => {
      passed.push({ from, bytes: Uint8Array.from(bytes) });
      to.write(bytes);
    };
    near
      .on('data', forward('client', far))
      .on('error', () => {})
      .on('end', () => far.end());
    far
      .on('data', forward('server', near))
      .on('error', () => {})
      .on('end', () => near.end());
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  try {
    await client((relay.address() as { port: number }).port, connections);
  } finally {
    for (const socket of sockets) socket.destroy();
    relay.close();
  }
  return connections;
}

/** Feeds a recording, each write cut into pieces of the given sizes, over and over. */
export function feed(duplex: Duplex, passed: readonly Passed[], cuts: readonly number[] = [1 << 20]): void {
  let cut = 0;
  for (const { from, bytes } of passed)
    for (let at = 0; at < bytes.length; ) {
      const size = Math.max(1, cuts[cut++ % cuts.length]!);
      duplex[from].push(bytes.subarray(at, at + size), 1);
      at += size;
    }
  duplex.client.end(2);
  duplex.server.end(2);
}

export type Read = {
  head: RequestHead;
  response: ResponseHead | null;
  items: { side: 'request' | 'response'; item: Item }[];
  ending: Ending | null;
};

/** Keeps all that a decoder shows. */
export function listener(): { open: OpenExchange; reads: Read[] } {
  const reads: Read[] = [];
  const open: OpenExchange = (head) => {
    const read: Read = { head, response: null, items: [], ending: null };
    reads.push(read);
    return {
      item: (side, item) => read.items.push({ side, item: 'bytes' in item ? plain(item) : item }),
      response: (response) => {
        read.response = response;
      },
      end: (ending) => {
        if (read.ending) throw new Error('ended twice');
        read.ending = ending;
      },
    };
  };
  return { open, reads };
}

/** Whether a piece of it was a Buffer is nobody's business. */
function plain<T extends { bytes: Uint8Array }>(item: T): T {
  return { ...item, bytes: Uint8Array.from(item.bytes) };
}

/** A body as text, or the parts of a stream. */
export function said({ items }: Read, side: 'request' | 'response'): string[] {
  return items
    .filter((one) => one.side === side)
    .map(({ item }) => {
      if (item.t === 'body' || item.t === 'message') return Buffer.from(item.bytes).toString('utf8');
      if (item.t === 'sse') return item.data;
      return item.t === 'frame' ? Buffer.from(item.payload).toString('utf8') : item.text;
    });
}

export type Hole = { from: number; size: number; known: boolean };

/** Feeds a recording of which parts were not captured: what is known of them is how long they are, or nothing. */
export function feedTorn(
  duplex: Duplex,
  passed: readonly Passed[],
  holes: readonly Hole[],
  cut: number,
): void {
  let start = 0;
  for (const { from, bytes } of passed) {
    for (let at = 0; at < bytes.length; ) {
      const hole = holes.find((one) => one.from <= start + at && start + at < one.from + one.size);
      const next = holes.map((one) => one.from - start).filter((one) => one > at);
      const to = Math.min(
        bytes.length,
        at + cut,
        ...next,
        hole ? hole.from + hole.size - start : bytes.length,
      );
      if (hole) duplex[from].gap(hole.known ? to - at : 0, 1);
      else duplex[from].push(bytes.subarray(at, to), 1);
      at = to;
    }
    start += bytes.length;
  }
  duplex.client.end(2);
  duplex.server.end(2);
}

export function sizeOf(passed: readonly Passed[]): number {
  return passed.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** Whether it was read without any doubt. */
export function isClean({ ending }: Read): boolean {
  return ending !== null && !ending.truncated && !ending.malformed && !ending.gap && !ending.cut;
}

/** All that was read of an exchange, to compare. */
export function shown(read: Read): string {
  const { head, response, ending } = read;
  const sides = [said(read, 'request'), said(read, 'response')];
  const bytes = [ending?.requestBytes, ending?.responseBytes];
  return JSON.stringify([head.method, head.target, [...head.headers], response?.status, sides, bytes]);
}
