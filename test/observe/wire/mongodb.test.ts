/** Held against a recording of pymongo (fixtures/wire/mongodb). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMongodb } from '../../../src/observe/wire/mongodb.ts';
import type { Statement } from '../../../src/observe/wire/statement.ts';
import { runs } from '../../fuzz.ts';
import { recordings, sameStatement, statementsOf } from './sql-traffic.ts';

const RECORDED = recordings('mongodb');

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};

/** OP_MSG with one document; its size is said to be that of `body`, unless another is given. */
function message(id: number, to: number, body: Buffer, size = 21 + body.length, flags = 0): Buffer {
  return Buffer.concat([word(size), word(id), word(to), word(2013), word(flags), Buffer.from([0]), body]);
}

function document(...elements: [type: number, name: string, value: Buffer][]): Buffer {
  const inside = elements.map(([type, name, value]) =>
    Buffer.concat([Buffer.from([type]), Buffer.from(`${name}\0`), value]),
  );
  const all = Buffer.concat([...inside, Buffer.from([0])]);
  return Buffer.concat([word(all.length + 4), all]);
}
const text = (value: string): Buffer =>
  Buffer.concat([word(Buffer.byteLength(value) + 1), Buffer.from(`${value}\0`)]);
const FIND = document([2, 'find', text('notes')], [2, '$db', text('shop')]);

function heard() {
  const statements: Statement[] = [];
  return { duplex: createMongodb((statement) => statements.push(statement)), statements };
}

describe('MongoDB', () => {
  it.each(RECORDED)('$name', ({ passed, statements }) => {
    expect(statementsOf(createMongodb, passed)).toEqual(statements);
  });

  it('reads the same however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 8 }), (cuts) => {
        for (const { passed, statements } of RECORDED)
          expect(statementsOf(createMongodb, passed, cuts)).toEqual(statements);
      }),
      runs(30),
    );
  });

  it('keeps no value and no password', () => {
    for (const { passed } of RECORDED)
      expect(JSON.stringify(statementsOf(createMongodb, passed))).not.toMatch(/canary/);
  });

  it('never throws, and names nothing that was not there, whatever is lost on the way', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), fc.boolean(), (holes, sized) => {
        for (const { passed, statements } of RECORDED) {
          const { duplex, statements: said } = heard();
          const lost = new Set(holes.map((hole) => hole % passed.length));
          for (const [i, { from, bytes }] of passed.entries())
            if (lost.has(i)) duplex[from].gap(sized ? bytes.length : 0, 1);
            else duplex[from].push(bytes, 1);
          duplex.client.end(2);
          const names = new Set(statements.map(sameStatement));
          for (const one of said)
            expect(names).toContain(sameStatement({ ...one, user: one.user ?? statements[0]!.user }));
          for (const one of said.filter(({ truncated }) => !truncated))
            expect(statements.map(({ rows }) => rows)).toContain(one.rows);
        }
      }),
      runs(100),
    );
  });

  it('never throws, whatever is changed on the way', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.nat(RECORDED.length - 1), damage, (which, changes) => {
        const { passed } = RECORDED[which]!;
        const damaged = passed.map(({ from, bytes }) => ({ from, bytes: Uint8Array.from(bytes) }));
        for (const [where, byte] of changes) {
          const { bytes } = damaged[where % damaged.length]!;
          bytes[where % bytes.length] = byte;
        }
        for (const one of statementsOf(createMongodb, damaged)) expect(one.rows).toBeGreaterThanOrEqual(0);
      }),
      runs(300),
    );
  });

  it('counts what it sees of a long answer, and says that there may be more', () => {
    const { duplex, statements } = heard();
    const one = document([2, 't', text('x'.repeat(1000))]);
    const batch = document(
      ...Array.from({ length: 200 }, (_, i) => [3, `${i}`, one] as [number, string, Buffer]),
    );
    const answer = document([3, 'cursor', document([4, 'firstBatch', batch])], [16, 'ok', word(1)]);
    duplex.client.push(message(1, 0, FIND), 1);
    duplex.server.push(message(2, 1, answer), 2);
    expect(statements).toMatchObject([
      { verb: 'FIND', tables: ['notes'], database: 'shop', truncated: true },
    ]);
    expect(statements[0]!.rows).toBeGreaterThan(50);
    expect(statements[0]!.rows).toBeLessThanOrEqual(200);
  });

  it.each([
    ['a command that nobody knows', message(1, 0, document([2, 'geheim', text('geheim')])), 'OTHER'],
    ['what wants no answer', message(1, 0, FIND, undefined, 2), 'FIND'],
    ['a compressed one', Buffer.concat([word(30), word(1), word(0), word(2012), Buffer.alloc(14)]), 'OTHER'],
  ])('%s is said with what is not known of it', (_, bytes, verb) => {
    const { duplex, statements } = heard();
    duplex.client.push(bytes, 1);
    duplex.server.push(message(2, 1, document([1, 'ok', Buffer.alloc(8)])), 2);
    duplex.client.end(3);
    expect(statements).toMatchObject([{ verb, truncated: true }]);
    expect(JSON.stringify(statements)).not.toContain('geheim');
  });

  it('holds little of what has no end, in linear time', () => {
    const { duplex, statements } = heard();
    for (let i = 0; i < 5000; i++) duplex.client.push(message(i, 0, FIND), 1);
    expect(statements.length).toBeGreaterThan(4000);
    const started = process.cpuUsage().user;
    duplex.server.push(message(9, 4999, Buffer.alloc(0), 40_000_000), 2);
    for (let i = 0; i < 300; i++) duplex.server.push(Buffer.alloc(100_000, 3), 2);
    const nested = Array.from({ length: 60 }, () => 0).reduce(
      (inner) => document([3, 'a', inner]),
      document(),
    );
    duplex.client.push(message(7, 0, nested), 3);
    expect(process.cpuUsage().user - started).toBeLessThan(2_000_000);
  });
});
