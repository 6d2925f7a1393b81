/** Questions for names and their answers, by the resolvers that programs really use, against a server that logs. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WireOf } from '../../src/model/wire.ts';
import { coverage, python, records, watch } from './plain-kit.ts';
import { noProbes, type SensorRun } from './sensor-process.ts';
import { finished, NODE_24 } from './tls-kit.ts';

const ADDRESS = '127.0.0.77';
const ADDRESS_6 = '::1';

type Log = { questions: string[]; answers: string[] };

/** Answers A with 10.99.0.2 and all else with nothing (RFC 1035 4.1). */
function answerTo(question: Buffer): Buffer {
  const end = question.indexOf(0, 12) + 5;
  const isA = question.readUInt16BE(end - 4) === 1;
  const head = Buffer.from(question.subarray(0, end));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(isA ? 1 : 0, 6);
  head.fill(0, 8, 12);
  const record = Buffer.from('c00c000100010000003c00040a630002', 'hex');
  return isA ? Buffer.concat([head, record]) : head;
}

function udp(address: string, log: Log): Socket {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (question, from) => {
    const answer = answerTo(question);
    log.questions.push(question.toString('hex'));
    log.answers.push(answer.toString('hex'));
    socket.send(answer, from.port, from.address);
  });
  return socket.bind(53, address);
}

/** Each message after its length (RFC 1035 4.2.2). */
function tcp(log: Log): Server {
  const server = createServer((socket) => {
    let came = Buffer.alloc(0);
    socket
      .on('error', () => {})
      .on('data', (chunk) => {
        came = Buffer.concat([came, chunk]);
        if (came.length < 2 || came.length < 2 + came.readUInt16BE(0)) return;
        const answer = answerTo(came.subarray(2));
        const framed = Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 255]), answer]);
        log.questions.push(came.toString('hex'));
        log.answers.push(framed.toString('hex'));
        socket.end(framed);
      });
  });
  return server.listen(53, ADDRESS);
}

const question = (name: string) =>
  Buffer.concat([
    Buffer.from('123401000001000000000000', 'hex'),
    ...name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from('0000010001', 'hex'),
  ]).toString('hex');

const NODE = `
const r = new (require('node:dns').promises.Resolver)(); r.setServers(['${ADDRESS}']);
r.resolve4('node.example').then((a) => console.log(a[0]));`;

/** Every call that sends or receives a message; one socket that asks two servers; and pieces of one message. */
const CALLS = `
import os, socket
q = bytes.fromhex("${question('calls.example')}")
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.sendto(q, ("${ADDRESS}", 53)); u.recvfrom(4096)
u.sendmsg([q[:7], q[7:]], [], 0, ("${ADDRESS}", 53)); u.recvmsg(4096)
c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); c.connect(("${ADDRESS}", 53))
c.send(q); c.recv(4096, socket.MSG_PEEK); c.recv(4096)
os.write(c.fileno(), q); os.read(c.fileno(), 4096)
os.writev(c.fileno(), [q[:1], q[1:]]); c.recvmsg_into([bytearray(9), bytearray(900)])
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.sendto(q, ("${ADDRESS_6}", 53)); s.recv(4096)
print("10.99.0.2")`;

const TCP = `
import socket, struct
q = bytes.fromhex("${question('tcp.example')}")
s = socket.create_connection(("${ADDRESS}", 53)); s.sendall(struct.pack(">H", len(q)) + q)
n = struct.unpack(">H", s.recv(2))[0]; got = b""
while len(got) < n: got += s.recv(n - len(got))
s.close(); print("10.99.0.2")`;

type Client = { name: string; proto: 'udp' | 'tcp'; command: string; args: string[]; ask?: string };

const HOOKS: [string, string[]][] = [
  ['by the socket hooks', []],
  ['by the exits of calls', ['--refuse', 'dns_sent,dns_received']],
];

describe.skipIf(noProbes).each(HOOKS)('names, %s', (_, options) => {
  const folder = mkdtempSync(join(tmpdir(), 'ai-spm-dns-'));
  const conf = join(folder, 'resolv.conf');
  const log: Log = { questions: [], answers: [] };
  const sockets: (Socket | Server)[] = [];

  const CLIENTS: Client[] = [
    {
      // In a mount namespace of its own, with our server: glibc asks for both families by one sendmmsg.
      name: 'glibc',
      proto: 'udp',
      command: 'unshare',
      args: ['-m', 'sh', '-c', `mount --bind ${conf} /etc/resolv.conf; exec getent ahosts glibc.example`],
    },
    { name: 'c-ares of node', proto: 'udp', command: NODE_24, args: ['-e', NODE] },
    { name: 'every system call', proto: 'udp', command: 'python3', args: ['-S', '-c', CALLS] },
    { name: 'TCP', proto: 'tcp', command: 'python3', args: ['-S', '-c', TCP] },
  ];

  beforeAll(async () => {
    writeFileSync(conf, `nameserver ${ADDRESS}\n`);
    sockets.push(udp(ADDRESS, log), udp(ADDRESS_6, log), tcp(log));
    await Promise.all(sockets.map((socket) => once(socket, 'listening')));
  });
  afterAll(() => {
    for (const socket of sockets) socket.close();
    rmSync(folder, { recursive: true });
  });

  it.each(CLIENTS)('asked by $name are what the server logged, as are its answers', async (client) => {
    log.questions.length = log.answers.length = 0;
    const run = await watch('dns', ...options);
    const { pid, stdout } = await finished(client.command, client.args);
    await run.stop();
    expect(stdout).toContain('10.99.0.2');
    expect(run.invalid).toEqual([]);
    for (const stream of run.of('stream'))
      expect(stream).toMatchObject({ pid, via: 'dns', proto: client.proto, role: 'client', dport: 53 });
    const servers = new Set(run.of('stream').map((s) => s.daddr));
    const both = client.name === 'every system call' ? [ADDRESS, ADDRESS_6] : [ADDRESS];
    expect(servers).toEqual(new Set(both));
    // A stream of bytes may be read in pieces; a datagram is one record.
    const whole = (dir: 'in' | 'out') => {
      const messages = said(run, dir);
      return client.proto === 'tcp' ? [messages.join('')] : messages;
    };
    expect(whole('out')).toEqual(log.questions);
    expect(whole('in').sort()).toEqual([...log.answers].sort());
    expect(coverage(run, 'dns')).toMatchObject({ attempted: records(run), delivered: records(run), lost: 0 });
  });
});

const said = (run: SensorRun, dir: 'in' | 'out'): string[] =>
  run
    .of('payload')
    .filter((p: WireOf<'payload'>) => p.dir === dir)
    .map((p) => Buffer.from(p.data, 'base64').toString('hex'));

describe.skipIf(noProbes)('datagrams to other ports, and long ones', () => {
  it('are left alone, and cut at 4 KiB', async () => {
    const run = await watch('dns');
    await python(
      'import socket',
      'u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)',
      'for port in (5353, 853, 443): u.sendto(b"x" * 100, ("127.0.0.1", port))',
      'u.sendto(b"y" * 9000, ("127.0.0.78", 53))',
    );
    await run.stop();
    const [message, ...more] = run.of('payload');
    expect(more).toEqual([]);
    expect(message).toMatchObject({ dir: 'out', off: 0, len: 9000 });
    expect(Buffer.from(message!.data, 'base64').equals(Buffer.alloc(4096, 'y'))).toBe(true);
  });
});
