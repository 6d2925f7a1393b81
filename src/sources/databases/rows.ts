/**
 * Rows of `information_schema` as PostgreSQL (lower case) and MySQL (upper case) write them.
 * https://www.postgresql.org/docs/current/infoschema-table-privileges.html,
 * https://dev.mysql.com/doc/refman/8.4/en/information-schema-table-privileges-table.html
 */
import type { DatabaseEngine, DatabaseGrant, DatabaseMembership } from '../../model/database.ts';

export type List =
  | 'user_privileges'
  | 'schema_privileges'
  | 'table_privileges'
  | 'column_privileges'
  | 'role_memberships';
export type Row =
  | { list: 'role_memberships'; membership: DatabaseMembership }
  | { list: Exclude<List, 'role_memberships'>; grant: DatabaseGrant };

const MAX_NAME = 512;
/** MySQL's accounts have a host, and its roles an empty one. */
const ACCOUNT = /^'(.*)'@'[^']*'$/s;

/** Cells by name, whatever its case; null: no row at all. */
function cellsOf(row: unknown): ((name: string) => string | null) | null {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return null;
  const cells = new Map<string, string>();
  for (const [name, value] of Object.entries(row))
    if (typeof value === 'string' && value.length <= MAX_NAME) cells.set(name.toLowerCase(), value);
  return (name) => cells.get(name) ?? null;
}

/** Whether it is of a list that is read here, by its columns alone. */
export function isRow(row: unknown): boolean {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return false;
  const names = new Set(Object.keys(row).map((name) => name.toLowerCase()));
  return names.has('grantee') && (names.has('privilege_type') || names.has('role_name'));
}

/** A sentence: why it is not readable. */
export function rowOf(row: unknown, location: string): Row | string {
  const cell = cellsOf(row);
  const grantee = cell?.('grantee') ?? null;
  if (cell === null || grantee === null) return 'names no grantee';
  const account = ACCOUNT.exec(grantee);
  const engine = account ? 'mysql' : 'postgresql';
  const user = account?.[1] ?? grantee;
  const role = cell('role_name');
  if (role !== null) {
    const membership = { engine, member: user, role: ACCOUNT.exec(role)?.[1] ?? role, location } as const;
    return { list: 'role_memberships', membership };
  }
  const privilege = cell('privilege_type');
  if (privilege === null) return 'names no privilege';
  if (cell('object_name') !== null || cell('routine_name') !== null)
    return 'is of an object other than a table, which is not modelled';
  return {
    list: listOf(cell),
    grant: grantOf(cell, { engine, grantee, user, privilege, location }),
  };
}

type Cell = (name: string) => string | null;

function listOf(cell: Cell): Exclude<List, 'role_memberships'> {
  if (cell('column_name') !== null) return 'column_privileges';
  if (cell('table_name') !== null) return 'table_privileges';
  return cell('table_schema') === null ? 'user_privileges' : 'schema_privileges';
}

type Named = { engine: DatabaseEngine; grantee: string; user: string; privilege: string; location: string };

function grantOf(cell: Cell, { engine, privilege, ...rest }: Named): DatabaseGrant {
  const schema = cell('table_schema');
  const table = cell('table_name');
  const wild = engine === 'mysql' && table === null;
  return {
    ...rest,
    engine,
    privilege: privilege.toUpperCase(),
    database: engine === 'mysql' ? null : cell('table_catalog'),
    schema: schema !== null && wild ? globOf(schema) : schema,
    table,
    column: cell('column_name'),
    grantable: cell('is_grantable')?.toUpperCase() === 'YES',
  };
}

/** Grants on whole databases of MySQL are patterns, in which a backslash takes the meaning of the next character. */
function globOf(like: string): string {
  return like.replace(
    /\\(.)|%|_/g,
    (found, literal: string | undefined) => literal ?? (found === '%' ? '*' : '?'),
  );
}
