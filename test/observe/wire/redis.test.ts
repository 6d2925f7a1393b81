/** Held against recordings of Redis 7.0 with node's client, in both versions of its protocol (fixtures/wire/redis). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedis, templateOf } from '../../../src/observe/wire/redis.ts';
import type { Statement } from '../../../src/observe/wire/statement.ts';
import { runs } from '../../fuzz.ts';
import { recordings, sameStatement, statementsOf } from './sql-traffic.ts';

const RECORDED = recordings('redis');

const command = (...words: string[]) =>
  Buffer.from(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);

function heard() {
  const statements: Statement[] = [];
  return { duplex: createRedis((statement) => statements.push(statement)), statements };
}

describe('Redis', () => {
  it.each(RECORDED)('$name', ({ passed, statements }) => {
    expect(statementsOf(createRedis, passed)).toEqual(statements);
  });

  it('reads the same however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 8 }), (cuts) => {
        for (const { passed, statements } of RECORDED)
          expect(statementsOf(createRedis, passed, cuts)).toEqual(statements);
      }),
      runs(10),
    );
    for (const { passed, statements } of RECORDED)
      expect(statementsOf(createRedis, passed, [1])).toEqual(statements);
  });

  it('keeps no literal, parameter, row or password', () => {
    for (const { passed } of RECORDED)
      expect(JSON.stringify(statementsOf(createRedis, passed))).not.toMatch(/canary|agent-pw|4242/);
  });

  it('never throws, whatever is changed on the way', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.nat(RECORDED.length - 1), damage, fc.nat(3000), (which, changes, size) => {
        const { passed } = RECORDED[which]!;
        const damaged = passed.map(({ from, bytes }) => ({ from, bytes: Uint8Array.from(bytes) }));
        for (const [where, byte] of changes) {
          const { bytes } = damaged[where % damaged.length]!;
          bytes[where % bytes.length] = byte;
        }
        for (const { rows, tables } of statementsOf(createRedis, damaged, [size + 1])) {
          expect(rows).toBeGreaterThanOrEqual(0);
          expect(tables.length).toBeLessThanOrEqual(32);
        }
      }),
      runs(100),
    );
  });
});

describe('holes in Redis', () => {
  it('of whole writes invent no statement, no row and no table', () => {
    fc.assert(
      fc.property(
        fc.nat(RECORDED.length - 1),
        fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        (which, holes, sized) => {
          const { passed, statements } = RECORDED[which]!;
          const said: Statement[] = [];
          const duplex = createRedis((statement) => said.push(statement));
          const lost = new Set(holes.map((hole) => hole % passed.length));
          for (const [i, { from, bytes }] of passed.entries())
            if (lost.has(i)) duplex[from].gap(sized ? bytes.length : 0, 1);
            else duplex[from].push(bytes, 1);
          duplex.client.end(2);
          duplex.server.end(2);
          const known = statements.map((one) => ({ ...one, user: null, database: null }));
          const names = new Set(
            statements.map((one) => sameStatement({ ...one, user: null, database: null })),
          );
          for (const one of said) {
            const blind = { ...one, user: null, database: null };
            if (one.verb === 'OTHER') expect(one).toMatchObject({ tables: [], truncated: true });
            else if (one.truncated) expect(names).toContain(sameStatement(blind));
            else expect(known).toContainEqual(blind);
          }
        },
      ),
      runs(300),
    );
  });
});

describe('commands by their documentation', () => {
  const cases: [words: string[], answer: string, said: [string, string[], number]][] = [
    [
      ['FT.SEARCH', 'docs', 'q'],
      '*5\r\n:9\r\n$1\r\na\r\n*0\r\n$1\r\nb\r\n*0\r\n',
      ['FT.SEARCH', ['docs'], 2],
    ],
    [['FT.SEARCH', 'docs', 'q', 'NOCONTENT'], '*3\r\n:9\r\n+a\r\n+b\r\n', ['FT.SEARCH', ['docs'], 2]],
    [['VSIM', 'vec:1', 'ELE', 'x'], '*2\r\n$1\r\na\r\n$1\r\nb\r\n', ['VSIM', ['vec:*'], 2]],
    [['XREAD', 'COUNT', '2', 'STREAMS', 'a:1', 'b:2', '0', '0'], '*-1\r\n', ['XREAD', ['a:*', 'b:*'], 0]],
    [['EVAL', 'return 1', '2', 'k:1', 'j:2', 'geheim:x'], ':1\r\n', ['EVAL', ['k:*', 'j:*'], 0]],
    [['MGET', 'a', 'b', 'c'], '*3\r\n$-1\r\n$1\r\nx\r\n_\r\n', ['MGET', ['a', 'b', 'c'], 1]],
    [['get', 'geheimgeheim1234'], '_\r\n', ['GET', ['*'], 0]],
  ];
  it.each(cases)('%j', (words, answer, said) => {
    const { duplex, statements } = heard();
    duplex.client.push(command(...words), 1);
    duplex.server.push(Buffer.from(`>2\r\n+invalidate\r\n*0\r\n${answer}`), 1);
    expect(statements.map(({ verb, tables, rows }) => [verb, tables, rows])).toEqual([said]);
  });

  it.each([
    ['user:42:name', 'user:*'],
    ['queue', 'queue'],
    ['sk-12345', '*'],
    ['550e8400-e29b:x', '*'],
    ['joe@example.org:x', '*'],
    ['', '*'],
  ])('%s is kept as %s', (key, kept) => {
    expect(templateOf(key)).toBe(kept);
  });

  it('holds little of what has no end', () => {
    const { duplex, statements } = heard();
    for (let i = 0; i < 5000; i++) duplex.client.push(command('GET', `t:${i}`), 1);
    duplex.server.push(Buffer.from('*1000000000\r\n'.repeat(1000)), 1);
    duplex.client.end(2);
    expect(statements).toHaveLength(5000);
    expect(statements.every(({ truncated }) => truncated)).toBe(true);
  });
});
