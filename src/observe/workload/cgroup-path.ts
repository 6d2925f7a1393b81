/**
 * Reads a cgroup path: which container, pod or systemd unit it is. The path comes from the kernel, but container
 * runtimes and users choose its parts, so nothing here throws and nothing is trusted beyond its shape.
 *
 * Layouts: Kubernetes systemd driver (kubepods.slice/kubepods-<qos>.slice/kubepods-<qos>-pod<uid>.slice/<rt>-<id>.scope)
 * and cgroupfs driver (kubepods/<qos>/pod<uid>/<id>), Docker (docker-<id>.scope, /docker/<id>), CRI-O, podman,
 * containerd's own `<namespace>/<id>`, all of them also below another prefix (kind, nested nodes, v1 controllers).
 */
export type ContainerRuntime = 'containerd' | 'cri-o' | 'docker' | 'podman' | 'unknown';
export type QosClass = 'guaranteed' | 'burstable' | 'besteffort';

export type CgroupPath = {
  runtime: ContainerRuntime | null;
  /** 64 hex digits. */
  containerId: string | null;
  /** With dashes; a static pod's may be 32 hex digits without. */
  podUid: string | null;
  qos: QosClass | null;
  /** `foo.service`; `user@1000.service/app.service` for a user manager's. Null for scopes of login sessions. */
  unit: string | null;
};

const CONTAINER_SCOPE =
  /^(?:(cri-containerd|containerd|nerdctl|crio|docker|libpod|cri-dockerd)[-:])?([0-9a-f]{64})(?:\.scope)?$/;
const POD = /^(?:.*-)?pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;
const QOS = /^(?:kubepods-|.*-kubepods-)?(burstable|besteffort)(?:-pod.*)?(?:\.slice)?$/;
const KUBEPODS = /^(?:.*-)?kubepods(?:-.*)?(?:\.slice)?$/;
/** The monitor process of CRI-O and podman lives beside the container; it is not the workload. */
const MONITOR = /^(?:crio|libpod)-conmon-/;
const UNIT = /^[A-Za-z0-9:_.\\@-]+\.(?:service|socket|mount|swap)$/;

const RUNTIMES: Record<string, ContainerRuntime> = {
  'cri-containerd': 'containerd',
  containerd: 'containerd',
  nerdctl: 'containerd',
  crio: 'cri-o',
  docker: 'docker',
  'cri-dockerd': 'docker',
  libpod: 'podman',
};
/** Parent directories that name the runtime where the container's own directory is a bare id. */
const RUNTIME_PARENTS: Record<string, ContainerRuntime> = {
  docker: 'docker',
  actions_job: 'docker',
  libpod_parent: 'podman',
  'machine.slice': 'podman',
  'k8s.io': 'containerd',
  moby: 'docker',
  default: 'containerd',
};

const NOTHING: CgroupPath = { runtime: null, containerId: null, podUid: null, qos: null, unit: null };

/** Splits the runtime's colon form as well: `/system.slice:cri-containerd:<id>` (runc with the cgroupfs driver misread). */
function parts(path: string): string[] {
  return path
    .replace(/^\/?\.\.(?:\/\.\.)*/, '')
    .split('/')
    .flatMap((part) => (/^[^:]+\.slice:[^:]+:[0-9a-f]{64}$/.test(part) ? part.split(':').slice(2) : [part]))
    .filter((part) => part !== '' && part !== '.');
}

function lastIndex(list: readonly string[], test: (part: string) => boolean): number {
  for (let i = list.length - 1; i >= 0; i--) if (test(list[i]!)) return i;
  return -1;
}

/**
 * Kubernetes first: below the innermost kubepods directory, a container inside a container (kind) is the inner one,
 * but a container that a pod's own Docker starts below the pod (dind) still is the pod's.
 */
function containerOf(
  list: readonly string[],
): Pick<CgroupPath, 'runtime' | 'containerId' | 'podUid' | 'qos'> {
  const pods = lastIndex(list, (part) => POD.test(part));
  const inPod = pods >= 0 && list.slice(0, pods + 1).some((part) => KUBEPODS.test(part));
  const below = inPod ? list.slice(pods + 1) : list;
  const at = inPod
    ? below.findIndex((part) => CONTAINER_SCOPE.test(part))
    : lastIndex(below, (part) => CONTAINER_SCOPE.test(part));
  const match = at < 0 ? null : CONTAINER_SCOPE.exec(below[at]!);
  const parent = at > 0 ? below[at - 1]! : '';
  const named = match?.[1] === undefined ? RUNTIME_PARENTS[parent] : RUNTIMES[match[1]];
  return {
    runtime: match ? (named ?? 'unknown') : null,
    containerId: match?.[2] ?? null,
    podUid: inPod ? POD.exec(list[pods]!)![1]!.replaceAll('_', '-') : null,
    qos: inPod ? qosOf(list.slice(0, pods + 1)) : null,
  };
}

function qosOf(list: readonly string[]): QosClass {
  for (const part of list) {
    const match = QOS.exec(part);
    if (match) return match[1] as QosClass;
  }
  return 'guaranteed';
}

/** The innermost service; a user manager's keeps the manager's name, since two users' units may share one. */
function unitOf(list: readonly string[]): string | null {
  if (list.length === 1 && list[0] === 'init.scope') return 'init.scope';
  const at = lastIndex(list, (part) => UNIT.test(part));
  if (at < 0) return null;
  const manager = list.slice(0, at).find((part) => /^user@\d+\.service$/.test(part));
  if (/^user@\d+\.service$/.test(list[at]!) && at < list.length - 1) return null;
  return manager ? `${manager}/${list[at]}` : list[at]!;
}

export function parseCgroupPath(path: string): CgroupPath {
  const list = parts(path);
  if (list.length === 0 || list.some((part) => MONITOR.test(part))) return { ...NOTHING };
  const container = containerOf(list);
  const contained = container.containerId !== null || container.podUid !== null;
  return { ...container, unit: contained ? null : unitOf(list) };
}
