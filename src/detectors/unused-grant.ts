import { databasePrincipal, principalKey } from '../match/principal.ts';
import type { Ledger, LedgerWorkload } from '../model/ledger.ts';
import { type GrantedPlace, statements, type UserGrants, userGrants } from './database-grants.ts';
import { type DetectorResult, type Doubt, type Draft, defineDetector } from './define-detector.ts';
import { absence, absenceConfidence, windowOf } from './evidence.ts';
import { counted, listed } from './words.ts';

const SIGNALS = ['plaintext', 'tls'] as const;
const WRITES = new Set(['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'CREATE', 'ALTER', 'DROP']);

/** Grants of a user of a database that no statement of any holder needed; one finding a user and database. */
export const unusedGrant = defineDetector({
  kind: 'unused-grant',
  gap: 1,
  discipline: 'identity',
  needs: {
    signals: SIGNALS,
    resources: ['workloads'],
    processStart: false,
    baseline: false,
    kinds: ['data-access'],
    absence: true,
  },
  detect(view, { ledger }): DetectorResult<1> {
    const grants = userGrants(ledger, view);
    const latent = grants.filter(({ unused }) => unused.length > 0);
    const known = usersOf(view);
    return {
      drafts: latent.map((one) => draft(view, one)),
      doubts: [...unreadGrants(ledger, view, known), ...undecided(grants)],
      unlearnt: known.length === 0 && rowsOfGrants(ledger).length > 0,
    };
  },
});

/** As which it connects, by its configuration or by what was heard; `or` between those of which one is meant. */
function usersOf(view: LedgerWorkload): (readonly string[])[] {
  const heard = statements(view.observed?.observations ?? []).flatMap(({ row }) => {
    const principal = row.principal === null ? null : databasePrincipal(row.principal);
    return principal === null ? [] : [principal];
  });
  const said = (view.configured?.databaseUsers ?? []).map(({ principals }) => principals);
  return [...said, ...[...new Set(heard)].map((one) => [one])];
}

function rowsOfGrants({ configured }: Ledger) {
  return (configured?.coverage ?? []).filter(({ resource }) => resource === 'database-grants');
}

/** A user of whom no grant was read may have any. */
function unreadGrants(ledger: Ledger, view: LedgerWorkload, users: readonly (readonly string[])[]): Doubt[] {
  const anonymous = users.length === 0 && statements(view.observed?.observations ?? []).length > 0;
  if (anonymous) return [missing('it sends statements to a database, and as which user was not heard')];
  const held = new Set(
    view.capabilities
      .filter(({ kind }) => kind === 'data-grant')
      .map(({ holder }) => principalKey(holder.id)),
  );
  const unread = users.filter((names) => !names.some((one) => held.has(principalKey(one))));
  if (unread.length > 0)
    return [missing(`no grants of ${listed(unread.map((names) => names.join(' or ')))} were read`)];
  const further = view.capabilities.find(
    ({ kind, conditions }) => kind === 'data-grant' && conditions.length > 0,
  );
  if (further) return [missing(`${further.holder.id}: ${further.conditions[0]}`)];
  const engines = new Set(users.flat().map((one) => one.split(':', 1)[0]!));
  const gaps = rowsOfGrants(ledger).filter(
    ({ source, status }) => status !== 'read' && engines.has(source.split(':')[1]!),
  );
  return gaps
    .slice(0, 1)
    .map(({ source, status, reason }) => missing(`${source} ${status}: ${reason ?? 'not read'}`));
}

function missing(detail: string): Doubt {
  return { reason: 'source-missing', detail };
}

function undecided(grants: readonly UserGrants[]): Doubt[] {
  const open = grants.flatMap((one) => one.open);
  const [first] = open;
  if (!first) return [];
  const names = listed([...new Set(open.map(placeText))]);
  const statement = `${first.row.context ?? 'a statement'} on ${first.row.subject}`;
  return [{ reason: 'folded', detail: `${names}: ${statement} may have needed it` }];
}

function placeText({ pattern }: GrantedPlace): string {
  return `${pattern.privilege} on ${tableName(pattern)}`;
}

function tableName({ schema, table }: GrantedPlace['pattern']): string {
  if (schema === null && table === null) return 'everything';
  return schema === null ? table! : `${schema}.${table ?? '*'}`;
}

function draft(view: LedgerWorkload, grants: UserGrants): Draft<1> {
  const { principal, database, used, unused } = grants;
  const where = database ?? 'every database';
  const privileges = namesOf(unused, ({ pattern }) => pattern.privilege);
  const tables = namesOf(unused, ({ pattern }) => tableName(pattern));
  const what = `${listed(privileges, 6)} on ${tables.length === 1 ? tables[0] : counted(tables.length, 'table')}`;
  const { capability } = unused[0]!;
  const hop = capability.path.at(-1)!;
  return {
    subject: `${where} as ${principal}`,
    claim:
      `${view.label} connects to ${where} as ${principal}, which may ${what}, and in ` +
      `${windowOf(view.observed)} it needed ${usedText(used)} (${hop.object} ${hop.field}).`,
    configured: { summary: what, path: capability.path },
    operational: absence(view, SIGNALS, `no statement that needs ${what}`, unused.map(placeText)),
    remedy: { scopeDown: { object: hop.object, field: `${listed(privileges, 6)} on ${listed(tables)}` } },
    aggravated: unused.some(isSevere),
    ...confidence(view, grants),
  };
}

function namesOf(places: readonly GrantedPlace[], name: (place: GrantedPlace) => string): string[] {
  return [...new Set(places.map(name))].sort();
}

/** `SELECT on 3 tables`. */
function usedText(used: readonly GrantedPlace[]): string {
  if (used.length === 0) return 'none of what it was granted';
  const tables = namesOf(used, ({ pattern }) => tableName(pattern));
  const privileges = namesOf(used, ({ pattern }) => pattern.privilege);
  return `${listed(privileges)} on ${tables.length === 1 ? tables[0] : counted(tables.length, 'table')} only`;
}

function isSevere({ pattern: { table, privilege } }: GrantedPlace): boolean {
  return table === null && WRITES.has(privilege);
}

/** Rows that are read to be locked are heard as read, and need the grant to change them. */
function confidence(view: LedgerWorkload, { used, unused }: UserGrants) {
  const grounds = absenceConfidence(view, 'unused-grant', SIGNALS);
  const updates = new Set(
    unused.filter(({ pattern }) => pattern.privilege === 'UPDATE').map(({ pattern }) => tableName(pattern)),
  );
  const locks = used.some(({ pattern }) => pattern.privilege === 'SELECT' && updates.has(tableName(pattern)));
  if (!locks) return grounds;
  return {
    confidence: 'medium' as const,
    confidenceReason: `${grounds.confidenceReason}; SELECT … FOR UPDATE is heard as SELECT and needs UPDATE`,
  };
}
