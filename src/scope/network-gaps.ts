/** What of the policies was not read, and so may decide otherwise. */
import { resourceGap } from '../match/source-coverage.ts';
import type { KubernetesEstate, ResourceName } from '../model/kubernetes.ts';

export type NetworkGaps = {
  /** NetworkPolicies of a namespace: unread ones may isolate, or allow. */
  namespaced(namespace: string): string | null;
  /** What may decide before and beside them. */
  above(namespace: string): string | null;
  mesh(namespace: string): string | null;
};

/**
 * What an export simply lacks counts only where something says that it exists: a cluster without Cilium or Istio has
 * none of their objects. An export that has some of their kinds is taken to lack those that the cluster lacks. What
 * was refused or failed always counts.
 */
export function createGaps(estate: KubernetesEstate): NetworkGaps {
  const { coverage } = estate;
  const refused = (resource: ResourceName, evident: boolean) => (namespace: string) => {
    const of = coverage.filter((one) => one.resource === resource);
    const missing = evident && of.every(({ status }) => status === 'absent');
    const counted = missing ? of : of.filter(({ status }) => status !== 'absent');
    return counted.length === 0 ? null : resourceGap(counted, resource, namespace);
  };
  const admin = cached(refused('adminnetworkpolicies', false));
  const enforced = estate.cilium !== undefined && estate.cilium.enforcement !== 'never';
  const cilium = cached(refused('ciliumpolicies', enforced));
  return {
    namespaced: cached((namespace) => resourceGap(coverage, 'networkpolicies', namespace)),
    above: (namespace) => admin(namespace) ?? cilium(namespace),
    mesh: cached(refused('mesh', true)),
  };
}

function cached<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key)!;
  };
}
