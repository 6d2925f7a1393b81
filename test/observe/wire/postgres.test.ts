/** Held against recordings of PostgreSQL 15 with node's pg, psql and pgbench (fixtures/wire/postgres). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPostgres } from '../../../src/observe/wire/postgres.ts';
import type { Statement } from '../../../src/observe/wire/statement.ts';
import { runs } from '../../fuzz.ts';
import { recordings, sameStatement, statementsOf } from './sql-traffic.ts';

const RECORDED = recordings('postgres');

function message(type: string, ...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const header = Buffer.from(`${type}\0\0\0\0`);
  header.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}
const READY = message('Z', 'I');
const row = message('D', '\0\x01\0\0\0\x01x');

function heard() {
  const statements: Statement[] = [];
  return { duplex: createPostgres((statement) => statements.push(statement)), statements };
}
const brief = (statements: readonly Statement[]) =>
  statements.map(({ verb, tables, rows, truncated }) =>
    [verb, ...tables, rows, ...(truncated ? ['…'] : [])].join(' '),
  );

describe('PostgreSQL', () => {
  it.each(RECORDED)('$name', ({ passed, statements }) => {
    expect(statementsOf(createPostgres, passed)).toEqual(statements);
  });

  it('reads the same however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 8 }), (cuts) => {
        for (const { passed, statements } of RECORDED)
          expect(statementsOf(createPostgres, passed, cuts)).toEqual(statements);
      }),
      runs(10),
    );
    for (const { passed, statements } of RECORDED)
      expect(statementsOf(createPostgres, passed, [1])).toEqual(statements);
  });

  it('keeps no literal, parameter, row or password', () => {
    for (const { passed } of RECORDED)
      expect(JSON.stringify(statementsOf(createPostgres, passed))).not.toMatch(/canary|agent-pw/);
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
        for (const { rows, tables } of statementsOf(createPostgres, damaged, [size + 1])) {
          expect(rows).toBeGreaterThanOrEqual(0);
          expect(tables.length).toBeLessThanOrEqual(32);
        }
      }),
      runs(100),
    );
  });
});

describe('holes in PostgreSQL', () => {
  it('of whole writes invent no statement, no row and no table', () => {
    fc.assert(
      fc.property(
        fc.nat(RECORDED.length - 1),
        fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        (which, holes, sized) => {
          const { passed, statements } = RECORDED[which]!;
          const said: Statement[] = [];
          const duplex = createPostgres((statement) => said.push(statement));
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

  it('cost what they hide, and no more', () => {
    const { duplex, statements } = heard();
    const ask = (sql: string) => duplex.client.push(message('Q', sql, '\0'), 1);
    const answer = (...rest: Buffer[]) => duplex.server.push(Buffer.concat(rest), 1);
    ask('SELECT * FROM older');
    answer(row, message('C', 'SELECT 1\0'), READY);
    ask('SELECT * FROM a');
    answer(message('T', '\0\0'), row);
    duplex.server.gap(100, 1);
    answer(row, message('C', 'SELECT 9\0'), READY);
    ask('SELECT * FROM b');
    answer(message('T', '\0\0'), row, row, message('C', 'SELECT 2\0'), READY);
    duplex.client.gap(0, 1);
    answer(message('T', '\0\0'), row, message('C', 'SELECT 1\0'), READY);
    ask('SELECT * FROM c');
    answer(message('T', '\0\0'), row.subarray(0, 9));
    duplex.server.gap(row.length - 9, 1);
    answer(message('C', 'SELECT 1\0'), READY);
    expect(brief(statements)).toEqual(['SELECT older 0 …', 'SELECT a 1 …', 'SELECT b 2', 'SELECT c 1']);
  });

  it('leave statements that were prepared in them unnamed', () => {
    const { duplex, statements } = heard();
    const sync = message('S');
    duplex.client.push(Buffer.concat([message('P', 's\0SELECT * FROM a\0\0\0'), sync]), 1);
    duplex.server.push(Buffer.concat([message('1'), READY]), 1);
    const run = () => {
      duplex.client.push(Buffer.concat([message('B', '\0s\0'), message('E', '\0\0\0\0\0'), sync]), 1);
      duplex.server.push(Buffer.concat([message('2'), row, message('C', 'SELECT 1\0'), READY]), 1);
    };
    run();
    duplex.client.gap(50, 1);
    duplex.server.push(READY, 1);
    run();
    expect(brief(statements)).toEqual(['SELECT a 1', 'OTHER 1 …']);
  });
});

describe('hostile PostgreSQL', () => {
  it('stays within bounds', () => {
    const { duplex, statements } = heard();
    const before = process.memoryUsage().arrayBuffers;
    const block = Buffer.alloc(1 << 20, 'a');
    const endless = Buffer.from('Q\x3f\xff\xff\xff', 'latin1');
    duplex.client.push(Buffer.concat([endless, Buffer.from("SELECT * FROM t WHERE a = '")]), 1);
    for (let i = 0; i < 64; i++) duplex.client.push(block, 1);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
    duplex.client.end(2);
    expect(statements).toEqual([]);
    const many = heard();
    for (let i = 0; i < 5000; i++) many.duplex.client.push(message('Q', `SELECT * FROM t${i}\0`), 1);
    many.duplex.client.end(2);
    expect(many.statements).toHaveLength(5000);
    expect(many.statements.every(({ truncated }) => truncated)).toBe(true);
  });

  it('says that a long statement was read up to the bound', () => {
    const { duplex, statements } = heard();
    duplex.client.push(
      message('Q', `INSERT INTO t VALUES ('${'x'.repeat(70_000)}'), ((SELECT a FROM late))\0`),
      1,
    );
    duplex.server.push(Buffer.concat([message('C', 'INSERT 0 2\0'), message('C', 'DELETE 3\0'), READY]), 1);
    expect(brief(statements)).toEqual(['INSERT t 2 …', 'DELETE 3 …']);
  });
});
