/** Which pods a policy of the mesh is about, in common: whether they are in the mesh, which mode of TLS they ask for. */
import type { KubernetesEstate, Labels, NetworkPeer, Pod } from '../../model/kubernetes.ts';
import type { AuthorizationPolicy, MtlsMode } from '../../model/mesh.ts';
import type { MeshScope } from './index.ts';
import type { Membership } from './member.ts';
import type { EffectiveMode } from './mtls.ts';

/** Pods of a namespace with the same labels, and in the mesh alike. */
export type PodClass = {
  namespace: string;
  labels: Labels;
  member: Membership;
  mode: EffectiveMode;
  /** Ports that have modes of their own. */
  byPort: Readonly<Record<string, MtlsMode>>;
};
export type PodClasses = ReadonlyMap<string, readonly PodClass[]>;

/** Pods as they run; templates speak for controllers that have none. */
export function podClasses({ pods, workloads }: KubernetesEstate, mesh: MeshScope): PodClasses {
  const classes = new Map<string, PodClass>();
  const add = (namespace: string, labels: Labels, member: Membership) => {
    const key = `${namespace} ${member} ${labelsKey(labels)}`;
    if (classes.has(key)) return;
    const mode = mesh.mtls.modeOf(namespace, labels, null);
    classes.set(key, { namespace, labels, member, mode, byPort: mesh.mtls.byPort(namespace, labels) });
  };
  for (const pod of pods)
    if (!isOver(pod)) add(pod.ref.namespace ?? 'default', pod.template.labels, mesh.memberOfPod(pod));
  const running = Map.groupBy(classes.values(), ({ namespace }) => namespace);
  for (const { ref, template } of workloads) {
    const namespace = ref.namespace ?? 'default';
    const known = (running.get(namespace) ?? []).some(({ labels }) => covers(template.labels, labels));
    if (!known) add(namespace, template.labels, mesh.memberOfTemplate(namespace, template));
  }
  return Map.groupBy(classes.values(), ({ namespace }) => namespace);
}

function covers(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

function isOver({ phase }: Pod): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

const keys = new WeakMap<Labels, string>();

export function labelsKey(labels: Labels): string {
  const known = keys.get(labels);
  if (known !== undefined) return known;
  const key = JSON.stringify(Object.entries(labels).sort());
  keys.set(labels, key);
  return key;
}

/** `peers`: of the pods in the mesh, and of no others. */
export type PolicyClasses = { peers: NetworkPeer[]; classes: readonly PodClass[] };

/** A namespace whose selected pods all are in the mesh is one peer; of another, each class of pods is. */
export function classesOf(
  { ref, selector, targetRefs }: AuthorizationPolicy,
  classes: PodClasses,
  root: string,
): PolicyClasses {
  if (targetRefs.length > 0) return { peers: [], classes: [] };
  const namespaces = ref.namespace === root ? [...classes.keys()] : [ref.namespace ?? 'default'];
  const podSelector = selector === null ? null : { matchLabels: selector, matchExpressions: [] };
  const parts = namespaces.map((namespace): PolicyClasses => {
    const selected = (classes.get(namespace) ?? []).filter(({ labels }) => covers(selector ?? {}, labels));
    const members = selected.filter(({ member }) => member !== 'none');
    const whole: NetworkPeer = { type: 'pods', namespaceSelector: namespaceOf(namespace), podSelector };
    const all = members.length > 0 && members.length === selected.length;
    return { peers: all ? [whole] : members.map(classPeer), classes: members };
  });
  return {
    peers: parts.flatMap(({ peers }) => peers),
    classes: parts.flatMap((part) => part.classes),
  };
}

export function classPeer({ namespace, labels }: PodClass): NetworkPeer {
  const podSelector = { matchLabels: labels, matchExpressions: [] };
  return { type: 'pods', namespaceSelector: namespaceOf(namespace), podSelector };
}

function namespaceOf(namespace: string): { matchLabels: Labels; matchExpressions: [] } {
  return {
    matchLabels: { 'kubernetes.io/metadata.name': namespace },
    matchExpressions: [],
  };
}
