/** Held against c-ares, which asks a server that answers with the very messages, and against vectors of RFC 9460. */
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDnsTcp, type DnsMessage, parseDns } from '../../../src/observe/wire/dns.ts';
import { runs } from '../../fuzz.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const u16 = (...values: number[]) => Buffer.concat(values.map((one) => Buffer.from([one >> 8, one & 255])));

function name(text: string): Buffer {
  const labels = text.split('.').filter((label) => label !== '');
  return Buffer.concat([
    ...labels.map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1')),
    Buffer.from([0]),
  ]);
}
/** The name that was asked for. */
const ASKED = u16(0xc00c);

function record(owner: Buffer, type: number, ttl: number, data: Buffer): Buffer {
  return Buffer.concat([owner, u16(type, 1, ttl >>> 16, ttl & 0xffff, data.length), data]);
}
type Sections = {
  flags?: number;
  asked: Buffer;
  type: number;
  answers?: Buffer[];
  authorities?: Buffer[];
  additional?: Buffer[];
};
function message({
  flags = 0x8180,
  asked,
  type,
  answers = [],
  authorities = [],
  additional = [],
}: Sections): Buffer {
  const counts = u16(1, answers.length, authorities.length, additional.length);
  return Buffer.concat([
    u16(0x1234, flags),
    counts,
    asked,
    u16(type, 1),
    ...answers,
    ...authorities,
    ...additional,
  ]);
}

const HOST = name('API.example.com');
const ALIAS = record(ASKED, 5, 300, name('edge.cdn.example'));
/** Behind the question (12 + 17 + 4) and the head of ALIAS (12). */
const BY_ALIAS = u16(0xc000 + 45);
const SIX = hex('20010db8 00000000 00000000 00000001');
const ANSWERS: Record<string, Buffer> = {
  a: message({
    asked: HOST,
    type: 1,
    answers: [ALIAS, record(BY_ALIAS, 1, 60, hex('c0000201')), record(BY_ALIAS, 1, 61, hex('c0000202'))],
  }),
  aaaa: message({ asked: HOST, type: 28, answers: [record(ASKED, 28, 60, SIX)] }),
  cname: message({ asked: HOST, type: 5, answers: [ALIAS] }),
};

