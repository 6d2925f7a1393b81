/** Whom a subject of a cluster can become: its ServiceAccounts, and the pods in which their tokens lie. */
import { resourceGap } from '../match/source-coverage.ts';
import type { KubernetesEstate, PodTemplate } from '../model/kubernetes.ts';
import { serviceAccountPrincipal } from '../model/workload.ts';
import { podAdmission } from './rbac-admission.ts';

export type TokenHolder = { pod: string | null; node: string | null; account: string };
export type IdentityIndex = {
  /** Namespace → names. */
  accounts: ReadonlyMap<string, ReadonlySet<string>>;
  /** Namespace → pods with a token; `pod` null where only the template of a workload was read. */
  holders: ReadonlyMap<string, readonly TokenHolder[]>;
  /** Namespace (null: the cluster) → all of its principals, made where they are asked for. */
  principals: Map<string | null, readonly string[]>;
  /** What has to hold of a pod made there; null: nothing that is known. */
  admission(namespace: string | null): string | null;
  /** Why not all of them are known in a namespace (null: in all); null: they are. */
  gap(resource: 'serviceaccounts' | 'pods', namespace: string | null): string | null;
};

export function indexIdentities(estate: KubernetesEstate): IdentityIndex {
  const accounts = new Map<string, Set<string>>();
  const holders = new Map<string, TokenHolder[]>();
  const add = (namespace: string, account: string) =>
    entry(accounts, namespace, () => new Set<string>()).add(account);
  const automount = new Map<string, boolean | null>();
  for (const { ref, automountToken } of estate.serviceAccounts) {
    add(ref.namespace ?? 'default', ref.name);
    automount.set(`${ref.namespace}/${ref.name}`, automountToken);
  }
  // Admission puts one into every namespace.
  for (const { ref } of estate.namespaces) add(ref.name, 'default');
  const hold = (namespace: string, template: PodTemplate, pod: string | null, node: string | null) => {
    const account = template.serviceAccountName;
    add(namespace, account);
    if (hasToken(template, automount.get(`${namespace}/${account}`) ?? null))
      entry(holders, namespace, () => []).push({ pod, node, account });
  };
  for (const { ref, template, node } of estate.pods)
    hold(ref.namespace ?? 'default', template, ref.name, node);
  for (const { ref, template } of estate.workloads) hold(ref.namespace ?? 'default', template, null, null);
  return {
    accounts,
    holders,
    principals: new Map(),
    admission: (namespace) => podAdmission(estate.admission ?? [], namespace),
    gap: (resource, namespace) => resourceGap(estate.coverage, resource, namespace),
  };
}

function entry<K, T>(map: Map<K, T>, key: K, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** A token for another audience is none for the API server. */
function hasToken({ automountToken, mounts }: PodTemplate, ofAccount: boolean | null): boolean {
  if (automountToken ?? ofAccount ?? true) return true;
  return mounts.some(({ source, audience }) => source === 'service-account-token' && audience === undefined);
}

/** Principals of a scope (null: the cluster). `names`: only these, whether anything is known of them or not. */
export function accountsIn(
  index: IdentityIndex,
  scope: string | null,
  names: readonly string[] | null,
): readonly string[] {
  if (names === null) return entry(index.principals, scope, () => listed(index, scope, null));
  return listed(index, scope, names);
}

function listed(index: IdentityIndex, scope: string | null, names: readonly string[] | null): string[] {
  const namespaces = scope === null ? [...index.accounts.keys()] : [scope];
  return namespaces.flatMap((namespace) => {
    const all = new Set(names ?? index.accounts.get(namespace) ?? []);
    return [...all].map((name) => serviceAccountPrincipal(namespace, name));
  });
}

/** Principals whose token lies in a pod of the scope for which `lies` holds. */
export function tokensIn(
  index: IdentityIndex,
  scope: string | null,
  lies: (holder: TokenHolder) => boolean,
): string[] {
  const found = new Set<string>();
  for (const namespace of scope === null ? index.holders.keys() : [scope])
    for (const holder of index.holders.get(namespace) ?? [])
      if (lies(holder)) found.add(serviceAccountPrincipal(namespace, holder.account));
  return [...found];
}
