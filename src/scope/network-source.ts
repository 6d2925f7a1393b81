/** Who dials, as network policies and meshes see them. */
import type { ConfiguredWorkload } from '../model/configured.ts';
import type { Container, Labels, Pod } from '../model/kubernetes.ts';

export type NetworkSource = {
  namespace: string;
  labels: Labels;
  serviceAccount: string;
  hostNetwork: boolean;
  /** Of the pod; null: any pod of a workload. */
  name: string | null;
  ports?: Container['ports'];
};

export function sourceOfPod({ ref, template }: Pod): NetworkSource {
  return {
    namespace: ref.namespace ?? 'default',
    labels: template.labels,
    serviceAccount: template.serviceAccountName,
    hostNetwork: template.hostNetwork,
    name: ref.name,
    ports: template.containers.flatMap(({ ports }) => ports),
  };
}

export function sourceOfWorkload(workload: ConfiguredWorkload): NetworkSource {
  const { namespace, podLabels, serviceAccount, hostNetwork, containers } = workload;
  return {
    namespace,
    labels: podLabels,
    serviceAccount,
    hostNetwork,
    name: workload.kind === 'Pod' ? workload.name : null,
    ports: containers.flatMap(({ ports }) => ports),
  };
}
