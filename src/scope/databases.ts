/**
 * What users of databases may do, from their grants: one capability a user, database and privilege, of all tables
 * together. Grants of roles are those of their members too; what PUBLIC has, everybody has.
 */
import type { Capability, Hop } from '../model/configured.ts';
import type { DatabaseEngine, DatabaseEstate, DatabaseGrant, DatabaseMembership } from '../model/database.ts';

/** Roles of roles of roles: a cycle ends, and so does this. */
const MAX_ROLES = 200;
const MAX_TOLD = 3;

export function databaseCapabilities({ grants, memberships }: DatabaseEstate): Capability[] {
  const byGrantee = Map.groupBy(grants, ({ engine, user }) => `${engine}:${user}`);
  const roles = Map.groupBy(memberships, ({ engine, member }) => `${engine}:${member}`);
  const users = new Set([...byGrantee.keys(), ...roles.keys()]);
  for (const engine of ENGINES) users.delete(`${engine}:${EVERYBODY}`);
  return [...users].sort().flatMap((user) => {
    const { reached, truncated } = reachedRoles(user, roles);
    const held = [...reached.keys()].flatMap((grantee) => {
      const own = [...(byGrantee.get(grantee) ?? []), ...predefined(grantee)];
      return own.length === 0 ? [] : granted(user, wayTo(grantee, reached), own);
    });
    return truncated ? [...held, furtherRoles(user)] : held;
  });
}

const ENGINES: readonly DatabaseEngine[] = ['postgresql', 'mysql'];
/** Of PostgreSQL, and of MariaDB. */
const EVERYBODY = 'PUBLIC';

type Step = { from: string; hop: Hop };
/** How each was reached; null: the user itself. */
type Steps = Map<string, Step | null>;

/** The user itself, the roles that it is a member of, and everybody. */
function reachedRoles(
  user: string,
  roles: ReadonlyMap<string, readonly DatabaseMembership[]>,
): { reached: Steps; truncated: boolean } {
  const reached: Steps = new Map([[user, null]]);
  let truncated = false;
  for (const [from] of reached)
    for (const { engine, role, member, location } of roles.get(from) ?? []) {
      const next = `${engine}:${role}`;
      if (reached.has(next)) continue;
      truncated ||= reached.size >= MAX_ROLES;
      if (!truncated) reached.set(next, { from, hop: roleHop(role, location, `${member} is a member`) });
    }
  const engine = ENGINES.find((one) => user.startsWith(`${one}:`))!;
  const everybody = `${engine}:${EVERYBODY}`;
  reached.set(everybody, { from: user, hop: roleHop(EVERYBODY, 'grantee', 'everybody is a member') });
  return { reached, truncated };
}

function roleHop(role: string, field: string, why: string): Hop {
  return { object: `Role ${role}`, ref: null, field, why, inherited: true };
}

function wayTo(grantee: string, reached: Steps): Hop[] {
  const hops: Hop[] = [];
  for (let step = reached.get(grantee); step; step = reached.get(step.from)) hops.push(step.hop);
  return hops.reverse();
}

function furtherRoles(user: string): Capability {
  return {
    id: `data-grant:${user}:further`,
    holder: { type: 'principal', id: user },
    kind: 'data-grant',
    summary: 'whatever further roles may do',
    allow: [],
    deny: [],
    conditions: [`it is a member of more than ${MAX_ROLES} roles, of which the rest was not followed`],
    effect: 'conditional',
    origin: 'inherited',
    path: [roleHop('?', 'memberships', `more than ${MAX_ROLES} roles are reached`)],
    source: 'database-grants',
  };
}

/** What these roles have is in no list: it is theirs on every table, https://www.postgresql.org/docs/current/predefined-roles.html */
const PREDEFINED: ReadonlyMap<string, readonly string[]> = new Map([
  ['postgresql:pg_read_all_data', ['SELECT']],
  ['postgresql:pg_write_all_data', ['INSERT', 'UPDATE', 'DELETE']],
]);

function predefined(grantee: string): DatabaseGrant[] {
  const user = grantee.slice(grantee.indexOf(':') + 1);
  const base = { engine: 'postgresql', grantee: user, user, database: null, schema: null } as const;
  return (PREDEFINED.get(grantee) ?? []).map((privilege) => ({
    ...base,
    privilege,
    table: null,
    column: null,
    grantable: false,
    location: 'predefined role',
  }));
}

function granted(user: string, way: readonly Hop[], grants: readonly DatabaseGrant[]): Capability[] {
  const groups = Map.groupBy(grants, ({ database, privilege }) => JSON.stringify([database, privilege]));
  return [...groups.values()].map((group) => capability(user, way, group));
}

function capability(user: string, way: readonly Hop[], grants: readonly DatabaseGrant[]): Capability {
  const first = grants[0]!;
  const { engine, database, privilege, grantee, location } = first;
  // Grants on columns come beside those on their table, one a column.
  const places = [...new Map(grants.map((one) => [JSON.stringify([one.schema, one.table]), one])).values()];
  const on = placesText(places);
  const why = `grants ${privilege} on ${on}`;
  const path = [
    ...way,
    { object: `Grants to ${grantee}`, ref: null, field: location, why, inherited: way.length > 0 },
  ];
  const via = way.map(({ object }) => object).join('/');
  return {
    id: `data-grant:${user}:${via}:${database}:${privilege}`,
    holder: { type: 'principal', id: user },
    kind: 'data-grant',
    summary: `${privilege} on ${on}${database === null ? '' : ` of ${database}`}${via === '' ? '' : ` by ${via}`}`,
    allow: places.map(({ schema, table }) => ({ type: 'data', engine, database, privilege, schema, table })),
    deny: [],
    conditions: [],
    effect: 'allow',
    origin: way.length > 0 ? 'inherited' : 'direct',
    path,
    source: 'database-grants',
  };
}

export function placeName({ schema, table }: { schema: string | null; table: string | null }): string {
  if (schema === null) return table ?? 'everything';
  return `${schema}.${table ?? '*'}`;
}

function placesText(places: readonly DatabaseGrant[]): string {
  const names = places.map(placeName);
  if (names.length <= MAX_TOLD) return names.join(', ');
  return `${names.slice(0, MAX_TOLD).join(', ')} and ${names.length - MAX_TOLD} more`;
}
