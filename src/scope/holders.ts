/** Permissions in the cluster of whoever asks its API server, from the same bindings as those of workloads. */
import type { Capability, Hop } from '../model/configured.ts';
import type { KubernetesEstate } from '../model/kubernetes.ts';
import { indexBindings, unreadRoles, userCapabilities } from './rbac.ts';
import { authorizersFor } from './rbac-authorizers.ts';
import { indexRoles } from './rbac-roles.ts';

export type Holder = { capabilities: readonly Capability[]; path: readonly Hop[] };
export type HolderOf = (user: string, groups: readonly string[] | null) => Holder;

/** The same subject is asked about many times. */
const KEPT = 10_000;

export function createKubernetesHolders(estate: KubernetesEstate | null): HolderOf {
  if (!estate) return () => ({ capabilities: [], path: [] });
  const bindings = indexBindings(estate.roleBindings);
  const roles = indexRoles(estate.roles);
  const unread = unreadRoles(estate.coverage);
  const known = new Map<string, Holder>();
  return (user, groups) => {
    const key = JSON.stringify([user, groups]);
    const kept = known.get(key);
    if (kept) return kept;
    const asked = groups === null ? { user } : { user, groups };
    const made = {
      capabilities: userCapabilities(asked, bindings, roles, unread, authorizersFor(estate, asked)),
      path: [],
    };
    if (known.size >= KEPT) known.clear();
    known.set(key, made);
    return made;
  };
}
