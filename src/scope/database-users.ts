/** As which users of databases a workload connects, as its own configuration says. */
import { DATABASE_USER_ENV, DATABASE_USERS_ANNOTATION } from '../catalog/declarations.ts';
import { databasePrincipal } from '../match/principal.ts';
import type { ConfiguredWorkload, DatabaseUser, Hop } from '../model/configured.ts';
import { refName } from './describe.ts';
import type { Controlled } from './workloads.ts';

/** Absent where it names none. */
export function databaseUsers(workload: Controlled): Pick<ConfiguredWorkload, 'databaseUsers'> {
  const found = [...annotated(workload), ...fromEnvironment(workload)];
  return found.length > 0 ? { databaseUsers: found } : {};
}

function hopOf({ ref }: Controlled, field: string, user: string): Hop {
  return { object: refName(ref), ref, field, why: `connects as ${user}`, inherited: false };
}

function annotated(workload: Controlled): DatabaseUser[] {
  const { template, annotations } = workload;
  const text =
    template.annotations[DATABASE_USERS_ANNOTATION] ?? annotations[DATABASE_USERS_ANNOTATION] ?? '';
  return text.split(',').flatMap((one) => {
    const principal = databasePrincipal(one.trim());
    if (principal === null) return [];
    const field = `metadata.annotations["${DATABASE_USERS_ANNOTATION}"]`;
    return [{ principals: [principal], where: hopOf(workload, field, principal) }];
  });
}

function fromEnvironment(workload: Controlled): DatabaseUser[] {
  return workload.containers.flatMap(({ name: container, identityEnv = {} }) =>
    Object.entries(DATABASE_USER_ENV).flatMap(([name, engine]) => {
      const user = identityEnv[name];
      if (!user) return [];
      const principals = engine === null ? [`postgresql:${user}`, `mysql:${user}`] : [`${engine}:${user}`];
      return [{ principals, where: hopOf(workload, `containers[${container}].env[${name}]`, user) }];
    }),
  );
}
