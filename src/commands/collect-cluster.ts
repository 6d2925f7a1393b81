/** Pod metadata while collecting: from the API, from exports that the user gave, or none at all. */
import { existsSync } from 'node:fs';
import { homedir, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import type { CgroupRef, WorkloadInfo } from '../observe/types.ts';
import type { PodDirectory, PodInfo } from '../sources/kubernetes/pods.ts';
import { podOf, workloadOf } from '../sources/sensor/attribution.ts';
import { createPeers, type PeerLookup } from '../sources/sensor/peers.ts';
import type { CollectOptions } from './collect-options.ts';

export type Cluster = {
  /** Whether there is pod metadata at all. */
  known: boolean;
  podOf(cgroup: CgroupRef): PodInfo | null;
  workloadOf(cgroup: CgroupRef): WorkloadInfo | null;
  peers: PeerLookup;
  /** Paths of Secret and token mounts in the pods of a workload met so far. */
  secretPrefixes(workloadId: string): readonly string[];
  /** Why the last look at the cluster failed; null when it did not. */
  problem(): string | null;
  close(): void;
};

/**
 * @param kubernetesNode this machine runs pods
 * @throws UserError when the given files or the cluster asked for cannot be read
 */
export async function openCluster(
  options: Pick<CollectOptions, 'pods' | 'live' | 'kubeconfig' | 'context'>,
  env: Readonly<Record<string, string | undefined>>,
  kubernetesNode: boolean,
): Promise<Cluster> {
  const directory = await openDirectory(options, env, kubernetesNode);
  let metPods = kubernetesNode;
  const secrets = new Map<string, Set<string>>();
  const known = (pod: PodInfo): PodInfo => {
    if (pod.secretPrefixes.length > 0)
      secrets.set(pod.workload.id, new Set([...(secrets.get(pod.workload.id) ?? []), ...pod.secretPrefixes]));
    return pod;
  };
  const find = (cgroup: CgroupRef): PodInfo | null => {
    metPods ||= cgroup.parsed.podUid !== null;
    const found = directory && podOf(directory, cgroup);
    return found ? known(found.pod) : null;
  };
  return {
    known: directory !== null,
    podOf: find,
    workloadOf: (cgroup) => (find(cgroup) && directory ? workloadOf(directory, cgroup) : null),
    peers: createPeers({
      cluster: directory?.peer ?? null,
      kubernetesNode: () => metPods,
      ownAddresses: ownAddresses(),
    }),
    secretPrefixes: (workloadId) => [...(secrets.get(workloadId) ?? [])],
    problem: () => directory?.problem() ?? null,
    close: () => directory?.close(),
  };
}

async function openDirectory(
  { pods, live, kubeconfig, context }: Pick<CollectOptions, 'pods' | 'live' | 'kubeconfig' | 'context'>,
  env: Readonly<Record<string, string | undefined>>,
  kubernetesNode: boolean,
): Promise<PodDirectory | null> {
  const told = kubeconfig !== undefined || context !== undefined;
  if (told && (!live || pods.length > 0))
    throw new UserError(`--kubeconfig and --context do not go with ${live ? '--pods' : '--no-live'}`, {
      hint: 'Pod metadata comes from the cluster or from files: leave one out.',
    });
  if (pods.length === 0 && !(live && (told || hasCluster(env, kubernetesNode)))) return null;
  // The API client costs half a second and 40 MiB: only who asks a cluster pays for it.
  const { openPodDirectory } = await import('../sources/kubernetes/pods.ts');
  if (pods.length > 0) return openPodDirectory({ from: 'files', paths: pods });
  return openPodDirectory({
    from: 'cluster',
    namespaces: null,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  });
}

/** Inside a pod, or on a node that runs pods and has a kubeconfig; not a laptop with one for somewhere else. */
function hasCluster(env: Readonly<Record<string, string | undefined>>, kubernetesNode: boolean): boolean {
  if (env.KUBERNETES_SERVICE_HOST) return true;
  return kubernetesNode && (env.KUBECONFIG !== undefined || existsSync(join(homedir(), '.kube', 'config')));
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []);
}
