/** Secrets and ConfigMaps, known by what pod specs refer to: they are never listed, their content is not ours. */
import type {
  ConfigMapRef,
  ObjectRef,
  PodTemplate,
  SecretRef,
  SourceCoverage,
} from '../../model/kubernetes.ts';

type Holder = { ref: ObjectRef; template: PodTemplate };
type Reference = { namespace: string; name: string; keys: readonly string[] };

export function secretsOf(holders: readonly Holder[]): SecretRef[] {
  return merged(holders, 'secret').map(({ namespace, name, keys }) => ({
    ref: refTo('Secret', namespace, name),
    type: null,
    keys,
  }));
}

export function configMapsOf(holders: readonly Holder[]): ConfigMapRef[] {
  return merged(holders, 'config-map').map(({ namespace, name, keys }) => ({
    ref: refTo('ConfigMap', namespace, name),
    keys,
  }));
}

export function referenceCoverage(
  prefix: string,
  counts: Record<'secrets' | 'configmaps', number>,
): SourceCoverage[] {
  return (['secrets', 'configmaps'] as const).map((resource) => ({
    source: `${prefix}:${resource}`,
    resource,
    namespaces: null,
    status: 'absent',
    objects: counts[resource],
    reason: 'never listed: names are those that pod specs refer to',
  }));
}

function refTo(kind: string, namespace: string, name: string): ObjectRef {
  return { apiVersion: 'v1', kind, namespace, name, location: null };
}

function merged(holders: readonly Holder[], source: 'secret' | 'config-map'): Reference[] {
  const found = new Map<string, { namespace: string; name: string; keys: Set<string> }>();
  for (const { ref, template } of holders) {
    const namespace = ref.namespace ?? 'default';
    for (const { name, keys } of referencesIn(template, source)) {
      const known = found.get(`${namespace}/${name}`) ?? { namespace, name, keys: new Set<string>() };
      for (const key of keys) known.keys.add(key);
      found.set(`${namespace}/${name}`, known);
    }
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { namespace, name, keys }]) => ({ namespace, name, keys: [...keys].sort() }));
}

function referencesIn(
  template: PodTemplate,
  source: 'secret' | 'config-map',
): { name: string; keys: readonly string[] }[] {
  const mounts = template.mounts.filter((mount) => mount.source === source && mount.name !== null);
  const environment = template.containers.flatMap((container) => container.env);
  return [
    ...mounts.map(({ name, keys }) => ({ name: name!, keys })),
    ...environment
      .filter((one) => one.from === source && one.object !== null)
      .map((one) => ({ name: one.object!, keys: [] })),
  ];
}
