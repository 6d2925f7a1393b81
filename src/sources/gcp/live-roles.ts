/** The roles that some policy binds, each asked for once: the list of all that Google defines is a thousand times more. */
import { ask, emit, inParallel, type Reading } from './reading.ts';
import { type Role, roleSchema } from './schema.ts';

const ROLE = /^(?:(?:projects|organizations)\/[^/?#\s]{1,200}\/)?roles\/[\w.-]{1,200}$/;

export async function readRoles(reading: Reading): Promise<void> {
  const place = { resource: '', part: 'roles' as const };
  const names = new Set(
    reading.builder
      .finish(null)
      .policies.flatMap(({ bindings }) => bindings.map(({ role }) => role))
      // Stripped conditions leave names that no role has.
      .filter((name) => ROLE.test(name) && !name.includes('_withcond_')),
  );
  const roles: Role[] = [];
  await inParallel([...names].sort(), async (name) => {
    const role = await ask(reading, { call: 'role', name, schema: roleSchema, place });
    if (role !== null) roles.push({ ...role, includedPermissions: role.includedPermissions ?? [] });
  });
  const known = reading.gaps.get('gcp:roles');
  if (known) known.objects = roles.length;
  roles.sort((a, b) => (a.name < b.name ? -1 : 1));
  emit(reading, place, roles);
}
