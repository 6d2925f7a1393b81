/**
 * What users of databases may do, from their grants: one capability a user, database and privilege, of all tables
 * together. Grants of roles are those of their members too; what PUBLIC has, everybody has.
 */
import type { Capability, Hop } from '../model/configured.ts';
import type { DatabaseEstate, DatabaseGrant, DatabaseMembership } from '../model/database.ts';

/** Roles of roles of roles: a cycle ends, and so does this. */
const MAX_ROLES = 1000;
const MAX_TOLD = 3;

export function databaseCapabilities({ grants, memberships }: DatabaseEstate): Capability[] {
  const byGrantee = Map.groupBy(grants, ({ engine, user }) => `${engine}:${user}`);
  const roles = Map.groupBy(memberships, ({ engine, member }) => `${engine}:${member}`);
  const users = new Set([...byGrantee.keys(), ...roles.keys()]);
  users.delete(EVERYBODY);
  return [...users].sort().flatMap((user) => {
    const held = waysOf(user, roles);
    return [...held].flatMap(([grantee, path]) => granted(user, path, byGrantee.get(grantee) ?? []));
  });
}

const EVERYBODY = 'postgresql:PUBLIC';

/** The user itself, the roles that it is a member of, and everybody; each with the way there. */
function waysOf(
  user: string,
  roles: ReadonlyMap<string, readonly DatabaseMembership[]>,
): Map<string, readonly Hop[]> {
  const found = new Map<string, readonly Hop[]>([[user, []]]);
  for (const [one, path] of found)
    for (const { engine, role, member, location } of roles.get(one) ?? []) {
      const next = `${engine}:${role}`;
      if (found.has(next) || found.size >= MAX_ROLES) continue;
      const hop = {
        object: `Role ${role}`,
        ref: null,
        field: location,
        why: `${member} is a member`,
        inherited: true,
      };
      found.set(next, [...path, hop]);
    }
  if (user.startsWith('postgresql:'))
    found.set(EVERYBODY, [
      { object: 'Role PUBLIC', ref: null, field: 'grantee', why: 'everybody is a member', inherited: true },
    ]);
  return found;
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
