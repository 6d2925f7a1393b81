/** Grants of databases, taken from lists of rows by their columns. Nothing throws: what is malformed is told. */
import type {
  DatabaseEngine,
  DatabaseEstate,
  DatabaseGrant,
  DatabaseMembership,
} from '../../model/database.ts';
import type { SourceCoverage } from '../../model/kubernetes.ts';
import { isRow, type List, rowOf } from './rows.ts';

export type DatabaseBuilder = {
  /** False: no rows of grants. `path` tells what an empty list is of: `role_memberships.csv`. */
  add(document: unknown, path: string): boolean;
  /** `readAt`: newest file time. */
  finish(readAt: string | null): DatabaseEstate;
};

type Store = {
  grants: DatabaseGrant[];
  memberships: DatabaseMembership[];
  engines: Set<DatabaseEngine>;
  /** `postgresql:table_privileges`, and how many rows; of empty lists the engine is not told: `:table_privileges`. */
  lists: Map<string, number>;
  problem: string | null;
  warnings: string[];
};

const MAX_WARNINGS = 200;
const MAX_ROWS = 2_000_000;

/** Without these a grant may be missing: information_schema keeps each width of grants in a list of its own. */
const WANTED = {
  postgresql: ['table_privileges', 'column_privileges', 'role_memberships'],
  mysql: [
    'user_privileges',
    'schema_privileges',
    'table_privileges',
    'column_privileges',
    'role_memberships',
  ],
} as const satisfies Record<DatabaseEngine, readonly List[]>;

const FILES: readonly [List, RegExp][] = [
  ['role_memberships', /role_memberships|applicable_roles|pg_auth_members/i],
  ['column_privileges', /column_(?:privileges|grants)/i],
  ['table_privileges', /table_(?:privileges|grants)/i],
  ['schema_privileges', /schema_privileges/i],
  ['user_privileges', /user_privileges/i],
];

export function createDatabaseBuilder(): DatabaseBuilder {
  const store: Store = {
    grants: [],
    memberships: [],
    engines: new Set(),
    lists: new Map(),
    problem: null,
    warnings: [],
  };
  return {
    add: (document, path) => add(store, document, path),
    finish: (readAt) => ({
      grants: store.grants,
      memberships: store.memberships,
      readAt,
      coverage: coverageOf(store),
      warnings: store.warnings,
    }),
  };
}

function add(store: Store, document: unknown, path: string): boolean {
  if (!Array.isArray(document)) return false;
  const list = document.length === 0 ? listOfFile(path) : null;
  if (list !== null) store.lists.set(`:${list}`, 0);
  if (list !== null || !isRow(document[0])) return list !== null;
  for (const [index, row] of document.entries()) put(store, row, `${path}#${index + 1}`);
  return true;
}

function listOfFile(path: string): List | null {
  const name = path.split(/[/\\]/).at(-1)!;
  return FILES.find(([, pattern]) => pattern.test(name))?.[0] ?? null;
}

function put(store: Store, row: unknown, location: string): void {
  const read =
    store.grants.length >= MAX_ROWS ? `more than ${MAX_ROWS} grants are not read` : rowOf(row, location);
  if (typeof read === 'string') {
    store.problem ??= `${location} ${read}`;
    if (store.warnings.length < MAX_WARNINGS) store.warnings.push(`${location} ${read}`);
    return;
  }
  const { engine } = read.list === 'role_memberships' ? read.membership : read.grant;
  store.engines.add(engine);
  const key = `${engine}:${read.list}`;
  store.lists.set(key, (store.lists.get(key) ?? 0) + 1);
  if (read.list === 'role_memberships') store.memberships.push(read.membership);
  else store.grants.push(read.grant);
}

function coverageOf({ engines, lists, problem }: Store): SourceCoverage[] {
  return [...engines].sort().flatMap((engine) =>
    WANTED[engine].map((list): SourceCoverage => {
      const objects = lists.get(`${engine}:${list}`) ?? lists.get(`:${list}`);
      const base = {
        source: `database:${engine}:${list}`,
        resource: 'database-grants' as const,
        namespaces: null,
      };
      if (objects === undefined)
        return { ...base, status: 'absent', objects: 0, reason: `${list} were not given` };
      return { ...base, status: problem === null ? 'read' : 'failed', objects, reason: problem };
    }),
  );
}
