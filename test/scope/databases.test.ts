/** Against what real servers say of the same grants: fixtures/databases. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type DataUse, dataPatternMatches } from '../../src/match/database.ts';
import type { Capability } from '../../src/model/configured.ts';
import type { DatabaseEngine } from '../../src/model/database.ts';
import { databaseCapabilities } from '../../src/scope/databases.ts';
import { createDatabaseBuilder } from '../../src/sources/databases/builder.ts';
import { readExports } from '../../src/sources/manifests/read.ts';

type Truth = { user: string; schema: string; table: string; privilege: string; allowed: boolean };
const FOLDER = fileURLToPath(new URL('../../fixtures/databases/', import.meta.url));

async function estateOf(server: string) {
  const builder = createDatabaseBuilder();
  await readExports([`${FOLDER}${server}/databases`], {
    namespaces: null,
    mayBeEmpty: true,
    others: [(document, path) => builder.add(document, path)],
  });
  return builder.finish(null);
}

/** Whether a grant of the privilege is for that table: as a SELECT there would need it, if it were one of SELECT. */
function allows(
  capabilities: readonly Capability[],
  { privilege, schema, table }: Truth,
  engine: DatabaseEngine,
) {
  const database = engine === 'mysql' ? null : 'warehouse';
  const use: DataUse = { engine, database, schema, table, verb: 'SELECT' };
  return capabilities
    .flatMap(({ allow }) => allow)
    .some(
      (one) =>
        one.type === 'data' &&
        one.privilege === privilege &&
        dataPatternMatches({ ...one, privilege: 'SELECT' }, use) === 'yes',
    );
}

describe.each([
  ['postgresql', 'postgresql', 140, ['reader']],
  ['mariadb', 'mysql', 64, []],
] as const)('grants of %s', (server, engine, questions, unread) => {
  const truth = JSON.parse(readFileSync(`${FOLDER}${server}/truth.json`, 'utf8')) as Truth[];

  it('are what the server lets its users do', async () => {
    const capabilities = databaseCapabilities(await estateOf(server));
    const of = Map.groupBy(capabilities, ({ holder }) => holder.id);
    expect(truth).toHaveLength(questions);
    // Of whom no list says anything, nothing is known, not even what everybody may do.
    for (const user of unread) expect(of.get(`${engine}:${user}`)).toBeUndefined();
    const asked = truth.filter(({ user }) => !(unread as readonly string[]).includes(user));
    const wrong = asked.filter(
      (one) => allows(of.get(`${engine}:${one.user}`) ?? [], one, engine) !== one.allowed,
    );
    expect(wrong).toEqual([]);
  });

  it('are read from every list', async () => {
    const { coverage, warnings } = await estateOf(server);
    expect(warnings).toEqual([]);
    expect(coverage.map(({ status }) => status)).toEqual(coverage.map(() => 'read'));
    expect(coverage.length).toBeGreaterThanOrEqual(3);
  });
});

it('ends where roles are members of one another', () => {
  const builder = createDatabaseBuilder();
  const names = Array.from({ length: 3000 }, (_, index) => `r${index}`);
  builder.add(
    names.flatMap((grantee, index) => [
      { grantee, role_name: names[(index + 1) % names.length] },
      { grantee, role_name: grantee },
    ]),
    'role_memberships.json',
  );
  builder.add([{ grantee: 'r5', privilege_type: 'SELECT', table_name: 't' }], 'table_privileges.json');
  const [first] = databaseCapabilities(builder.finish(null)).filter(
    ({ holder }) => holder.id === 'postgresql:r0',
  );
  expect(first!.path.map(({ object }) => object)).toEqual([
    'Role r1',
    'Role r2',
    'Role r3',
    'Role r4',
    'Role r5',
    'Grants to r5',
  ]);
});
