/** What passes over sockets in the clear, byte for byte as the other side logged it; and what is left alone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coverage, http, type Logging, logging, python, records, watch } from './plain-kit.ts';
import { noProbes, type SensorRun } from './sensor-process.ts';
import { finished, NODE_24, streams } from './tls-kit.ts';

const PYTHON = (port: number) => `
import http.client
c = http.client.HTTPConnection("127.0.0.1", ${port})
for n in (10, 70000):
  c.request("POST", "/%d" % n, b"p" * 50000); assert len(c.getresponse().read()) == n
c.close()`;

const NODE = (port: number) => `
const http = require('node:http');
const agent = new http.Agent({ keepAlive: true });
const ask = (n) => new Promise((resolve) => http.request({ agent, port: ${port}, host: '127.0.0.1', method: 'POST',
  path: '/' + n }, (a) => { let got = 0; a.on('data', (d) => { got += d.length; }).on('end', () => resolve(got)); })
  .end('n'.repeat(40000)));
(async () => { for (const n of [10, 200000]) if (await ask(n) !== n) process.exit(1); agent.destroy(); })();`;

/** Every system call that moves bytes through a socket; and a peek, which moves none. */
const CALLS = (port: number) => `
import os, socket
s = socket.create_connection(("127.0.0.1", ${port})); fd = s.fileno()
rest = [b"host: x\\r\\n", b"a: %s\\r\\n" % (b"v" * 9000), b"\\r\\n"]
os.write(fd, b"GET /3 HTTP/1.1\\r\\n"); os.writev(fd, rest); s.recv(10, socket.MSG_PEEK); os.read(fd, 100)
s.send(b"GET /4 HTTP/1.1\\r\\n"); s.sendmsg(rest); b = [bytearray(7), bytearray(100)]; os.readv(fd, b)
s.sendmsg([b"GET /20000 ", b"HTTP/1.1\\r\\n\\r\\n"]); got = 0
while got < 20042: got += s.recvmsg_into([bytearray(100), bytearray(9000)])[0]
s.close()`;

type Client = { name: string; command: string; args: (port: number) => string[] };
const CLIENTS: Client[] = [
  {
    name: 'curl',
    command: 'curl',
    args: (p) => ['-s', '-d', 'x'.repeat(30000), `http://127.0.0.1:${p}/50000`],
  },
  { name: 'python', command: 'python3', args: (p) => ['-c', PYTHON(p)] },
  { name: 'node', command: NODE_24, args: (p) => ['-e', NODE(p)] },
  { name: 'every system call', command: 'python3', args: (p) => ['-S', '-c', CALLS(p)] },
];

/** The kernel's own hooks, and the exits of system calls that stand in for them before 6.3. */
const HOOKS: [string, string[]][] = [
  ['by the socket hooks', []],
  ['by the exits of calls', ['--refuse', 'plaintext_sent,plaintext_received']],
];

