/** The mesh's part of a workload's egress capabilities. */
import type { Capability } from '../../model/configured.ts';
import type { KubernetesEstate } from '../../model/kubernetes.ts';
import type { Controlled } from '../workloads.ts';
import { callerMembership } from './callers.ts';
import { createMeshCapabilities } from './capabilities.ts';
import { createMeshScope } from './index.ts';

export type MeshOf = (workload: Controlled) => Capability[];

export function createMeshOf(estate: KubernetesEstate): MeshOf {
  if (!estate.mesh) return () => [];
  const mesh = createMeshScope(estate);
  const capabilities = createMeshCapabilities(estate, mesh);
  const named = new Map(estate.pods.map((pod) => [`${pod.ref.namespace}/${pod.ref.name}`, pod]));
  const namespaces = Map.groupBy(estate.pods, ({ ref }) => ref.namespace ?? 'default');
  const pods = {
    podNamed: (namespace: string, name: string) => named.get(`${namespace}/${name}`) ?? null,
    podsIn: (namespace: string) => namespaces.get(namespace) ?? [],
  };
  return ({ id, kind, name, namespace, podLabels, serviceAccount, hostNetwork, template }) => {
    const source = {
      namespace,
      labels: podLabels,
      serviceAccount,
      hostNetwork,
      name: kind === 'Pod' ? name : null,
    };
    const proxied = template.containers.some((one) => one.name === 'istio-proxy');
    const member = proxied ? 'sidecar' : callerMembership(mesh, pods, source);
    return capabilities(id, source, member);
  };
}
