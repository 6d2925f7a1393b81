/** Grants of a database, from exports of `information_schema` (PostgreSQL, MySQL and its kin). */
export type DatabaseGrant = {
  engine: 'postgresql' | 'mysql';
  grantee: string;
  /** `SELECT`, `INSERT` … upper case. */
  privilege: string;
  /** Null: every one. */
  schema: string | null;
  table: string | null;
  column: string | null;
  grantable: boolean;
  /** `grants.csv#12` */
  location: string;
};
export type DatabaseEstate = {
  grants: readonly DatabaseGrant[];
  readAt: string | null;
  warnings: readonly string[];
};
