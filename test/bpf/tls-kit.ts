/** TLS peers that log what they truly said, and the sensor's streams put together to be held against it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { WireOf } from '../../src/model/wire.ts';
import { encodeCommand } from '../../src/sources/sensor/commands.ts';
import { checkpoint, type SensorRun } from './sensor-process.ts';

export const LIBSSL = '/usr/lib/x86_64-linux-gnu/libssl.so.3';
export const LIBGNUTLS = '/usr/lib/x86_64-linux-gnu/libgnutls.so.30';
export const NODE_20 = '/usr/bin/node';
export const NODE_24 = process.execPath;

/** A folder with a self-made certificate for localhost: `key.pem`, `cert.pem`. */
export function certificate(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ai-spm-tls-'));
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...key, ...files, ...subject], { stdio: 'ignore' });
  return folder;
}

/**
 * A server of HTTP by hand: `GET /N` and `POST /N` answer with N bytes. Each connection's plaintext is printed when it
 * ends, as the server read and wrote it.
 */
const SERVER = `
const { readFileSync } = require('node:fs');
const { createServer } = require('node:tls');
const folder = process.argv[1];
const read = (name) => readFileSync(folder + '/' + name + '.pem');
createServer({ key: read('key'), cert: read('cert') }, (socket) => {
  let came = Buffer.alloc(0), taken = 0;
  const sent = [];
  socket.on('error', () => {}).on('data', (chunk) => {
    came = Buffer.concat([came, chunk]);
    for (let end; (end = came.indexOf('\\r\\n\\r\\n', taken)) >= 0; ) {
      const head = came.subarray(taken, end).toString();
      const body = Number(/content-length: (\\d+)/i.exec(head)?.[1] ?? 0);
      if (came.length < end + 4 + body) return;
      taken = end + 4 + body;
      const n = Number(/ \\/(\\d+)/.exec(head)[1]);
      const answer = Buffer.concat([
        Buffer.from('HTTP/1.1 200 OK\\r\\ncontent-length: ' + n + '\\r\\n\\r\\n'),
        Buffer.from(Array.from({ length: n }, (_, i) => 32 + (i * 7 + n) % 95)),
      ]);
      sent.push(answer);
      socket.write(answer);
      if (/connection: close/i.test(head)) socket.end();
    }
  }).on('close', () => console.log(JSON.stringify({ in: came.toString('base64'), out: Buffer.concat(sent).toString('base64') })));
}).listen(0, '127.0.0.1', function () { console.log(JSON.stringify({ port: this.address().port })); });
`;

export type Talk = { in: Buffer; out: Buffer };
export type Server = { child: ChildProcess; port: number; talks: Talk[]; stop: () => void };

export async function startServer(node: string, folder: string): Promise<Server> {
  const child = spawn(node, ['-e', SERVER, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const talks: Talk[] = [];
  const port = await new Promise<number>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.endsWith('}')) return; // it was stopped in the middle of its last line
      const said = JSON.parse(line) as { port?: number; in: string; out: string };
      if (said.port !== undefined) resolve(said.port);
      else talks.push({ in: Buffer.from(said.in, 'base64'), out: Buffer.from(said.out, 'base64') });
    });
  });
  return { child, port, talks, stop: () => child.kill() };
}

/** Node as a client that keeps its connection. Its argument is the port. */
export const ASK_TWICE = `
const https = require('node:https');
const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });
const ask = (n) => new Promise((resolve) => https.request({ agent, port: process.argv[1], host: 'localhost',
  method: 'POST', path: '/' + n }, (a) => { let got = 0; a.on('data', (d) => { got += d.length; }).on('end', () => resolve(got)); })
  .end('n'.repeat(40000)));
(async () => { for (const n of [10, 200000]) if (await ask(n) !== n) process.exit(1); agent.destroy(); })();`;

let request = 1000;

/** Pid 0: the path as the sensor sees it. */
export async function image(
  run: SensorRun,
  path: string,
  who: { pid: number; start: string } = { pid: 0, start: '0' },
  op: 'image-attach' | 'image-detach' = 'image-attach',
): Promise<WireOf<'image'>> {
  const req = ++request;
  run.child.stdin!.write(encodeCommand(op, req, { ...who, path }));
  return run.until(() => run.of('image').find((r) => r.req === req), `an answer to ${op} ${path}`);
}

export type Stream = Talk & { record: WireOf<'stream'>; ended: boolean; calls: number };

/** Streams with their bytes; throws where an offset does not continue, or bytes were not captured. */
export function streams(run: SensorRun, pid?: number): Stream[] {
  return run
    .of('stream')
    .filter((record) => pid === undefined || record.pid === pid)
    .map((record) => {
      const mine = run.of('payload').filter((p) => p.stream === record.stream);
      const ended = run.of('stream-end').some((e) => e.stream === record.stream);
      return { record, in: joined(mine, 'in'), out: joined(mine, 'out'), ended, calls: mine.length };
    });
}

function joined(payloads: readonly WireOf<'payload'>[], dir: 'in' | 'out'): Buffer {
  const parts = payloads.filter((p) => p.dir === dir).sort((a, b) => a.off - b.off);
  let at = 0;
  for (const p of parts) {
    const data = Buffer.from(p.data, 'base64');
    if (p.off !== at || data.length !== p.len)
      throw new Error(`gap at ${at}: ${p.off}, ${p.len}, ${data.length}`);
    at += p.len;
  }
  return Buffer.concat(parts.map((p) => Buffer.from(p.data, 'base64')));
}

/** Runs a program to its end, whatever it answers. */
export async function finished(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ pid: number; stdout: string; code: number | null }> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { pid: child.pid!, stdout, code };
}

/** Waits until the server has logged so many connections, and the sensor has passed on all that it had. */
export async function settled(run: SensorRun, server: Server, talks: number): Promise<void> {
  await run.until(() => server.talks.length >= talks, `${talks} connections in the server's log`);
  await checkpoint(run);
}

export function script(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

export const hex = (path: string) => readFileSync(path).toString('hex');
