/** What an estate holds of Cilium and Istio; absent where nothing of them was found. */
import type { KubernetesEstate } from '../../model/kubernetes.ts';
import type {
  AuthorizationPolicy,
  CiliumSettings,
  MeshEstate,
  MeshSettings,
  MeshSidecar,
  PeerAuthentication,
  ServiceEntry,
} from '../../model/mesh.ts';

type Named = <T>(...collections: readonly string[]) => T[];

export function networkPartsOf(named: Named): Pick<KubernetesEstate, 'cilium' | 'mesh'> {
  const cilium = ciliumOf(named);
  const mesh = meshOf(named);
  return { ...(cilium ? { cilium } : {}), ...(mesh ? { mesh } : {}) };
}

/** Policies of Cilium say that it runs, even where its settings were not given. */
function ciliumOf(named: Named): CiliumSettings | null {
  const [settings] = named<CiliumSettings>('cilium-config');
  const policies = named('ciliumnetworkpolicies', 'ciliumclusterwidenetworkpolicies');
  if (settings) return settings;
  return policies.length > 0 ? { ref: null, enforcement: 'default', cidrMatchesNodes: false } : null;
}

function meshOf(named: Named): MeshEstate | null {
  const mesh = {
    settings: named<MeshSettings>('istio-config')[0] ?? null,
    authorization: named<AuthorizationPolicy>('authorizationpolicies'),
    authentication: named<PeerAuthentication>('peerauthentications'),
    sidecars: named<MeshSidecar>('sidecars'),
    serviceEntries: named<ServiceEntry>('serviceentries'),
  };
  const objects = [mesh.authorization, mesh.authentication, mesh.sidecars, mesh.serviceEntries].flat();
  return mesh.settings || objects.length > 0 ? mesh : null;
}
