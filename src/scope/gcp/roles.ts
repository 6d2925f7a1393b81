/** What roles grant. A role that was not read may grant anything: that is never taken for nothing. */
import { GCP_IDENTITY_ROLES } from '../../catalog/gcp-identity-roles.ts';
import { known, type Ternary } from '../../match/ternary.ts';
import type { GcpRole } from '../../model/gcp.ts';

export type Roles = {
  grants(role: string, permission: string): Ternary;
  /** Null: not read. */
  permissions(role: string): readonly string[] | null;
  gap(role: string): string;
};

const ANY = 'any role';

/** Of a service, `storage`, or null: of all. Whoever may grant roles has each of their permissions. */
export function anyRole(service: string | null): string {
  return service === null ? ANY : `${ANY} of ${service}`;
}

function ofAnyRole(name: string, permission: string): Ternary {
  return known(name === ANY || permission.startsWith(`${name.slice(anyRole('').length)}.`));
}

/** The API writes so the roles of conditional bindings to whoever does not ask for version 3. */
const STRIPPED = '_withcond_';

export function createRoles(roles: readonly GcpRole[], canonical: (name: string) => string): Roles {
  const byName = new Map(
    roles.map((role) => [canonical(role.name), role.deleted ? { ...role, permissions: [] } : role]),
  );
  const sets = new Map<string, ReadonlySet<string>>();
  const setOf = (name: string) => {
    const ready = sets.get(name);
    const role = byName.get(name);
    if (ready !== undefined || role === undefined) return ready;
    const made = new Set(role.permissions);
    sets.set(name, made);
    return made;
  };
  return {
    grants(name, permission) {
      if (name.startsWith(ANY)) return ofAnyRole(name, permission);
      const set = setOf(canonical(name));
      if (set !== undefined) return known(set.has(permission));
      return GCP_IDENTITY_ROLES.get(name)?.has(permission) ? 'yes' : 'unknown';
    },
    permissions: (name) => byName.get(canonical(name))?.permissions ?? null,
    gap: (name) =>
      name.includes(STRIPPED)
        ? `the condition of ${name} was left out of the policy: it has to be read with version 3`
        : `the permissions of ${name} were not read`,
  };
}
