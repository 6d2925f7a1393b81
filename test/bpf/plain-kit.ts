/** Peers that speak in the clear and log what they truly said. */
import { createServer, type Server, type Socket } from 'node:net';
import type { Signal } from '../../src/model/kinds.ts';
import type { WireOf } from '../../src/model/wire.ts';
import { type SensorRun, startSensor } from './sensor-process.ts';
import { finished, type Talk } from './tls-kit.ts';

/** Nothing but what this test starts: others share the machine. */
export const watch = (family: Signal, ...args: string[]): Promise<SensorRun> =>
  startSensor('--families', `process,${family}`, '--pid-tree', String(process.pid), ...args);

export type Logging = { server: Server; port: number; talks: Talk[]; close: () => void };

/** A server in this process, which the sensor ignores; `answer` gets each chunk and what came before it. */
export async function logging(
  answer: (socket: Socket, chunk: Buffer, before: Buffer) => Buffer | undefined,
  where: { host: string; port?: number } | { path: string } = { host: '127.0.0.1' },
): Promise<Logging> {
  const talks: Talk[] = [];
  const server = createServer((socket) => {
    const talk = { in: Buffer.alloc(0), out: Buffer.alloc(0) };
    talks.push(talk);
    socket
      .on('error', () => {})
      .on('data', (chunk) => {
        const said = answer(socket, chunk, talk.in);
        talk.in = Buffer.concat([talk.in, chunk]);
        if (!said) return;
        talk.out = Buffer.concat([talk.out, said]);
        socket.write(said);
      });
  });
  await new Promise<void>((resolve) => {
    server.listen('path' in where ? where : { port: 0, ...where }, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { server, port, talks, close: () => server.close() };
}

/** `GET|POST /N`: answers N bytes once the request is whole. */
export function http(socket: Socket, chunk: Buffer, before: Buffer): Buffer | undefined {
  const all = Buffer.concat([before, chunk]);
  const start = Math.max(all.lastIndexOf('GET /'), all.lastIndexOf('POST /'));
  const end = all.indexOf('\r\n\r\n', start);
  const head = all.toString('latin1', start, end);
  const body = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  if (start < 0 || end < 0 || all.length < end + 4 + body) return undefined;
  const n = Number(/ \/(\d+)/.exec(head)![1]);
  if (/connection: close/i.test(head)) setImmediate(() => socket.end());
  const bytes = Buffer.from(Array.from({ length: n }, (_, i) => 97 + ((i * 7 + n) % 26)));
  return Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${n}\r\n\r\n`), bytes]);
}

export const python = (...lines: string[]) => finished('python3', ['-S', '-c', lines.join('\n')]);

/** Last coverage of a signal, summed over cgroups. */
export function coverage(run: SensorRun, signal: Signal) {
  const last = new Map(run.of('coverage').map((c) => [`${c.cg} ${c.signal}`, c]));
  const sum = { attempted: 0, delivered: 0, lost: 0, truncated: 0, collapsed: 0 };
  for (const row of last.values())
    if (row.signal === signal)
      for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += row[key];
  return sum;
}

/** Records of streams, all families. */
export const records = (run: SensorRun): number =>
  run.of('stream').length + run.of('payload').length + run.of('stream-end').length;

/** Bytes of one direction that no payload stands for, up to the last that came. */
export function gaps(payloads: readonly WireOf<'payload'>[]): { missing: number; end: number } {
  const ordered = [...payloads].sort((a, b) => a.off - b.off);
  let end = 0;
  let missing = 0;
  for (const { off, len } of ordered) {
    missing += off - end;
    end = off + len;
  }
  return { missing, end };
}
