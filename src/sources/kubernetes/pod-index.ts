/** One view of pods, Services and nodes, laid out for look-ups: by uid, by container, by address. */
import type { KubernetesEstate, Labels, Pod } from '../../model/kubernetes.ts';
import { controllerOf, type Owned, revisionOf } from '../../model/ownership.ts';
import type { Peer } from '../../model/snapshot.ts';
import { kubernetesWorkloadId } from '../../model/workload.ts';
import { indexAddresses } from './address-index.ts';

export type PodInfo = {
  uid: string;
  namespace: string;
  name: string;
  workload: { id: string; kind: string; name: string };
  labels: Labels;
  serviceAccount: string;
  revision: string | null;
  hostNetwork: boolean;
  node: string | null;
  ips: readonly string[];
  containers: Pod['containers'];
  /** Container paths of Secret and token mounts, as written, and as the kernel spells them. */
  secretPrefixes: readonly string[];
};
export type ContainerInfo = { pod: PodInfo; container: string };

export type PodIndex = {
  cluster: string | null;
  byUid: ReadonlyMap<string, PodInfo>;
  byContainer: ReadonlyMap<string, ContainerInfo>;
  peer(address: string, port: number, protocol: string): Peer;
};

export function indexPods(estate: KubernetesEstate): PodIndex {
  const owners = new Map<string, Owned>(
    estate.workloads.map(({ ref, owners }) => [
      `${ref.namespace}/${ref.kind}/${ref.name}`,
      { ...ref, owners },
    ]),
  );
  const pods = estate.pods.map((pod) => podInfo(pod, estate.cluster, owners));
  return {
    cluster: estate.cluster,
    byUid: new Map(pods.map((pod) => [pod.uid, pod])),
    byContainer: new Map(
      pods.flatMap((pod) =>
        pod.containers
          .filter(({ id }) => id !== null)
          .map(({ id, name }) => [id!, { pod, container: name }] as const),
      ),
    ),
    peer: indexAddresses(estate),
  };
}

function podInfo(pod: Pod, cluster: string | null, owners: ReadonlyMap<string, Owned>): PodInfo {
  const namespace = pod.ref.namespace ?? 'default';
  const { labels, serviceAccountName, hostNetwork } = pod.template;
  const { kind, name } = controllerOf(
    { ...pod.ref, owners: pod.owners },
    labels,
    (ownerKind, ownerName) => owners.get(`${namespace}/${ownerKind}/${ownerName}`) ?? null,
  );
  return {
    uid: pod.uid,
    namespace,
    name: pod.ref.name,
    workload: { id: kubernetesWorkloadId(cluster, namespace, kind, name), kind, name },
    labels,
    serviceAccount: serviceAccountName,
    revision: revisionOf(labels),
    hostNetwork,
    node: pod.node,
    ips: pod.ips,
    containers: pod.containers,
    secretPrefixes: secretPrefixes(pod),
  };
}

const TOKEN_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

/** `/var/run` is a link to `/run` in most images, and the kernel reports what it leads to. */
function secretPrefixes({ template }: Pod): string[] {
  const mounted = template.mounts
    .filter(({ source }) => source === 'secret' || source === 'service-account-token')
    .map(({ mountPath }) => mountPath);
  const written = new Set([...mounted, TOKEN_DIRECTORY]);
  for (const path of [...written]) if (path.startsWith('/var/run/')) written.add(path.slice('/var'.length));
  return [...written];
}
