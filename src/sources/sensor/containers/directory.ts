/** Names of containers that no Kubernetes runs: read from what their runtime keeps on disk, nothing is asked of it. */
import type { CgroupRef, WorkloadInfo } from '../../../observe/types.ts';
import type { ContainerRuntime } from '../../../observe/workload/cgroup-path.ts';
import { createDockerLookup } from './docker.ts';
import { type Lookup, type Naming, workloadName } from './naming.ts';
import { createNerdctlLookup } from './nerdctl.ts';
import { createPodmanLookup } from './podman.ts';

export type ContainerDirectory = {
  /** Null: no container, one of a pod, or one that nothing names. */
  workloadOf(cgroup: CgroupRef): WorkloadInfo | null;
  /** Why containers go by their ids, each reason once: `docker: …config.v2.json: EACCES`. */
  problems(): string[];
};

type Runtime = 'docker' | 'podman' | 'nerdctl';
type Entry = { info: WorkloadInfo | null; why: string | null; tries: number; at: number };

const ASKED: Record<ContainerRuntime, readonly Runtime[]> = {
  docker: ['docker'],
  podman: ['podman'],
  containerd: ['nerdctl'],
  'cri-o': [],
  unknown: ['docker', 'podman', 'nerdctl'],
};
const ID = /^[0-9a-f]{64}$/;
/** A runtime writes down a container before it starts it: what is not there at once hardly comes. */
const TRIES = 3;
const RETRY_MS = 2000;
const MAX_CONTAINERS = 20_000;

/** @param top below which the machine's files are */
export function openContainerDirectory(machine: string, top = '/'): ContainerDirectory {
  const lookups: Record<Runtime, (id: string) => Lookup> = {
    docker: createDockerLookup(top),
    podman: createPodmanLookup(top),
    nerdctl: createNerdctlLookup(top),
  };
  const known = new Map<string, Entry>();
  function look(id: string, runtimes: readonly Runtime[], tries: number): Entry {
    const at = Date.now();
    const reasons: string[] = [];
    for (const runtime of runtimes) {
      const answer = lookups[runtime](id);
      if ('found' in answer)
        return { info: infoOf(machine, runtime, id, answer.found), why: null, tries, at };
      reasons.push(`${runtime}: ${answer.why}`);
    }
    return { info: null, why: reasons.join('; ') || null, tries, at };
  }
  return {
    workloadOf({ parsed: { containerId: id, podUid, runtime } }) {
      if (id === null || podUid !== null || !ID.test(id)) return null;
      const before = known.get(id);
      if (before && (before.info || before.tries >= TRIES || Date.now() - before.at < RETRY_MS))
        return before.info;
      const entry = look(id, ASKED[runtime ?? 'unknown'], (before?.tries ?? 0) + 1);
      known.delete(id);
      known.set(id, entry);
      if (known.size > MAX_CONTAINERS) known.delete(known.keys().next().value!);
      return entry.info;
    },
    problems: () => [...new Set([...known.values()].flatMap(({ why }) => why ?? []))].sort(),
  };
}

function infoOf(machine: string, runtime: Runtime, id: string, naming: Naming): WorkloadInfo {
  const { path, name, container } = workloadName(runtime, naming);
  return {
    id: `host:${machine}/${path}`,
    unit: 'container',
    resolvedBy: 'runtime',
    cluster: null,
    namespace: null,
    kind: null,
    name,
    labels: Object.fromEntries(
      Object.entries(naming.labels).flatMap(([key, value]) => (value ? [[key, value]] : [])),
    ),
    serviceAccount: null,
    revision: null,
    container,
    image: naming.image,
    digest: null,
    instance: id,
    principal: null,
  };
}
