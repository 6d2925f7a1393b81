import { describe, expect, it } from 'vitest';
import { type DataPattern, dataPatternMatches, parseDataUse } from '../../src/match/database.ts';

describe('parseDataUse', () => {
  it.each([
    ['postgres:shop/orders', { engine: 'postgresql', database: 'shop', schema: null, table: 'orders' }],
    [
      'postgres:shop/sales.orders',
      { engine: 'postgresql', database: 'shop', schema: 'sales', table: 'orders' },
    ],
    ['postgres:shop', { engine: 'postgresql', database: 'shop', schema: null, table: null }],
    ['postgres:?/orders', { engine: 'postgresql', database: null, schema: null, table: 'orders' }],
    [
      'postgres:10.0.0.5:5432/orders',
      { engine: 'postgresql', database: null, schema: null, table: 'orders' },
    ],
    ['postgres:[fd00::5]:5432/a.b', { engine: 'postgresql', database: null, schema: 'a', table: 'b' }],
    ['mysql:shop/orders', { engine: 'mysql', database: null, schema: 'shop', table: 'orders' }],
    ['mysql:10.0.0.6:3306', { engine: 'mysql', database: null, schema: null, table: null }],
  ])('%s', (subject, expected) => {
    expect(parseDataUse(subject, 'SELECT')).toEqual({ ...expected, verb: 'SELECT' });
  });

  it.each(['redis:user:*', 'nonsense', '', '__proto__:x/y', 'constructor:x'])('is none: %s', (subject) => {
    expect(parseDataUse(subject, 'GET')).toBeNull();
  });
});

describe('dataPatternMatches', () => {
  const pattern = (privilege: string, rest: Partial<DataPattern> = {}): DataPattern => ({
    type: 'data',
    engine: 'postgresql',
    database: 'shop',
    schema: 'public',
    table: 'orders',
    privilege,
    ...rest,
  });
  const ask = (one: DataPattern, subject: string, verb: string) =>
    dataPatternMatches(one, parseDataUse(subject, verb)!);

  // Privileges of statements: postgresql.org/docs/current/ddl-priv.html, dev.mysql.com/doc/refman/8.4/en/privileges-provided.html
  it.each([
    ['SELECT', 'SELECT', 'yes'],
    ['INSERT', 'SELECT', 'no'],
    ['UPDATE', 'SELECT', 'no'],
    ['INSERT', 'INSERT', 'yes'],
    ['SELECT', 'INSERT', 'unknown'],
    ['UPDATE', 'INSERT', 'unknown'],
    ['DELETE', 'INSERT', 'no'],
    ['DELETE', 'REPLACE', 'yes'],
    ['UPDATE', 'MERGE', 'yes'],
    ['DELETE', 'MERGE', 'unknown'],
    ['SELECT', 'COPY', 'unknown'],
    ['INSERT', 'COPY', 'unknown'],
    ['TRUNCATE', 'TRUNCATE', 'yes'],
    ['INSERT', 'OTHER', 'unknown'],
    ['INSERT', 'CALL', 'unknown'],
    ['SELECT', 'BEGIN', 'no'],
    ['SELECT', '__proto__', 'no'],
  ])('%s is needed by %s: %s', (privilege, verb, expected) => {
    expect(ask(pattern(privilege), 'postgres:shop/orders', verb)).toBe(expected);
  });

  it.each([
    [{}, 'postgres:shop/public.orders', 'yes'],
    [{}, 'postgres:shop/orders', 'yes'],
    [{}, 'postgres:shop/sales.orders', 'no'],
    [{}, 'postgres:shop/customers', 'no'],
    [{}, 'postgres:other/orders', 'no'],
    [{}, 'postgres:10.0.0.5:5432/orders', 'unknown'],
    [{}, 'mysql:public/orders', 'no'],
    [{}, 'postgres:shop', 'no'],
    [{ schema: null, table: null, database: null }, 'postgres:any/x.y', 'yes'],
    [{ engine: 'mysql', database: null, schema: 'shop_*', table: null }, 'mysql:shop_eu/orders', 'yes'],
    [{ engine: 'mysql', database: null, schema: 'shop_*', table: null }, 'mysql:shopeu/orders', 'no'],
    [{ engine: 'mysql', database: null, schema: 'shop' }, 'mysql:10.0.0.6:3306/orders', 'unknown'],
  ] as const)('of %j on %s: %s', (rest, subject, expected) => {
    expect(ask(pattern('SELECT', rest), subject, 'SELECT')).toBe(expected);
  });
});
