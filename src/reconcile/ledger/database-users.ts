/** Users of databases that a workload is: those that it says, and those as which it was heard connecting. */
import { databasePrincipal } from '../../match/principal.ts';
import type { ConfiguredWorkload, Hop } from '../../model/configured.ts';
import type { ObservedWorkload } from '../../model/observed.ts';

export type HeldUser = { principal: string; where: Hop };

/** Each once; what configuration says goes before what was heard. */
export function databaseUsersOf(
  { databaseUsers = [], ref, kind, namespace, name }: ConfiguredWorkload,
  observed: ObservedWorkload | null,
): HeldUser[] {
  const found = new Map<string, HeldUser>();
  for (const { principals, where } of databaseUsers)
    for (const principal of principals) if (!found.has(principal)) found.set(principal, { principal, where });
  for (const row of observed?.observations ?? []) {
    const principal =
      row.kind === 'data-access' && row.principal !== null ? databasePrincipal(row.principal) : null;
    if (principal === null || found.has(principal)) continue;
    const object = `${kind} ${namespace}/${name}`;
    const where = {
      object,
      ref,
      field: 'connection',
      why: `was heard connecting as ${principal}`,
      inherited: false,
    };
    found.set(principal, { principal, where });
  }
  return [...found.values()];
}
