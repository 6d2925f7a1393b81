/** Pod metadata for attribution: from the API, polled as pods come and go, or from an exported pod list. */
import { UserError } from '../../errors.ts';
import type { KubernetesEstate } from '../../model/kubernetes.ts';
import type { Peer } from '../../model/snapshot.ts';
import type { ClusterOptions } from './client.ts';
import { readCollections } from './live.ts';
import { type ContainerInfo, indexPods, type PodIndex, type PodInfo } from './pod-index.ts';

export type { ContainerInfo, PodInfo } from './pod-index.ts';

export type PodDirectoryOptions =
  | ({
      from: 'cluster';
      namespaces: readonly string[] | null;
      pollMs?: number;
      missMs?: number;
    } & ClusterOptions)
  | { from: 'files'; paths: readonly string[]; namespaces?: readonly string[] | null };

export type PodDirectory = {
  /** UID of the kube-system namespace; null where it was not readable. */
  readonly cluster: string | null;
  readonly source: 'api' | 'pod-list';
  /** Also in the spelling of cgroup names, with `_` for `-`. */
  byUid(uid: string): PodInfo | null;
  byContainer(containerId: string): ContainerInfo | null;
  /** What the address is now. `protocol` in lower case. */
  peer(address: string, port: number, protocol: 'tcp' | 'udp' | 'sctp'): Peer;
  /** Reads now; never rejects, see `problem`. */
  refresh(): Promise<void>;
  /** Why the last reading failed. Look-ups go on with the last good view. */
  problem(): string | null;
  close(): void;
};

const POLL_MS = 15_000;
/** A container that is not known yet asks for a reading by itself, but not more often than this. */
const MISS_INTERVAL_MS = 2000;
/** Nor longer than so many times that: the API never shows the sandbox of a pod, and a reading lists the cluster. */
const MISS_INTERVALS = 5;
const MAX_MISSES = 10_000;
/** Events of a pod arrive after it is gone: its uid and containers stay known this long, its address does not. */
const REMEMBER_MS = 10 * 60_000;

const COLLECTIONS = [
  'pods',
  'replicasets',
  'jobs',
  'namespaces',
  'services',
  'endpointslices',
  'nodes',
] as const;

/** Throws UserError where nothing can be read at first. */
export async function openPodDirectory(options: PodDirectoryOptions): Promise<PodDirectory> {
  if (options.from === 'files') {
    const { readExports } = await import('../manifests/read.ts');
    const estate = await readExports(options.paths, {
      namespaces: options.namespaces ?? null,
      mayBeEmpty: true,
    });
    return createDirectory('pod-list', checkedForPods(estate), null);
  }
  const read = () => readCollections({ ...options, only: COLLECTIONS });
  const directory = createDirectory('api', checkedForPods(await read()), read, options.missMs);
  const timer = setInterval(() => void directory.refresh(), options.pollMs ?? POLL_MS);
  timer.unref();
  return { ...directory, close: () => clearInterval(timer) };
}

function checkedForPods(estate: KubernetesEstate): KubernetesEstate {
  const pods = estate.coverage.find(({ resource }) => resource === 'pods');
  if (estate.pods.length > 0 || pods?.status === 'read') return estate;
  throw new UserError(`no pods from ${estate.origin}: ${pods?.reason ?? 'none were read'}`, {
    hint: 'workloads are found through pods: grant `list pods`, or give a pod list (kubectl get pods,rs,jobs,svc,endpointslices,ns,nodes -A -o json)',
  });
}

type Remembered = { at: number; pods: PodIndex['byUid']; containers: PodIndex['byContainer'] };

function createDirectory(
  source: PodDirectory['source'],
  first: KubernetesEstate,
  read: (() => Promise<KubernetesEstate>) | null,
  missMs = MISS_INTERVAL_MS,
): PodDirectory {
  let index = indexPods(first);
  let past: Remembered[] = [];
  let reading: Promise<void> | null = null;
  /** Since when it has been asked for, ms. */
  const misses = new Map<string, number>();
  let readAt = Date.now();
  let problem: string | null = null;

  async function readAgain(reader: () => Promise<KubernetesEstate>): Promise<void> {
    readAt = Date.now();
    try {
      const estate = checkedForPods(await reader());
      // The cluster's id is part of every workload id: losing sight of it must not rename them.
      const next = indexPods({ ...estate, cluster: estate.cluster ?? index.cluster });
      past = remember(past, index, next);
      index = next;
      problem = null;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
  }

  function refresh(): Promise<void> {
    if (!read) return Promise.resolve();
    reading ??= readAgain(read).finally(() => {
      reading = null;
    });
    return reading;
  }

  function missed(key: string): null {
    const now = Date.now();
    const first = misses.get(key) ?? now;
    if (misses.size >= MAX_MISSES) misses.clear();
    misses.set(key, first);
    if (read && now - readAt >= missMs && now - first <= missMs * MISS_INTERVALS) void refresh();
    return null;
  }

  return {
    cluster: index.cluster,
    source,
    byUid(uid) {
      const key = uid.replaceAll('_', '-');
      return index.byUid.get(key) ?? firstOf(past, (one) => one.pods.get(key)) ?? missed(key);
    },
    byContainer: (id) =>
      index.byContainer.get(id) ?? firstOf(past, (one) => one.containers.get(id)) ?? missed(id),
    peer: (address, port, protocol) => index.peer(address, port, protocol),
    refresh,
    problem: () => problem,
    close: () => undefined,
  };
}

function firstOf<T>(past: readonly Remembered[], find: (one: Remembered) => T | undefined): T | undefined {
  for (const one of past) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Keeps of the outgoing view only what the new one no longer has. */
function remember(past: readonly Remembered[], old: PodIndex, next: PodIndex): Remembered[] {
  const now = Date.now();
  const gone: Remembered = {
    at: now,
    pods: new Map([...old.byUid].filter(([uid]) => !next.byUid.has(uid))),
    containers: new Map([...old.byContainer].filter(([id]) => !next.byContainer.has(id))),
  };
  const kept = past.filter(({ at }) => now - at < REMEMBER_MS);
  return gone.pods.size + gone.containers.size > 0 ? [gone, ...kept] : [...kept];
}
