/**
 * Workload ids: the controller, never a pod and never a pid, since pods churn faster than baselines converge.
 *
 *   k8s:<kube-system uid | "-">/<namespace>/<Kind>/<name>
 *   host:<machine-id>/compose/<project>/<service>, …/swarm/<service>
 *   host:<machine-id>/container/<docker|podman|nerdctl>/<name>
 *   host:<machine-id>/unit/<name>
 *   host:<machine-id>/proc/<user>:<exe>:<script or module>:<cwd>
 *   cgroup:<machine-id><path>            what could not be resolved, kept as such
 */
export function kubernetesWorkloadId(
  cluster: string | null,
  namespace: string,
  kind: string,
  name: string,
): string {
  return `k8s:${cluster ?? '-'}/${namespace}/${kind}/${name}`;
}

/** Namespace/Kind/name of a Kubernetes workload id, whatever its cluster; null for other ids. */
export function parseKubernetesWorkloadId(
  id: string,
): { cluster: string | null; namespace: string; kind: string; name: string } | null {
  const match = /^k8s:([^/]+)\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(id);
  if (!match) return null;
  const [, cluster, namespace, kind, name] = match as unknown as [string, string, string, string, string];
  return { cluster: cluster === '-' ? null : cluster, namespace, kind, name };
}

/** `system:serviceaccount:ns:name`, the user name Kubernetes gives a ServiceAccount. */
export function serviceAccountPrincipal(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}
