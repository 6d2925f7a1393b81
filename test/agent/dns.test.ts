import { describe, expect, it } from 'vitest';
import { NAMES } from '../../fixtures/agent/addresses.ts';
import { answerQuery } from '../../fixtures/agent/peers/dns.ts';

const A = 1;
const AAAA = 28;

function query(name: string, type: number): Buffer {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  const head = Buffer.from('abcd01000001000000000000', 'hex');
  return Buffer.concat([head, ...labels, Buffer.from([0, 0, type, 0, 1])]);
}

describe('cluster DNS', () => {
  it('answers an A record in the question it was asked', () => {
    const answer = answerQuery(query('Pages.example.org', A), NAMES)!;
    expect(answer.readUInt16BE(0)).toBe(0xabcd);
    expect(answer.readUInt16BE(2) & 0x800f).toBe(0x8000);
    expect(answer.readUInt16BE(6)).toBe(1);
    expect([...answer.subarray(-4)]).toEqual([203, 0, 113, 10]);
  });

  it('has no data of other types, and no other names', () => {
    const noData = answerQuery(query('pages.example.org', AAAA), NAMES)!;
    expect([noData.readUInt16BE(2) & 0xf, noData.readUInt16BE(6)]).toEqual([0, 0]);
    const unknown = answerQuery(query('pages.example.org.svc.cluster.local', A), NAMES)!;
    expect(unknown.readUInt16BE(2) & 0xf).toBe(3);
  });

  it('drops what is no query', () => {
    expect(answerQuery(Buffer.from('abcd'), NAMES)).toBeNull();
    expect(answerQuery(query('pages.example.org', A).subarray(0, 20), NAMES)).toBeNull();
    expect(
      answerQuery(Buffer.concat([query('x', A).subarray(0, 12), Buffer.alloc(30, 0xff)]), NAMES),
    ).toBeNull();
  });
});
