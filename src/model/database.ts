/** Grants of a database, from exports of `information_schema` (PostgreSQL, MySQL and its kin). */
import type { SourceCoverage } from './kubernetes.ts';

export type DatabaseEngine = 'postgresql' | 'mysql';
export type DatabaseGrant = {
  engine: DatabaseEngine;
  /** As the database writes it: `agent`, `PUBLIC`, `'agent'@'%'`. */
  grantee: string;
  /** Without the host that MySQL adds. */
  user: string;
  /** `SELECT`, `INSERT` … upper case. */
  privilege: string;
  /** PostgreSQL's catalog. Null of MySQL, whose databases are its schemas. */
  database: string | null;
  /** Null: every one. `*` and `?` stand for what MySQL writes as `%` and `_`. */
  schema: string | null;
  table: string | null;
  column: string | null;
  grantable: boolean;
  /** `grants.csv#12` */
  location: string;
};
/** A role of PostgreSQL whose grants its member has too. */
export type DatabaseMembership = { engine: DatabaseEngine; member: string; role: string; location: string };
export type DatabaseEstate = {
  grants: readonly DatabaseGrant[];
  memberships: readonly DatabaseMembership[];
  readAt: string | null;
  /** Of each engine and list, `database:postgresql:table_privileges`. */
  coverage: readonly SourceCoverage[];
  warnings: readonly string[];
};
