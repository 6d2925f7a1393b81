/** Does a statement that was heard use a grant of the database? By what its verb needs, on the tables that it names. */
import type { Pattern } from '../model/configured.ts';
import type { DatabaseEngine } from '../model/database.ts';
import { compileGlob, globMatches } from './aws/glob.ts';
import { both, known, type Ternary } from './ternary.ts';

export type DataPattern = Extract<Pattern, { type: 'data' }>;
export type DataUse = {
  engine: DatabaseEngine;
  /** Null: not told. Of MySQL always null, its databases are schemas. */
  database: string | null;
  schema: string | null;
  /** Null: the statement names none. */
  table: string | null;
  /** Upper case. */
  verb: string;
};

const ENGINES: Readonly<Record<string, DatabaseEngine>> = {
  postgres: 'postgresql',
  postgresql: 'postgresql',
  mysql: 'mysql',
};

/** `postgres:warehouse/public.orders` with its verb; null for what is no SQL database. */
export function parseDataUse(subject: string, context: string | null): DataUse | null {
  const colon = subject.indexOf(':');
  const engine = ENGINES[subject.slice(0, colon)];
  if (engine === undefined || !Object.hasOwn(ENGINES, subject.slice(0, colon))) return null;
  const slash = subject.indexOf('/', colon);
  const named = subject.slice(colon + 1, slash < 0 ? undefined : slash);
  // A database that nobody named is called by the server's address.
  const database = named === '?' || /:\d+$/.test(named) ? null : named;
  const table = slash < 0 ? null : subject.slice(slash + 1);
  const verb = context ?? 'OTHER';
  if (engine === 'mysql') return { engine, database: null, schema: database, table, verb };
  const dot = table?.indexOf('.') ?? -1;
  if (table === null || dot < 0) return { engine, database, schema: null, table, verb };
  return { engine, database, schema: table.slice(0, dot), table: table.slice(dot + 1), verb };
}

type Needs = { sure: readonly string[]; perhaps: readonly string[] };
const READS: Needs = { sure: ['SELECT'], perhaps: [] };
const ALL = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'CREATE', 'ALTER', 'DROP', 'INDEX'] as const;

/**
 * What a statement of the verb needs on each of its tables. Of those, the wire does not tell which one is written and
 * which are read.
 */
const NEEDS: Readonly<Record<string, Needs>> = {
  SELECT: READS,
  TABLE: READS,
  DECLARE: READS,
  HANDLER: READS,
  EXPLAIN: { sure: [], perhaps: ALL },
  WITH: { sure: ['SELECT'], perhaps: ['INSERT', 'UPDATE', 'DELETE'] },
  // `ON CONFLICT DO UPDATE` and `ON DUPLICATE KEY UPDATE` are heard as INSERT.
  INSERT: { sure: ['INSERT'], perhaps: ['SELECT', 'UPDATE'] },
  REPLACE: { sure: ['INSERT', 'DELETE'], perhaps: ['SELECT'] },
  UPDATE: { sure: ['UPDATE'], perhaps: ['SELECT'] },
  DELETE: { sure: ['DELETE'], perhaps: ['SELECT'] },
  MERGE: { sure: ['INSERT', 'UPDATE'], perhaps: ['SELECT', 'DELETE'] },
  COPY: { sure: [], perhaps: ['SELECT', 'INSERT'] },
  LOAD: { sure: ['INSERT'], perhaps: ['DELETE'] },
  TRUNCATE: { sure: ['TRUNCATE', 'DROP'], perhaps: [] },
  LOCK: { sure: ['LOCK TABLES'], perhaps: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] },
  CREATE: {
    sure: ['CREATE'],
    perhaps: ['SELECT', 'INSERT', 'INDEX', 'REFERENCES', 'TRIGGER', 'CREATE VIEW'],
  },
  ALTER: { sure: ['ALTER'], perhaps: ['INDEX', 'REFERENCES', 'TRIGGER', 'CREATE', 'INSERT', 'DROP'] },
  DROP: { sure: ['DROP'], perhaps: ['INDEX', 'TRIGGER', 'ALTER'] },
  RENAME: { sure: ['ALTER', 'DROP'], perhaps: ['CREATE', 'INSERT'] },
};
/** What they run is named elsewhere. */
const INDIRECT = new Set(['OTHER', 'CALL', 'DO', 'EXECUTE', 'HANDLER']);

/** Privileges whose use a statement shows; of others (`USAGE`, `PROCESS`) nothing that is heard tells it. */
export const JUDGED_PRIVILEGES: ReadonlySet<string> = new Set([...ALL, 'REFERENCES', 'TRIGGER']);

export function dataPatternMatches(pattern: DataPattern, use: DataUse): Ternary {
  if (pattern.engine !== use.engine) return 'no';
  const needed = needs(use, pattern.privilege);
  if (needed === 'no') return 'no';
  const where = both(sameDatabase(pattern, use), sameTable(pattern, use));
  return both(needed, where);
}

function needs({ verb }: DataUse, privilege: string): Ternary {
  if (INDIRECT.has(verb)) return 'unknown';
  const found = Object.hasOwn(NEEDS, verb) ? NEEDS[verb]! : null;
  if (found === null) return 'no';
  if (found.sure.includes(privilege)) return 'yes';
  return found.perhaps.includes(privilege) ? 'unknown' : 'no';
}

function sameDatabase({ database }: DataPattern, use: DataUse): Ternary {
  if (database === null) return 'yes';
  return use.database === null ? 'unknown' : known(database === use.database);
}

/** A table without a schema is of the search path, which is not told: any schema's table of that name may be it. */
function sameTable({ engine, schema, table }: DataPattern, use: DataUse): Ternary {
  if (use.table === null) return INDIRECT.has(use.verb) ? 'unknown' : 'no';
  if (table !== null && table !== use.table) return 'no';
  if (schema === null) return 'yes';
  if (use.schema === null) return engine === 'mysql' ? 'unknown' : 'yes';
  if (table !== null || engine === 'postgresql') return known(schema === use.schema);
  return known(globMatches(compileGlob(schema), use.schema));
}

/** Uses that a pattern may be asked about: those of its table, and those that name none. */
export function indexUses<T extends { use: DataUse }>(
  items: readonly T[],
): (pattern: DataPattern) => readonly T[] {
  const byTable = Map.groupBy(items, ({ use }) => use.table);
  const nameless = byTable.get(null) ?? [];
  return ({ table }) => (table === null ? items : [...(byTable.get(table) ?? []), ...nameless]);
}
