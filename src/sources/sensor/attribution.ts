import { serviceAccountPrincipal } from '../../model/workload.ts';
import type { CgroupRef, WorkloadInfo } from '../../observe/types.ts';
import type { PodDirectory, PodInfo } from '../kubernetes/pods.ts';

type Lookups = Pick<PodDirectory, 'byContainer' | 'byUid'>;

/** By container id first: it is exact also where a static pod's cgroup carries another uid than the API. */
export function podOf(
  directory: Lookups,
  { parsed }: CgroupRef,
): { pod: PodInfo; container: string | null } | null {
  const byId = parsed.containerId === null ? null : directory.byContainer(parsed.containerId);
  if (byId) return byId;
  const pod = parsed.podUid === null ? null : directory.byUid(parsed.podUid);
  return pod && { pod, container: pod.containers.length === 1 ? pod.containers[0]!.name : null };
}

/** Which workload a container's cgroup belongs to; null where the pod is not (yet) known, or it is no container. */
export function workloadOf(
  directory: Lookups & Pick<PodDirectory, 'cluster' | 'source'>,
  cgroup: CgroupRef,
): WorkloadInfo | null {
  const found = podOf(directory, cgroup);
  if (!found) return null;
  const { pod } = found;
  const container = pod.containers.find(({ name }) => name === found.container);
  return {
    id: pod.workload.id,
    unit: 'kubernetes',
    resolvedBy: directory.source,
    cluster: directory.cluster,
    namespace: pod.namespace,
    kind: pod.workload.kind,
    name: pod.workload.name,
    labels: { ...pod.labels },
    serviceAccount: pod.serviceAccount,
    revision: pod.revision,
    container: found.container,
    image: container?.image ?? null,
    digest: container?.digest ?? null,
    instance: pod.uid,
    principal: serviceAccountPrincipal(pod.namespace, pod.serviceAccount),
  };
}
