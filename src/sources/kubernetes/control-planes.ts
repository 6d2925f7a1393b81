/**
 * Where Istio runs in a cluster, and which ConfigMap it reads: one with a revision has `istio-<revision>`, in whatever
 * namespace it is installed. https://istio.io/latest/docs/setup/upgrade/canary/
 */
import type { Pod, Workload } from '../../model/kubernetes.ts';
import type { MeshControlPlane, MeshSettings } from '../../model/mesh.ts';
import type { Collection } from './collection.ts';

const CONFIG_PATH = '/etc/istio/config';

/** By the label that every installation gives istiod. */
export function controlPlanesOf(
  workloads: readonly Pick<Workload, 'ref' | 'template'>[],
  pods: readonly Pick<Pod, 'ref' | 'template'>[],
): MeshControlPlane[] {
  const found = new Map<string, MeshControlPlane>();
  for (const { ref, template } of [...workloads, ...pods]) {
    if (template.labels.app !== 'istiod' || ref.namespace === null) continue;
    const mount = template.mounts.find((one) => one.mountPath === CONFIG_PATH && one.source === 'config-map');
    const config = mount?.name ?? nameOf(template.labels['istio.io/rev']);
    found.set(`${ref.namespace}/${config}`, { namespace: ref.namespace, config });
  }
  return [...found.values()];
}

function nameOf(revision: string | undefined): string {
  return revision === undefined || revision === '' || revision === 'default' ? 'istio' : `istio-${revision}`;
}

/** That of a control plane which runs, before what another one left behind. */
export function settingsOf(
  all: readonly MeshSettings[],
  planes: readonly MeshControlPlane[],
): MeshSettings | null {
  const running = all.filter(({ ref }) => planes.some((one) => isAt(one, ref)));
  return running.find(({ ref }) => ref.name === 'istio') ?? running[0] ?? all[0] ?? null;
}

function isAt({ namespace, config }: MeshControlPlane, ref: MeshSettings['ref']): boolean {
  return ref.namespace === namespace && ref.name === config;
}

/** What was read so far, by the collection that it is of. */
type Stored = { collection: Collection; object: object };

export function planesIn(stored: Iterable<Stored>): MeshControlPlane[] {
  const run = [...stored].filter(
    ({ collection: { resource } }) => resource === 'workloads' || resource === 'pods',
  );
  return controlPlanesOf(
    run.map(({ object }) => object as Workload | Pod),
    [],
  );
}

/** Revisions whose settings differ: which of them a pod obeys is not told apart. Null: they agree. */
export function disagreement(stored: Iterable<Stored>): string | null {
  const list = [...stored];
  const all = list.flatMap(({ collection, object }) =>
    collection.name === 'istio-config' ? [object as MeshSettings] : [],
  );
  const planes = all.length < 2 ? [] : planesIn(list);
  const running = all.filter(({ ref }) => planes.some((one) => isAt(one, ref)));
  const said = new Set(
    running.map(({ rootNamespace, trustDomain, outbound }) => `${rootNamespace} ${trustDomain} ${outbound}`),
  );
  if (said.size < 2) return null;
  const names = running.map(({ ref }) => `${ref.namespace}/${ref.name}`).join(', ');
  const { ref } = settingsOf(all, planes)!;
  return `control planes of Istio are set differently (ConfigMaps ${names}): all pods are judged by ${ref.namespace}/${ref.name}`;
}
