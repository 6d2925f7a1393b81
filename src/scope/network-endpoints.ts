/** Pods and addresses as the other end of a connection. */
import type { Destination, PodEndpoint, Protocol } from '../match/network-peer.ts';
import type { KubernetesEstate, Labels, Pod } from '../model/kubernetes.ts';
import { type Addresses, createAddresses, localTo } from './network-addresses.ts';
import { withDerivedLabels } from './network-select.ts';
import type { NetworkSource } from './network-source.ts';

/** One endpoint; `pod`: whose policies are asked about ingress. */
export type Target = { destination: Destination; pod: Pod | null };
export type Dial = { from: NetworkSource; port: number; protocol: Protocol };

export type Endpoints = {
  addresses: Addresses;
  podNamed(namespace: string, name: string): Pod | null;
  /** Those that run. */
  podsIn(namespace: string): readonly Pod[];
  endpointOf(pod: Pod): PodEndpoint;
  /** The same for pods that no policy tells apart but by their address. */
  classOf(pod: Pod): string;
  podTarget(pod: Pod, dial: Dial): Target;
  addressTarget(address: string, dial: Dial): Target;
  /** Who dials, as the policies of a destination see it. */
  sourceOf(dial: Dial): Destination;
  /** Whether it runs on that node; undefined: not known, or some of its pods do and others may. */
  runsOn(source: NetworkSource, node: string): boolean | undefined;
};

export function createEndpoints(estate: KubernetesEstate): Endpoints {
  const addresses = createAddresses(estate);
  const pods = new Map(estate.pods.map((pod) => [`${pod.ref.namespace}/${pod.ref.name}`, pod]));
  const running = Map.groupBy(estate.pods.filter(isRunning), ({ ref }) => ref.namespace ?? 'default');
  const labels = new Map(estate.namespaces.map((one) => [one.ref.name, one.labels]));
  const endpointOf = createEndpointOf(labels);
  const podNamed = (namespace: string, name: string) => pods.get(`${namespace}/${name}`) ?? null;
  const podsIn = (namespace: string) => running.get(namespace) ?? [];
  const runsOn = createRunsOn(podNamed, podsIn);
  const podTarget = (pod: Pod, dial: Dial): Target =>
    pod.template.hostNetwork
      ? {
          destination: hostDestination(
            pod,
            dial,
            addresses,
            pod.node === null ? undefined : runsOn(dial.from, pod.node),
          ),
          pod: null,
        }
      : { destination: podDestination(pod, dial, endpointOf(pod)), pod };
  return {
    addresses,
    podNamed,
    podsIn,
    endpointOf,
    classOf: createClassOf(),
    podTarget,
    addressTarget(address, dial) {
      const pod = addresses.podAt(address);
      if (pod) return podTarget(pod, dial);
      const { port, protocol, from } = dial;
      const place = addresses.place(address, (node) => runsOn(from, node));
      return { destination: { address, port, protocol, ...place }, pod: null };
    },
    sourceOf: (dial) => sourceDestination(dial, podOf(dial.from, podNamed), labels, addresses),
    runsOn,
  };
}

/** Pods of a workload are those with its labels and its ServiceAccount: where others will run is not known. */
function createRunsOn(
  podNamed: (namespace: string, name: string) => Pod | null,
  podsIn: (namespace: string) => readonly Pod[],
): Endpoints['runsOn'] {
  // One question asks for many targets.
  const made = new WeakMap<NetworkSource, string | null>();
  const onlyNode = (source: NetworkSource) => {
    const known = made.get(source);
    if (known !== undefined) return known;
    const found = onlyNodeOf(source, podsIn(source.namespace));
    made.set(source, found);
    return found;
  };
  return (source, node) => {
    if (source.name === null) return onlyNode(source) === node ? true : undefined;
    const own = podNamed(source.namespace, source.name)?.node ?? null;
    return own === null ? undefined : own === node;
  };
}

/** Null: none of its pods is placed, or they are on several. */
function onlyNodeOf({ labels, serviceAccount }: NetworkSource, pods: readonly Pod[]): string | null {
  const wanted = Object.entries(labels);
  const own = pods.filter(
    ({ template }) =>
      template.serviceAccountName === serviceAccount &&
      wanted.every(([key, value]) => template.labels[key] === value),
  );
  const [node, ...others] = new Set(own.map((pod) => pod.node));
  return others.length === 0 ? (node ?? null) : null;
}

function createClassOf(): (pod: Pod) => string {
  const made = new WeakMap<Pod, string>();
  return (pod) => {
    const known = made.get(pod);
    if (known !== undefined) return known;
    const { labels, annotations, serviceAccountName, containers } = pod.template;
    const sorted = (table: Labels) => Object.entries(table).sort();
    const ports = containers.map(({ name, ports: own }) => [name, own]);
    const parts = [pod.ref.namespace, serviceAccountName, sorted(labels), sorted(annotations), ports];
    const key = JSON.stringify(parts);
    made.set(pod, key);
    return key;
  };
}

function isRunning({ phase }: Pod): boolean {
  return phase !== 'Succeeded' && phase !== 'Failed';
}

type NamespaceLabels = ReadonlyMap<string, Labels>;

function createEndpointOf(labels: NamespaceLabels): (pod: Pod) => PodEndpoint {
  const made = new WeakMap<Pod, PodEndpoint>();
  return (pod) => {
    const known = made.get(pod);
    if (known) return known;
    const namespace = pod.ref.namespace ?? 'default';
    const { template } = pod;
    const endpoint: PodEndpoint = {
      namespace,
      namespaceLabels: labels.get(namespace) ?? null,
      labels: withDerivedLabels({ labels: template.labels, serviceAccount: template.serviceAccountName }),
      ports: template.containers.flatMap(({ ports }) => ports),
    };
    made.set(pod, endpoint);
    return endpoint;
  };
}

function podDestination(pod: Pod, { port, protocol }: Dial, endpoint: PodEndpoint): Destination {
  return { address: pod.ips[0] ?? null, port, protocol, resolution: 'pod', pod: endpoint };
}

function hostDestination(
  pod: Pod,
  { port, protocol }: Dial,
  addresses: Addresses,
  own: boolean | undefined,
): Destination {
  return {
    address: pod.ips[0] ?? pod.hostIPs[0] ?? null,
    port,
    protocol,
    resolution: 'host-network',
    node: { labels: addresses.nodeLabels(pod.node), ...localTo(own) },
  };
}

function podOf(
  { namespace, name }: NetworkSource,
  podNamed: (namespace: string, name: string) => Pod | null,
): Pod | null {
  return name === null ? null : podNamed(namespace, name);
}

function sourceDestination(
  { from, port, protocol }: Dial,
  pod: Pod | null,
  namespaces: NamespaceLabels,
  addresses: Addresses,
): Destination {
  const base = { address: pod?.ips[0] ?? null, port, protocol };
  if (from.hostNetwork) {
    const labels = addresses.nodeLabels(pod?.node ?? null);
    return { ...base, resolution: 'host-network', node: { labels } };
  }
  const namespaceLabels = namespaces.get(from.namespace) ?? null;
  const labels = withDerivedLabels(from);
  const endpoint = { namespace: from.namespace, namespaceLabels, labels, ports: from.ports ?? null };
  return { ...base, resolution: 'pod', pod: endpoint };
}
