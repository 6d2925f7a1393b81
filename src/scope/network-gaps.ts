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
  const settings = (name: string) => settingsGap(coverage, name);
  const mesh = refused('mesh', true);
  return {
    namespaced: cached((namespace) => resourceGap(coverage, 'networkpolicies', namespace)),
    above: (namespace) => admin(namespace) ?? cilium(namespace) ?? settings('cilium-config'),
    mesh: cached((namespace) => mesh(namespace) ?? settings('istio-config')),
  };
}

/** Settings that are not there are the defaults; those that may not be read may be others. */
function settingsGap(coverage: KubernetesEstate['coverage'], name: string): string | null {
  const rows = coverage.filter(
    ({ resource, status }) => resource === 'network-settings' && status !== 'absent',
  );
  const own = rows.filter(({ source }) => source.endsWith(`:${name}`));
  return own.length === 0 ? null : resourceGap(own, 'network-settings', null);
}

function cached<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key)!;
  };
}
