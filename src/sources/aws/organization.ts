/** The levels above an account, from single answers: complete, or the reason why not. */
import type { AwsLevel, AwsOrganization } from '../../model/aws.ts';
import type { Store } from './store.ts';

/** Organizations nests five deep; more is a circle. */
const MAX_LEVELS = 16;
export const SERVICE_CONTROL = 'SERVICE_CONTROL_POLICY';
export const RESOURCE_CONTROL = 'RESOURCE_CONTROL_POLICY';
export type ControlType = typeof SERVICE_CONTROL | typeof RESOURCE_CONTROL;

/** Root first, the account last; or the target whose parent is not known. */
export function levelsOf(store: Store, account: string): { ids: readonly string[]; missing: string | null } {
  const ids = [account];
  for (let id = account; !id.startsWith('r-'); ) {
    const parent = store.parents.get(id);
    if (parent === undefined || ids.length > MAX_LEVELS) return { ids, missing: id };
    ids.unshift(parent);
    id = parent;
  }
  return { ids, missing: null };
}

/** Policies on one level; the reason where the list or a policy of it was not read. */
export function policiesAt(
  store: Store,
  target: string,
  type: ControlType,
): { ids: readonly string[]; missing: string | null } {
  const ids = store.targets.get(`${target}:${type}`);
  if (ids === undefined) return { ids: [], missing: `the list of those of ${target}` };
  const unread = ids.find((id) => store.organizationPolicies.get(id)?.type !== type);
  return { ids, missing: unread === undefined ? null : `the content of ${unread}` };
}

/** Of several organizations that of the first account; the others' accounts have no path. */
export function primaryOrganization(store: Store): { id: string; managementAccount: string } | null {
  const found = [...store.organizations]
    .filter(([, one]) => one !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return found[0]?.[1] ?? null;
}

/** Only whole paths: of half a path nobody can tell what it allows. */
export function organizationOf(store: Store): AwsOrganization | null {
  const primary = primaryOrganization(store);
  if (primary === null) return null;
  const paths: Record<string, readonly AwsLevel[]> = {};
  for (const [account, one] of [...store.organizations].sort(([a], [b]) => (a < b ? -1 : 1))) {
    // In no organization there is no level at all.
    const path = one === null ? [] : one.id === primary.id ? pathOf(store, account) : null;
    if (path !== null) paths[account] = path;
  }
  const policies = [...store.organizationPolicies].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    id: primary.id,
    managementAccount: primary.managementAccount,
    paths,
    policies: policies.map(([, { policy }]) => policy),
  };
}

function pathOf(store: Store, account: string): readonly AwsLevel[] | null {
  const { ids, missing } = levelsOf(store, account);
  if (missing !== null) return null;
  const levels: AwsLevel[] = [];
  for (const id of ids) {
    const service = policiesAt(store, id, SERVICE_CONTROL);
    const resource = policiesAt(store, id, RESOURCE_CONTROL);
    if (service.missing !== null || resource.missing !== null) return null;
    levels.push({ id, serviceControl: service.ids, resourceControl: resource.ids });
  }
  return levels;
}
