/** Held against recordings of MariaDB 10.11 with node's mysql2 and mariadb, and its own client (fixtures/wire/mysql). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMysql } from '../../../src/observe/wire/mysql.ts';
import type { Statement } from '../../../src/observe/wire/statement.ts';
import { runs } from '../../fuzz.ts';
import { recordings, sameStatement, statementsOf } from './sql-traffic.ts';

const RECORDED = recordings('mysql');

function packet(sequence: number, ...parts: (string | number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1')));
  const header = Buffer.alloc(4);
  header.writeUIntLE(body.length, 0, 3);
  header[3] = sequence;
  return Buffer.concat([header, body]);
}
const query = (sql: string) => packet(0, '\x03', sql);
const ok = (rows: number, status = 2) => packet(1, [0, rows, 0, status, 0, 0, 0]);
/** A result of one column. */
const rows = (count: number, { status = 2, deprecated = false, from = 1 } = {}) => {
  const eof = (flags: number) => (deprecated ? [0xfe, 0, 0, flags, 0, 0, 0] : [0xfe, 0, 0, flags, 0]);
  const body = [
    [1],
    '\x03def',
    ...(deprecated ? [] : [eof(status)]),
    ...Array(count).fill('\x01x'),
    eof(status),
  ];
  return Buffer.concat(body.map((part, i) => packet((from + i) & 0xff, part)));
};

function heard() {
  const statements: Statement[] = [];
  return { duplex: createMysql((statement) => statements.push(statement)), statements };
}
const brief = (statements: readonly Statement[]) =>
  statements.map(({ verb, tables, rows: count, truncated }) =>
    [verb, ...tables, count, ...(truncated ? ['…'] : [])].join(' '),
  );

describe('MySQL', () => {
  it.each(RECORDED)('$name', ({ passed, statements }) => {
    expect(statementsOf(createMysql, passed)).toEqual(statements);
  });

  it('reads the same however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 8 }), (cuts) => {
        for (const { passed, statements } of RECORDED)
          expect(statementsOf(createMysql, passed, cuts)).toEqual(statements);
      }),
      runs(10),
    );
    for (const { passed, statements } of RECORDED)
      expect(statementsOf(createMysql, passed, [1])).toEqual(statements);
  });

  it('keeps no literal, parameter, row or password', () => {
    for (const { passed } of RECORDED)
      expect(JSON.stringify(statementsOf(createMysql, passed))).not.toMatch(/canary|agent-pw|mysql_native/);
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
        for (const { rows, tables } of statementsOf(createMysql, damaged, [size + 1])) {
          expect(rows).toBeGreaterThanOrEqual(0);
          expect(tables.length).toBeLessThanOrEqual(32);
        }
      }),
      runs(100),
    );
  });
});

