/** Table by table, which grants of a user of a database were needed by any statement that was heard. */
import {
  type DataPattern,
  type DataUse,
  dataPatternMatches,
  indexUses,
  JUDGED_PRIVILEGES,
  parseDataUse,
} from '../match/database.ts';
import { principalKey } from '../match/principal.ts';
import type { Capability } from '../model/configured.ts';
import type { Ledger, LedgerWorkload } from '../model/ledger.ts';
import type { Observed } from '../model/observed.ts';

export type GrantedPlace = { capability: Capability; pattern: DataPattern };
/** Of one user in one database. */
export type UserGrants = {
  principal: string;
  /** Null: of the whole server. */
  database: string | null;
  used: readonly GrantedPlace[];
  unused: readonly GrantedPlace[];
  /** Of which it is not known, with a statement that may have needed them. */
  open: readonly (GrantedPlace & { row: Observed })[];
};

type Use = { row: Observed; use: DataUse };

/** What PUBLIC has is not the agent's to lose: it is left out. */
export function userGrants(ledger: Ledger, view: LedgerWorkload): UserGrants[] {
  const places = view.capabilities
    .filter((one) => one.kind === 'data-grant' && !isPublic(one))
    .flatMap(judged);
  const own = statements(view.observed?.observations ?? []);
  const others = (ledger.observed?.workloads ?? [])
    .filter(({ id }) => id !== view.observed?.id)
    .flatMap(({ observations }) => statements(observations).filter(({ row }) => row.principal !== null));
  const groups = Map.groupBy(places, ({ capability, pattern }) =>
    JSON.stringify([capability.holder.id, databaseOf(pattern)]),
  );
  return [...groups.values()].map((group) => judge(group, own, others));
}

/** MySQL's databases are its schemas. */
export function databaseOf({ engine, database, schema }: DataPattern): string | null {
  return engine === 'mysql' ? schema : database;
}

function isPublic({ path }: Capability): boolean {
  return path.some(({ object }) => object === 'Role PUBLIC');
}

function judged(capability: Capability): GrantedPlace[] {
  return capability.allow.flatMap((pattern) =>
    pattern.type === 'data' && JUDGED_PRIVILEGES.has(pattern.privilege) ? [{ capability, pattern }] : [],
  );
}

/** Those that succeeded: what was refused was an attempt. */
export function statements(rows: readonly Observed[]): Use[] {
  return rows.flatMap((row) => {
    if (row.kind !== 'data-access' || row.count <= row.errors) return [];
    const use = parseDataUse(row.subject, row.context);
    return use === null ? [] : [{ row, use }];
  });
}

function judge(group: readonly GrantedPlace[], own: readonly Use[], others: readonly Use[]): UserGrants {
  const principal = group[0]!.capability.holder.id;
  const key = principalKey(principal);
  const mine = own.filter(({ row }) => row.principal === null || principalKey(row.principal) === key);
  const theirs = others.filter(({ row }) => principalKey(row.principal!) === key);
  const candidates = indexUses(mine);
  const shared = indexUses(theirs);
  const found = {
    used: [] as GrantedPlace[],
    unused: [] as GrantedPlace[],
    open: [] as UserGrants['open'][number][],
  };
  for (const place of group) {
    const answers = candidates(place.pattern).map(({ row, use }) => ({
      row,
      answer: dataPatternMatches(place.pattern, use),
    }));
    const perhaps = answers.find(({ answer }) => answer === 'unknown');
    if (answers.some(({ answer }) => answer === 'yes')) found.used.push(place);
    else if (perhaps) found.open.push({ ...place, row: perhaps.row });
    // What another holder needs is not latent.
    else if (!shared(place.pattern).some(({ use }) => dataPatternMatches(place.pattern, use) !== 'no'))
      found.unused.push(place);
  }
  return { principal, database: databaseOf(group[0]!.pattern), ...found };
}