const server = createSocket('udp4');
const resolver = new Resolver({ timeout: 2000, tries: 1 });
beforeAll(async () => {
  server.on('message', (question, peer) => {
    const parsed = parseDns(question);
    const answer = Buffer.from(
      parsed?.questions[0]?.type === 28
        ? ANSWERS.aaaa!
        : parsed?.questions[0]?.type === 5
          ? ANSWERS.cname!
          : ANSWERS.a!,
    );
    question.copy(answer, 0, 0, 2);
    // Clients mix the case of what they ask for, and want it back.
    question.copy(answer, 12, 12, 12 + HOST.length);
    server.send(answer, peer.port, peer.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  resolver.setServers([`127.0.0.1:${server.address().port}`]);
});
afterAll(() => void server.close());

const addresses = (read: DnsMessage | null) =>
  read?.answers.filter(({ type }) => type !== 5).map(({ value, ttl }) => ({ address: value, ttl }));

describe('DNS', () => {
  it('reads what c-ares reads', async () => {
    expect(addresses(parseDns(ANSWERS.a!))).toEqual(
      await resolver.resolve4('api.example.com', { ttl: true }),
    );
    expect(addresses(parseDns(ANSWERS.aaaa!))).toEqual(
      await resolver.resolve6('api.example.com', { ttl: true }),
    );
    expect(parseDns(ANSWERS.cname!)?.answers.map(({ value }) => value)).toEqual(
      await resolver.resolveCname('api.example.com'),
    );
  });

  it('names the question, the aliases and the addresses', () => {
    expect(parseDns(ANSWERS.a!)).toEqual({
      id: 0x1234,
      response: true,
      code: 0,
      truncated: false,
      questions: [{ name: 'api.example.com', type: 1 }],
      answers: [
        { name: 'api.example.com', type: 5, ttl: 300, value: 'edge.cdn.example' },
        { name: 'edge.cdn.example', type: 1, ttl: 60, value: '192.0.2.1' },
        { name: 'edge.cdn.example', type: 1, ttl: 61, value: '192.0.2.2' },
      ],
    });
  });

  /** RFC 9460 Appendix D.2: data of SVCB records. */
  const SERVICES: [string, string, object][] = [
    [
      'alias (D.1, figure 2)',
      '0000 03666f6f076578616d706c6503636f6d00',
      { value: 'foo.example.com', hints: [], protocols: [] },
    ],
    ['the name itself (figure 3)', '0001 00', { value: 'api.example.com', hints: [], protocols: [] }],
    [
      'a port (figure 4)',
      '0010 03666f6f076578616d706c6503636f6d00 0003 0002 0035',
      { value: 'foo.example.com' },
    ],
    [
      'two IPv6 hints (figure 7)',
      '0001 03666f6f076578616d706c6503636f6d00 0006 0020 20010db8000000000000000000000001 20010db8000000000000000000530001',
      { hints: ['2001:db8::1', '2001:db8::53:1'] },
    ],
    [
      'mandatory, ALPN and IPv4 (figure 9)',
      '0010 03666f6f076578616d706c65036f726700 0000 0004 00010004 0001 0009 02683205 68332d3139 0004 0004 c0000201',
      { value: 'foo.example.org', hints: ['192.0.2.1'], protocols: ['h2', 'h3-19'] },
    ],
  ];
  it.each(SERVICES)('reads a service: %s', (_name, data, expected) => {
    const read = parseDns(message({ asked: HOST, type: 65, answers: [record(ASKED, 65, 7, hex(data))] }));
    expect(read?.answers[0]).toMatchObject({ name: 'api.example.com', type: 65, ttl: 7, ...expected });
  });

  it('reads the code that EDNS extends, behind authorities', () => {
    const soa = record(ASKED, 6, 60, Buffer.alloc(22));
    const opt = record(name(''), 41, 0x01000000, Buffer.alloc(0));
    const read = parseDns(
      message({ flags: 0x8183, asked: HOST, type: 1, authorities: [soa], additional: [opt] }),
    );
    expect(read).toMatchObject({ code: 0x13, answers: [], truncated: false });
    expect(parseDns(message({ flags: 0x8380, asked: HOST, type: 1 }))?.truncated).toBe(true);
  });

  it('gives what stands before a cut, and says that there is more', () => {
    const whole = parseDns(ANSWERS.a!)!;
    for (let size = 0; size < ANSWERS.a!.length; size++) {
      const read = parseDns(ANSWERS.a!.subarray(0, size));
      if (size < 33) expect(read).toBeNull();
      else
        expect(read).toEqual({
          ...whole,
          answers: whole.answers.slice(0, read!.answers.length),
          truncated: true,
        });
    }
  });

  it('follows no pointer in circles, and takes no name for longer than it may be', () => {
    const loop = message({ asked: u16(0xc00c), type: 1 });
    const ahead = message({ asked: u16(0xc010), type: 1 });
    const long = message({ asked: name(Array.from({ length: 5 }, () => 'x'.repeat(60)).join('.')), type: 1 });
    for (const bytes of [loop, ahead, long]) expect(parseDns(bytes)).toBeNull();
    expect(parseDns(message({ asked: name('a\0b.évil'), type: 1 }))?.questions[0]?.name).toBe('a?b.?vil');
  });

  it('reads messages over TCP however they are cut, and goes on behind a hole', () => {
    const framed = Object.values(ANSWERS).map((bytes) => Buffer.concat([u16(bytes.length), bytes]));
    const wanted = Object.values(ANSWERS).map((bytes) => parseDns(bytes));
    const read = (feed: (tcp: ReturnType<typeof createDnsTcp>) => void) => {
      const messages: DnsMessage[] = [];
      const tcp = createDnsTcp((one) => messages.push(one));
      feed(tcp);
      tcp.end(2);
      return messages;
    };
    const all = Buffer.concat(framed);
    for (const size of [1, 2, 3, 50, 1000])
      expect(
        read((tcp) => {
          for (let at = 0; at < all.length; at += size) tcp.push(all.subarray(at, at + size), 1);
        }),
      ).toEqual(wanted);
    const torn = read((tcp) => {
      tcp.push(framed[0]!.subarray(0, 20), 1);
      tcp.gap(framed[0]!.length - 20, 1);
      tcp.push(framed[1]!, 1);
      tcp.gap(0, 1);
      tcp.push(framed[2]!, 1);
    });
    expect(torn).toEqual(wanted.slice(1));
  });

  it('never throws', () => {
    const change = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(ANSWERS)), change, (bytes, changes) => {
        const damaged = Buffer.from(bytes);
        for (const [at, byte] of changes) damaged[at % damaged.length] = byte;
        expect(parseDns(damaged)?.answers.length ?? 0).toBeLessThanOrEqual(256);
      }),
      runs(2000),
    );
  });
});