describe('holes in MySQL', () => {
  it('of whole writes invent no statement, no row and no table', () => {
    fc.assert(
      fc.property(
        fc.nat(RECORDED.length - 1),
        fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        (which, holes, sized) => {
          const { passed, statements } = RECORDED[which]!;
          const said: Statement[] = [];
          const duplex = createMysql((statement) => said.push(statement));
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
    duplex.server.push(Buffer.from('the rest of a row that began before'), 1);
    duplex.client.push(query('SELECT * FROM older'), 1);
    duplex.server.push(rows(300), 1);
    duplex.client.push(query('SELECT * FROM a'), 1);
    duplex.server.push(rows(5).subarray(0, 30), 1);
    duplex.server.gap(7, 1);
    duplex.server.push(packet(1, 'x'), 1);
    duplex.client.push(query('SELECT * FROM b'), 1);
    duplex.server.push(rows(2), 1);
    duplex.client.gap(0, 1);
    duplex.server.push(rows(9), 1);
    duplex.client.push(query('SELECT * FROM c'), 1);
    duplex.server.push(rows(1), 1);
    expect(brief(statements)).toEqual(['SELECT older 300', 'SELECT a 1 …', 'SELECT b 2', 'SELECT c 1']);
  });
});

describe('MySQL by its documentation', () => {
  it('reads the log-in inside of TLS, and results without EOF packets', () => {
    const { duplex, statements } = heard();
    const flags = Buffer.alloc(32);
    flags.writeUInt32LE((1 << 9) | (1 << 15) | (1 << 24) | 8, 0);
    duplex.client.push(packet(2, [...flags], 'joe\0', [3], 'key', 'shop\0'), 1);
    duplex.server.push(packet(3, [0, 0, 0, 2, 0, 0, 0]), 1);
    duplex.client.push(query('SELECT * FROM t'), 1);
    duplex.server.push(rows(3, { deprecated: true }), 1);
    duplex.client.push(query('SELECT * FROM u'), 1);
    duplex.server.push(rows(0, { deprecated: true }), 1);
    expect(statements.map(({ user, database, rows: count }) => [user, database, count])).toEqual([
      ['joe', 'shop', 3],
      ['joe', 'shop', 0],
    ]);
  });

  it('passes over the attributes of a query', () => {
    const { duplex, statements } = heard();
    const texts = [
      packet(0, '\x03', [0, 1], 'SELECT * FROM none'),
      packet(
        0,
        '\x03',
        [2, 1, 0, 1],
        [254, 0, 4],
        'name',
        [3, 0, 1],
        'n',
        [5],
        'FROM ',
        [7, 0, 0, 0],
        'SELECT * FROM two',
      ),
      packet(0, '\x03', [1, 1, 1, 1], [254, 0, 4], 'null', 'SELECT * FROM nulls'),
    ];
    for (const text of texts) {
      duplex.client.push(text, 1);
      duplex.server.push(ok(0), 1);
    }
    expect(brief(statements)).toEqual(['SELECT none 0', 'SELECT two 0', 'SELECT nulls 0']);
  });

  it('counts rows that are fetched from a cursor', () => {
    const { duplex, statements } = heard();
    duplex.client.push(packet(0, '\x16', 'SELECT * FROM t WHERE a = ?'), 1);
    const eof = [0xfe, 0, 0, 2, 0];
    const prepared = [[0, 7, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0], '\x03def', eof, '\x03def', eof];
    duplex.server.push(Buffer.concat(prepared.map((part, i) => packet(i + 1, part))), 1);
    duplex.client.push(packet(0, '\x17', [7, 0, 0, 0, 1, 1, 0, 0, 0]), 1);
    const opened = [[1], '\x03def', [0xfe, 0, 0, 0x42, 0]];
    duplex.server.push(Buffer.concat(opened.map((part, i) => packet(i + 1, part))), 1);
    duplex.client.push(packet(0, '\x1c', [7, 0, 0, 0, 2, 0, 0, 0]), 1);
    duplex.server.push(
      Buffer.concat([packet(1, '\0\0x'), packet(2, '\0\0x'), packet(3, [0xfe, 0, 0, 0x42, 0])]),
      1,
    );
    expect(brief(statements)).toEqual(['SELECT t 0', 'SELECT t 2']);
  });

  it('is silent about what is encrypted', () => {
    const { duplex, statements } = heard();
    duplex.client.push(packet(1, [0, 0x0a, 0, 0, ...Array(28).fill(0)]), 1);
    duplex.client.push(query('SELECT * FROM t'), 1);
    duplex.server.push(ok(1), 1);
    expect(statements).toEqual([]);
  });

  it('reads the beginning of a statement in several packets', () => {
    const { duplex, statements } = heard();
    const text = Buffer.concat([
      Buffer.from("\x03INSERT INTO t VALUES ('"),
      Buffer.alloc(0xffffff - 24, 'x'),
    ]);
    duplex.client.push(
      Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0]), text, packet(1, "'), (SELECT a FROM late)")]),
      1,
    );
    duplex.server.push(packet(2, [0, 1, 0, 2, 0, 0, 0]), 1);
    duplex.client.push(query('SELECT * FROM u'), 1);
    duplex.server.push(rows(1), 1);
    expect(brief(statements)).toEqual(['INSERT t 1 …', 'SELECT u 1']);
  });

  it('holds little of what has no end', () => {
    const { duplex, statements } = heard();
    for (let i = 0; i < 5000; i++) duplex.client.push(query(`SELECT * FROM t${i}`), 1);
    duplex.client.end(2);
    expect(statements).toHaveLength(5000);
    expect(statements.every(({ truncated }) => truncated)).toBe(true);
    const before = process.memoryUsage().arrayBuffers;
    const other = heard();
    const block = Buffer.alloc(1 << 20, 0xff);
    for (let i = 0; i < 64; i++) other.duplex.client.push(block, 1);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
    expect(other.statements).toEqual([]);
  });
});
