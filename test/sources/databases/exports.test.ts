/** Grants as files: what is read, and that what is damaged or something else is said. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createDatabaseBuilder } from '../../../src/sources/databases/builder.ts';
import { readExports } from '../../../src/sources/manifests/read.ts';
import { parseTable } from '../../../src/sources/manifests/table.ts';

const folder = mkdtempSync(join(tmpdir(), 'ai-spm-grants-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(name: string, text: string) {
  const path = join(mkdtempSync(join(folder, 'x-')), name);
  writeFileSync(path, text);
  const builder = createDatabaseBuilder();
  const { warnings } = await readExports([path], {
    namespaces: null,
    mayBeEmpty: true,
    others: [(document, where) => builder.add(document, where)],
  });
  return { estate: builder.finish(null), warnings };
}

const HEADER = 'grantee,table_catalog,table_schema,table_name,privilege_type,is_grantable';

describe('files of grants', () => {
  it('are JSON as well as tables', async () => {
    const row = {
      GRANTEE: "'a'@'%'",
      TABLE_CATALOG: 'def',
      TABLE_SCHEMA: 's',
      TABLE_NAME: 't',
      PRIVILEGE_TYPE: 'select',
      IS_GRANTABLE: 'YES',
    };
    const { estate } = await read('x.json', JSON.stringify([row]));
    expect(estate.grants).toMatchObject([
      {
        engine: 'mysql',
        user: 'a',
        database: null,
        schema: 's',
        table: 't',
        privilege: 'SELECT',
        grantable: true,
      },
    ]);
    const csv = await read('x.csv', `${HEADER}\na,db,s,t,SELECT,NO\n`);
    expect(csv.estate.grants).toMatchObject([
      { engine: 'postgresql', user: 'a', database: 'db', schema: 's', table: 't' },
    ]);
  });

  it('say which list was not given', async () => {
    const { estate } = await read('x.csv', `${HEADER}\na,db,s,t,SELECT,NO\n`);
    expect(estate.coverage.map(({ source, status }) => `${source} ${status}`)).toEqual([
      'database:postgresql:table_privileges read',
      'database:postgresql:column_privileges absent',
      'database:postgresql:role_memberships absent',
    ]);
  });

  it('say which row is of something else', async () => {
    const rows = [
      { grantee: 'a', table_name: 't', privilege_type: 'SELECT' },
      { grantee: 'a', object_name: 'f', privilege_type: 'EXECUTE' },
      { grantee: 7, privilege_type: 'SELECT' },
      null,
    ];
    const { estate } = await read('x.json', JSON.stringify(rows));
    expect(estate.grants).toHaveLength(1);
    expect(estate.warnings).toHaveLength(3);
    expect(estate.coverage[0]).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('x.json#2'),
    });
  });

  it('that are cut short are refused, with what to do', async () => {
    await expect(read('x.csv', `${HEADER}\na,db,"s`)).rejects.toThrow(
      /x\.csv: not a whole table: a quote is open/,
    );
    await expect(read('x.csv', `${HEADER}\na,db`)).rejects.toThrow(/row 1 has 2 columns instead of 6/);
  });

  it('are no other tables', async () => {
    const { estate, warnings } = await read('people.csv', 'name,age\n"open,1');
    expect(estate.grants).toEqual([]);
    expect(warnings[0]).toMatch(/people\.csv: not an export of Kubernetes objects, skipped/);
  });
});

describe('parseTable', () => {
  const cells = (text: string, tabs = false) => parseTable(text, tabs).rows.map((row) => Object.values(row));

  it('reads what RFC 4180 quotes', () => {
    expect(cells('a,b\r\n"x, ""y""","1\n2"\r\n,z\n"",last')).toEqual([
      ['x, "y"', '1\n2'],
      [null, 'z'],
      ['', 'last'],
    ]);
  });

  it('reads what mysql --batch and copy escape', () => {
    expect(cells('a\tb\nx\\ty\tNULL\n\\\\_%\t\\N\n', true)).toEqual([
      ['x\ty', null],
      ['\\_%', null],
    ]);
  });

  it('keeps names of objects apart from names of columns', () => {
    const [row] = parseTable('__proto__,grantee\nx,y', false).rows;
    expect(Object.keys(row!)).toEqual(['__proto__', 'grantee']);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it('takes time in proportion to a hostile text', () => {
    const started = process.cpuUsage();
    parseTable(`a,b\n${'"'.repeat(4_000_000)}`, false);
    parseTable(`a,b\n${','.repeat(4_000_000)}`, false);
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
  });
});
