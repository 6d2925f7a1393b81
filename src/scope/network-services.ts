/** Peers as they are meant where Cilium runs: Services by what is behind them, address blocks as what is outside. */
import { selectorMatches } from '../match/selector.ts';
import type {
  EndpointSlice,
  KubernetesEstate,
  NetworkPeer,
  NetworkPolicy,
  NetworkRule,
  Service,
} from '../model/kubernetes.ts';
import type { CiliumSettings } from '../model/mesh.ts';

type Surroundings = Partial<Pick<KubernetesEstate, 'services' | 'endpointSlices'>>;
type ServicesPeer = Extract<NetworkPeer, { type: 'services' }>;

/** Policies without such peers are handed back as they are. */
export function createPeerResolver(
  { services, endpointSlices }: Surroundings,
  cilium: CiliumSettings | null,
): (policy: NetworkPolicy) => NetworkPolicy {
  if (!cilium) return (policy) => policy;
  const slices = Map.groupBy(endpointSlices ?? [], (one) => `${one.ref.namespace}/${one.service}`);
  const behind = (service: Service) =>
    backendPeers(service, slices.get(`${service.ref.namespace}/${service.ref.name}`) ?? []);
  const resolve = (peer: NetworkPeer): NetworkPeer[] => {
    if (peer.type === 'services') return servicePeers(peer, services ?? null, behind);
    if (peer.type !== 'ip-block' && peer.type !== 'outside-block') return [peer];
    const { cidr, except } = peer;
    return [{ type: 'outside-block', cidr, except, ...(cilium.cidrMatchesNodes ? { nodes: true } : {}) }];
  };
  const rules = (list: readonly NetworkRule[]) =>
    list.map((rule) => (rule.peers === null ? rule : { ...rule, peers: rule.peers.flatMap(resolve) }));
  // The tiers of network-policy-api mean addresses of pods, too.
  return (policy) =>
    policy.tier !== 'namespace' && !policy.engine
      ? policy
      : { ...policy, egress: rules(policy.egress), ingress: rules(policy.ingress) };
}

function servicePeers(
  peer: ServicesPeer,
  services: readonly Service[] | null,
  behind: (service: Service) => NetworkPeer[],
): NetworkPeer[] {
  if (services === null) return [peer];
  return services.filter((service) => isMeant(peer, service)).flatMap(behind);
}

function isMeant({ namespace, name, selector }: ServicesPeer, { ref, labels }: Service): boolean {
  if (namespace !== null && namespace !== ref.namespace) return false;
  if (name !== null) return name === ref.name;
  return selector === null || selectorMatches(selector, labels ?? {}) === 'yes';
}

function backendPeers({ ref, selector }: Service, slices: readonly EndpointSlice[]): NetworkPeer[] {
  if (selector !== null) {
    const namespaceSelector = {
      matchLabels: { 'kubernetes.io/metadata.name': ref.namespace ?? 'default' },
      matchExpressions: [],
    };
    const podSelector = { matchLabels: selector, matchExpressions: [] };
    return [{ type: 'pods', namespaceSelector, podSelector }];
  }
  const ips = slices.flatMap(({ addresses }) => addresses.map(({ ip }) => ip));
  return ips.map((ip) => ({
    type: 'outside-block',
    cidr: `${ip}/${ip.includes(':') ? 128 : 32}`,
    except: [],
    nodes: true,
  }));
}