describe.skipIf(noProbes).each(HOOKS)('HTTP in the clear, %s', (_, options) => {
  let server: Logging;
  beforeAll(async () => {
    server = await logging(http);
  });
  afterAll(() => server.close());

  it.each(CLIENTS)('of $name is what the server logged', async ({ command, args }) => {
    const run = await watch('plaintext', ...options);
    const from = server.talks.length;
    const client = await finished(command, args(server.port));
    await run.stop();
    expect(client.code).toBe(0);
    expect(run.invalid).toEqual([]);
    const [stream, ...more] = streams(run).filter((s) => s.record.pid === client.pid);
    expect(more).toEqual([]);
    expect(stream!.record).toMatchObject({
      via: 'socket',
      role: 'client',
      daddr: '127.0.0.1',
      dport: server.port,
    });
    expect(server.talks).toHaveLength(from + 1);
    expect(stream!.out.equals(server.talks[from]!.in)).toBe(true);
    expect(stream!.in.equals(server.talks[from]!.out)).toBe(true);
    const end = run.of('stream-end').find((e) => e.stream === stream!.record.stream);
    expect(end).toMatchObject({ in: stream!.in.length, out: stream!.out.length });
    const { attempted, delivered, lost } = coverage(run, 'plaintext');
    expect([attempted, lost]).toEqual([delivered, 0]);
    expect(delivered).toBe(records(run));
  });

  it('shows the server its side', async () => {
    const run = await watch('plaintext', ...options);
    const program = `
import http.server, threading, urllib.request
class H(http.server.BaseHTTPRequestHandler):
  protocol_version = "HTTP/1.1"
  def do_GET(self):
    self.send_response(200); self.send_header("content-length", "5"); self.end_headers(); self.wfile.write(b"hello")
  def log_message(self, *a): pass
s = http.server.HTTPServer(("127.0.0.1", 0), H)
threading.Thread(target=s.serve_forever, daemon=True).start()
print(urllib.request.urlopen("http://127.0.0.1:%d/x" % s.server_port).read().decode())`;
    const { stdout } = await python(program);
    await run.stop();
    expect(stdout.trim()).toBe('hello');
    const both = streams(run);
    expect(both.map((s) => s.record.role).sort()).toEqual(['client', 'server']);
    const [client, other] = [
      both.find((s) => s.record.role === 'client')!,
      both.find((s) => s.record.role === 'server')!,
    ];
    expect(client.out.equals(other.in)).toBe(true);
    expect(client.in.equals(other.out)).toBe(true);
    expect(client.in.toString()).toMatch(/^HTTP\/1.1 200 OK[\s\S]*hello$/);
  });
});

describe.skipIf(noProbes)('bytes that cannot be read', () => {
  it('of sendfile are told by their number, and counted as truncated', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ai-spm-sendfile-'));
    writeFileSync(join(folder, 'body'), Buffer.alloc(100_000, 'b'));
    const server = await logging(() => undefined);
    const run = await watch('plaintext');
    await python(
      'import os, socket',
      `s = socket.create_connection(("127.0.0.1", ${server.port}))`,
      's.sendall(b"HTTP/1.1 200 OK\\r\\ncontent-length: 100000\\r\\n\\r\\n")',
      `f = os.open("${folder}/body", 0); at = 0`,
      'while at < 100000: at += os.sendfile(s.fileno(), f, at, 100000 - at)',
      's.send(b"HTTP/1.1 204 No Content\\r\\n\\r\\n"); s.close()',
    );
    await run.stop();
    server.close();
    rmSync(folder, { recursive: true });
    const sent = run.of('payload');
    expect(sent[0]).toMatchObject({ off: 0, len: 43 });
    const body = sent.slice(1, -1);
    expect(body.every((p) => p.data === '')).toBe(true);
    expect(body.reduce((sum, p) => sum + p.len, 0)).toBe(100_000);
    expect(sent.at(-1)).toMatchObject({ off: 100_043, len: 27 });
    expect(coverage(run, 'plaintext').truncated).toBe(body.length);
  });
});

describe.skipIf(noProbes)('connections that are there before', () => {
  it('are taken up at their next request', async () => {
    const server = await logging(http);
    const program = [
      'import http.client, sys',
      `c = http.client.HTTPConnection("127.0.0.1", ${server.port})`,
      'c.request("GET", "/5"); c.getresponse().read(); print("up", flush=True)',
      'sys.stdin.readline(); c.request("GET", "/7"); c.getresponse().read(); c.close()',
    ];
    const { waiting } = await import('./sensor-process.ts');
    const client = await waiting('python3', '-c', program.join('\n'));
    const run: SensorRun = await watch('plaintext');
    client.stdin!.end('\n');
    await new Promise((resolve) => client.on('close', resolve));
    await run.stop();
    server.close();
    const [stream] = streams(run);
    expect(stream!.out.toString()).toMatch(/^GET \/7 /);
    expect(stream!.in.toString()).toMatch(/^HTTP\/1.1 200 OK\r\ncontent-length: 7/);
  });
});
