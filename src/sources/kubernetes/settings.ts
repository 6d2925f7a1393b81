/** The only ConfigMaps that are ever read, each by its name: settings of the network, without which policies mislead. */
import type { SourceCoverage } from '../../model/kubernetes.ts';
import type { MeshControlPlane } from '../../model/mesh.ts';
import type { Collection } from './collection.ts';

export type Setting = Collection & {
  at: { namespace: string; name: string };
  /** Collections that only a cluster has which runs that. */
  beside: readonly string[];
};

function setting(name: string, at: Setting['at'], beside: readonly string[]): Setting {
  const type = { group: '', version: 'v1', kind: 'ConfigMap', resource: 'network-settings' } as const;
  return { name, ...type, plural: 'configmaps', namespaced: true, aliases: [], at, beside };
}

export const SETTINGS: readonly Setting[] = [
  setting('cilium-config', { namespace: 'kube-system', name: 'cilium-config' }, [
    'ciliumnetworkpolicies',
    'ciliumclusterwidenetworkpolicies',
  ]),
  setting('istio-config', { namespace: 'istio-system', name: 'istio' }, [
    'authorizationpolicies',
    'peerauthentications',
    'sidecars',
    'serviceentries',
  ]),
];

/** Settings of Istio where its control planes read them; where none was found, where they are by default. */
export function settingsAt(
  settings: readonly Setting[],
  planes: readonly MeshControlPlane[],
): readonly Setting[] {
  if (planes.length === 0) return settings;
  return settings.flatMap((one) => {
    if (one.name !== 'istio-config') return [one];
    return planes.map(({ namespace, config }) => ({ ...one, at: { namespace, name: config } }));
  });
}

/** Those of what the cluster runs, as the coverage of its other collections tells. */
export function settingsBeside(coverage: readonly SourceCoverage[]): readonly Setting[] {
  const there = new Set(
    coverage
      .filter(({ status }) => status !== 'not-served' && status !== 'absent')
      .map(({ source }) => source.slice(source.indexOf(':') + 1)),
  );
  return SETTINGS.filter(({ beside }) => beside.some((name) => there.has(name)));
}

/** `who`: what has none, `the cluster` or `the export`. */
export function noSetting({ at }: Setting, who: string): Pick<SourceCoverage, 'status' | 'reason'> {
  const { namespace, name } = at;
  return { status: 'absent', reason: `${who} has no ConfigMap ${namespace}/${name}: defaults are assumed` };
}
