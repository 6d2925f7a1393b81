/** Controllers of the estate: a ReplicaSet of a Deployment is none, a bare pod is one. */
import type { ConfiguredWorkload } from '../model/configured.ts';
import type { KubernetesEstate, ObjectRef, Owner, PodTemplate } from '../model/kubernetes.ts';
import { type Controller, controllerOf, type Owned, revisionOf } from '../model/ownership.ts';
import { kubernetesWorkloadId, serviceAccountPrincipal } from '../model/workload.ts';

type Instance = {
  ref: ObjectRef;
  owners: readonly Owner[];
  labels: ConfiguredWorkload['labels'];
  annotations: ConfiguredWorkload['labels'];
  template: PodTemplate;
  schedule: string | null;
  /** ISO time; of several revisions the newest describes the controller. */
  created: string | null;
};
/** A workload without what the other parts of the posture add. */
export type Controlled = Omit<ConfiguredWorkload, 'declared' | 'declares' | 'egressPolicies'> & {
  template: PodTemplate;
  annotations: ConfiguredWorkload['labels'];
};

export function controlledWorkloads(estate: KubernetesEstate): Controlled[] {
  const find = ownerLookup(estate);
  const controllers = new Map<string, { controller: Controller; self: Instance | null; newest: Instance }>();
  for (const instance of instancesOf(estate)) {
    const { ref, owners, template } = instance;
    const within = (kind: string, name: string) => find.get(`${ref.namespace}/${kind}/${name}`) ?? null;
    const controller = controllerOf({ ...ref, owners }, template.labels, within);
    const key = `${ref.namespace}/${controller.kind}/${controller.name}`;
    const known = controllers.get(key);
    const self =
      ref.kind === controller.kind && ref.name === controller.name ? instance : (known?.self ?? null);
    const newest = known && (known.newest.created ?? '') > (instance.created ?? '') ? known.newest : instance;
    controllers.set(key, { controller, self, newest });
  }
  return [...controllers.values()]
    .map(({ controller, self, newest }) => controlled(estate.cluster, controller, self ?? newest, newest))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function instancesOf({ workloads, pods }: KubernetesEstate): Instance[] {
  const fromPods = pods.map((pod) => ({
    ref: pod.ref,
    owners: pod.owners,
    labels: pod.template.labels,
    annotations: pod.template.annotations,
    template: pod.template,
    schedule: null,
    created: pod.startTime,
  }));
  return [...workloads, ...fromPods];
}

function ownerLookup({ workloads }: KubernetesEstate): Map<string, Owned> {
  return new Map(
    workloads.map(({ ref, owners }) => [`${ref.namespace}/${ref.kind}/${ref.name}`, { ...ref, owners }]),
  );
}

function controlled(
  cluster: string | null,
  controller: Controller,
  source: Instance,
  newest: Instance,
): Controlled {
  const namespace = source.ref.namespace ?? 'default';
  const { template } = source;
  return {
    id: kubernetesWorkloadId(cluster, namespace, controller.kind, controller.name),
    ref: { ...controller, namespace, location: source.ref.location },
    cluster,
    namespace,
    kind: controller.kind,
    name: controller.name,
    labels: source.labels,
    annotations: source.annotations,
    podLabels: template.labels,
    serviceAccount: template.serviceAccountName,
    principal: serviceAccountPrincipal(namespace, template.serviceAccountName),
    hostNetwork: template.hostNetwork,
    ...(template.hostPID ? { hostPID: true } : {}),
    ...(template.hostIPC ? { hostIPC: true } : {}),
    ...(template.security ? { security: template.security } : {}),
    containers: template.containers,
    mounts: template.mounts,
    schedule: source.schedule,
    revision: revisionOf(newest.template.labels),
    template,
  };
}
