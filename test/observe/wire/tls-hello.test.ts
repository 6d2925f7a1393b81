/** Held against the hellos of OpenSSL. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHello } from '../../../src/observe/wire/tls-hello.ts';
import { runs } from '../../fuzz.ts';

/** What a client writes before anybody answers. */
async function helloOf(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect({
    host: '127.0.0.1',
    port: (server.address() as { port: number }).port,
    ...options,
  });
  client.on('error', () => {});
  const [socket] = await once(server, 'connection');
  const [bytes] = await once(socket, 'data');
  client.destroy();
  socket.destroy();
  server.close();
  return bytes as Buffer;
}

const CASES: [string, ConnectionOptions, string | null, string[]][] = [
  [
    'a name and protocols',
    { servername: 'API.example.com', ALPNProtocols: ['h2', 'http/1.1'] },
    'api.example.com',
    ['h2', 'http/1.1'],
  ],
  ['a name', { servername: 'a_b.internal' }, 'a_b.internal', []],
  ['no name', { ALPNProtocols: ['grpc-exp'] }, null, ['grpc-exp']],
  ['TLS 1.2', { servername: 'old.example', maxVersion: 'TLSv1.2' }, 'old.example', []],
];

/** The same message in records of so many bytes. */
function inRecords(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5);
  const parts: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    const head = Buffer.from(hello.subarray(0, 5));
    head.writeUInt16BE(part.length, 3);
    parts.push(head, part);
  }
  return Buffer.concat(parts);
}

describe('a ClientHello', () => {
  it.each(CASES)('with %s', async (_name, options, serverName, protocols) => {
    const bytes = await helloOf(options);
    const whole = { serverName, protocols, encrypted: false, cut: false };
    expect(readHello(bytes)).toEqual(whole);
    for (const size of [1, 7, 100]) expect(readHello(inRecords(bytes, size))).toEqual(whole);
    for (let size = 0; size < bytes.length; size++) {
      const read = readHello(bytes.subarray(0, size));
      if (size >= 9) expect(read?.cut).toBe(true);
      expect([serverName, null, undefined]).toContain(read?.serverName);
    }
  });

  it('whose name is that of a front says so', () => {
    const extensions = '0000 0007 0005 00 0002 6162  fe0d 0002 0000';
    const body = `0303${'00'.repeat(32)} 00 0002 1301 01 00 0011 ${extensions}`.replaceAll(' ', '');
    const message = Buffer.from(`01 0000${(body.length / 2).toString(16)}`.replaceAll(' ', '') + body, 'hex');
    const record = Buffer.concat([Buffer.from([22, 3, 1, 0, message.length]), message]);
    expect(readHello(record)).toEqual({ serverName: 'ab', protocols: [], encrypted: true, cut: false });
  });

  it('is nothing that others say', async () => {
    expect(readHello(Buffer.from('GET / HTTP/1.1\r\n'))).toBeNull();
    expect(readHello(Buffer.from('160303007a020000760303', 'hex'))).toBeNull();
    const bytes = await helloOf({ servername: 'x.example' });
    const change = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 10 });
    fc.assert(
      fc.property(change, (changes) => {
        const damaged = Buffer.from(bytes);
        for (const [at, byte] of changes) damaged[at] = byte;
        expect(readHello(damaged)?.serverName?.length ?? 0).toBeLessThan(254);
      }),
      runs(1000),
    );
  });
});
