import { describe, expect, it } from 'vitest';
import type { Said } from '../../../src/observe/meaning/said.ts';
import { dnsReader } from '../../../src/observe/streams/dns-reader.ts';
import type { Names } from '../../../src/observe/streams/names.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const QUESTION = '0161 0000';
/** `a`, of type A: 192.0.2.1. */
const ADDRESS = hex(
  `0001 8180 0001 0001 0000 0000 ${QUESTION} 01 0001  c00c 0001 0001 0000003c 0004 c0000201`,
);
/** `a`, of type HTTPS: itself, at 192.0.2.2. */
const SERVICE = hex(
  `0002 8180 0001 0001 0000 0000 ${QUESTION} 41 0001  c00c 0041 0001 0000003c 000b 0001 00 0004 0004 c0000202`,
);
const REFUSED = hex(`0003 8185 0001 0000 0000 0000 ${QUESTION} 01 0001`);
const ASKED = hex(`0004 0100 0001 0000 0000 0000 ${QUESTION} 01 0001`);

function hear(proto: 'tcp' | 'udp', pieces: readonly Buffer[]) {
  const names: Names = new Map();
  const said: Said[] = [];
  const reader = dnsReader(names, (one) => said.push(one), proto);
  for (const piece of pieces) reader.in.push(piece, 1);
  return { names: [...names].map(([address, known]) => [address, ...known]), said };
}

const ALL = [ADDRESS, ASKED, SERVICE, REFUSED];
const framed = Buffer.concat(ALL.flatMap((one) => [Buffer.from([0, one.length]), one]));

describe('name look-ups', () => {
  const ways: ['tcp' | 'udp', string, Buffer[]][] = [
    ['udp', 'datagrams', ALL],
    ['tcp', 'one piece', [framed]],
    ['tcp', 'lengths by themselves', ALL.flatMap((one) => [Buffer.from([0, one.length]), one])],
    ['tcp', 'bytes', Array.from(framed, (byte) => Buffer.from([byte]))],
  ];
  it.each(ways)('over %s in %s', (proto, _name, pieces) => {
    const { names, said } = hear(proto, pieces);
    expect(names).toEqual([
      ['192.0.2.1', 'a'],
      ['192.0.2.2', 'a'],
    ]);
    expect(said.map(({ subject, context, records, denied }) => [subject, context, records, denied])).toEqual([
      ['a', 'A', 1, false],
      ['a', 'HTTPS', 1, false],
      ['a', 'A', 0, true],
    ]);
  });
});
