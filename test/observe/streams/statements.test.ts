import { describe, expect, it } from 'vitest';
import { createConnection } from '../../../src/observe/streams/connection.ts';
import { statementSaid } from '../../../src/observe/streams/statements.ts';
import { WIRE_LIMITS } from '../../../src/observe/wire/limits.ts';
import type { Statement } from '../../../src/observe/wire/statement.ts';
import { recordings, sameStatement } from '../wire/sql-traffic.ts';
import type { Passed } from '../wire/traffic.ts';

const STATEMENT: Statement = {
  protocol: 'postgres',
  verb: 'SELECT',
  tables: ['orders', 'audit.log'],
  rows: 7,
  error: false,
  denied: false,
  database: 'shop',
  user: 'agent',
  truncated: false,
};
const PEER = { daddr: '10.0.0.5', dport: 5432 };

describe('what a statement says', () => {
  const cases: [string, Partial<Statement>, string[]][] = [
    ['each table', {}, ['postgres:shop/orders', 'postgres:shop/audit.log']],
    ['a database of MySQL for a schema', { protocol: 'mysql' }, ['mysql:shop/orders', 'mysql:audit/log']],
    ['one table by two names', { protocol: 'mysql', tables: ['t', 'shop.t'] }, ['mysql:shop/t']],
    ['the database alone', { tables: [] }, ['postgres:shop']],
    [
      'the server, where no database is known',
      { tables: ['t'], database: null },
      ['postgres:10.0.0.5:5432/t'],
    ],
  ];
  it.each(cases)('is %s', (_, change, subjects) => {
    const said = statementSaid({ ...STATEMENT, ...change }, PEER, 5);
    expect(said.map(({ subject }) => subject)).toEqual(subjects);
    for (const { principal, records, context, at } of said)
      expect([principal?.split(':')[1], records, context, at]).toEqual(['agent', 7, 'SELECT', 5]);
  });

  it('is an attempt without records where it was refused', () => {
    const [said] = statementSaid({ ...STATEMENT, error: true, denied: true, rows: 0 }, PEER, 5);
    expect(said).toMatchObject({ error: true, denied: true });
    expect(said).not.toHaveProperty('records');
  });

  it('is the least where it was not seen whole', () => {
    expect(statementSaid({ ...STATEMENT, truncated: true }, PEER, 5)[0]?.sums).toEqual({ truncated: 1 });
  });
});

describe('a connection to a database', () => {
  function heard(passed: readonly Passed[], role: 'client' | 'server' | null, client: 'in' | 'out') {
    const statements: string[] = [];
    const reader = createConnection(
      {
        limits: WIRE_LIMITS,
        open: () => null,
        hello: () => {},
        unwanted: () => {},
        strange: () => {},
        statement: (statement) => statements.push(sameStatement(statement)),
      },
      role,
    );
    const way = { client, server: client === 'out' ? 'in' : 'out' } as const;
    for (const { from, bytes } of passed) reader[way[from]].push(bytes, 1);
    reader.in.end(2);
    reader.out.end(2);
    return statements;
  }

  it.each([...recordings('postgres'), ...recordings('mysql'), ...recordings('redis')])(
    '$name',
    ({ passed, statements }) => {
      const expected = statements.map(sameStatement);
      expect(heard(passed, 'client', 'out')).toEqual(expected);
      expect(heard(passed, null, 'out')).toEqual(expected);
      // What others ask of this process is not its own doing.
      expect(heard(passed, 'server', 'in')).toEqual([]);
      expect(heard(passed, null, 'in')).toEqual([]);
    },
  );

  it('to MySQL inside of TLS begins with the log-in', () => {
    const [recording] = recordings('mysql').filter(({ name }) => name.startsWith('node-mysql2'));
    const [, login, ...rest] = recording!.passed;
    const renumbered = { ...login!, bytes: Uint8Array.from(login!.bytes).fill(2, 3, 4) };
    expect(heard([renumbered, ...rest], null, 'out')).toEqual(recording!.statements.map(sameStatement));
  });
});
