/** What an estate holds of Cilium and Istio; absent where nothing of them was found. */
import type { KubernetesEstate, Pod, Workload } from '../../model/kubernetes.ts';
import type {
  AuthorizationPolicy,
  CiliumSettings,
  MeshEstate,
  MeshSettings,
  MeshSidecar,
  PeerAuthentication,
  ServiceEntry,
} from '../../model/mesh.ts';

import { controlPlanesOf, settingsOf } from './control-planes.ts';

type Named = <T>(...collections: readonly string[]) => T[];
type Running = { workloads: readonly Workload[]; pods: readonly Pod[] };

export function networkPartsOf(named: Named, running: Running): Pick<KubernetesEstate, 'cilium' | 'mesh'> {
  const cilium = ciliumOf(named);
  const mesh = meshOf(named, running);
  return { ...(cilium ? { cilium } : {}), ...(mesh ? { mesh } : {}) };
}

/** Policies of Cilium say that it runs, even where its settings were not given. */
function ciliumOf(named: Named): CiliumSettings | null {
  const [settings] = named<CiliumSettings>('cilium-config');
  const policies = named('ciliumnetworkpolicies', 'ciliumclusterwidenetworkpolicies');
  if (settings) return settings;
  return policies.length > 0 ? { ref: null, enforcement: 'default', cidrMatchesNodes: false } : null;
}

function meshOf(named: Named, { workloads, pods }: Running): MeshEstate | null {
  const controlPlanes = controlPlanesOf(workloads, pods);
  const mesh = {
    settings: settingsOf(named<MeshSettings>('istio-config'), controlPlanes),
    ...(controlPlanes.length > 0 ? { controlPlanes } : {}),
    authorization: named<AuthorizationPolicy>('authorizationpolicies'),
    authentication: named<PeerAuthentication>('peerauthentications'),
    sidecars: named<MeshSidecar>('sidecars'),
    serviceEntries: named<ServiceEntry>('serviceentries'),
  };
  const objects = [mesh.authorization, mesh.authentication, mesh.sidecars, mesh.serviceEntries].flat();
  return mesh.settings || objects.length > 0 ? mesh : null;
}
