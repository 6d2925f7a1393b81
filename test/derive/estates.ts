/** A small cluster, resolved by the rooms that do it in the program: scope for what is allowed, reconcile for the join. */
import { createDestinations } from '../../src/match/destination.ts';
import type {
  KubernetesEstate,
  Labels,
  NetworkPeer,
  NetworkPolicy,
  NetworkPort,
  ObjectRef,
  Workload,
} from '../../src/model/kubernetes.ts';
import type { Ledger, LedgerWorkload } from '../../src/model/ledger.ts';
import type { Observed, ObservedWorkload } from '../../src/model/observed.ts';
import type { Peer } from '../../src/model/snapshot.ts';
import { egressEntries } from '../../src/reconcile/ledger/egress.ts';
import { resolvePosture } from '../../src/scope/posture.ts';
import { ID, observedWorkload, seen, workload } from './ledgers.ts';

function ref(apiVersion: string, kind: string, namespace: string | null, name: string): ObjectRef {
  return { apiVersion, kind, namespace, name, location: null };
}

export function deployment(namespace: string, name: string, labels: Labels, hostNetwork = false): Workload {
  return {
    ref: ref('apps/v1', 'Deployment', namespace, name),
    uid: null,
    labels,
    annotations: {},
    owners: [],
    template: {
      labels,
      annotations: {},
      serviceAccountName: 'default',
      automountToken: null,
      hostNetwork,
      containers: [],
      mounts: [],
    },
    schedule: null,
    created: null,
  };
}

export function pods(namespace: string, labels: Labels): NetworkPeer {
  return {
    type: 'pods',
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace }, matchExpressions: [] },
    podSelector: { matchLabels: labels, matchExpressions: [] },
  };
}

export const cidr = (block: string): NetworkPeer => ({ type: 'ip-block', cidr: block, except: [] });

export function port(number: number, protocol: 'TCP' | 'UDP' = 'TCP'): NetworkPort {
  return { protocol, port: number, endPort: null };
}

export function allows(
  name: string,
  rules: readonly (readonly [NetworkPeer[] | null, NetworkPort[] | null])[],
  more: Partial<NetworkPolicy> = {},
): NetworkPolicy {
  return {
    ref: ref('networking.k8s.io/v1', 'NetworkPolicy', 'research', name),
    labels: {},
    tier: 'namespace',
    priority: 0,
    namespaceSelector: null,
    podSelector: { matchLabels: { app: 'report-agent' }, matchExpressions: [] },
    types: ['Egress'],
    egress: rules.map(([peers, ports], i) => ({
      name: null,
      action: 'allow',
      peers,
      ports,
      field: `spec.egress[${i}]`,
    })),
    ingress: [],
    ...more,
  };
}

export const DNS = [
  [pods('kube-system', { 'k8s-app': 'kube-dns' })],
  [port(53, 'UDP'), port(53, 'TCP')],
] as const satisfies readonly [NetworkPeer[], NetworkPort[]];

export type Dialled = Partial<Peer> & { subject: string; row?: Partial<Observed> };

export function service(
  subject: string,
  namespace: string,
  name: string,
  labels: Labels,
  ...backends: string[]
): Dialled {
  return { subject, resolution: 'service', namespace, name, labels: { ...labels }, backends };
}

export function pod(subject: string, namespace: string, labels: Labels): Dialled {
  return {
    subject,
    resolution: 'pod',
    namespace,
    name: 'x',
    labels: { ...labels, 'pod-template-hash': 'abc' },
  };
}

export function at(subject: string, resolution: Peer['resolution']): Dialled {
  return { subject, resolution };
}

type Setting = {
  policies: readonly NetworkPolicy[];
  dialled: readonly Dialled[];
  labels?: Labels;
  hostNetwork?: boolean;
  others?: readonly Workload[];
  observed?: Parameters<typeof observedWorkload>[0];
  workload?: Partial<LedgerWorkload>;
};

function estate({ policies, labels, hostNetwork, others }: Setting): KubernetesEstate {
  const names = ['research', 'llm', 'kube-system', 'web', 'default'];
  const own = deployment('research', 'report-agent', labels ?? { app: 'report-agent' }, hostNetwork);
  return {
    cluster: 'c1',
    origin: 'test',
    readAt: null,
    namespaces: names.map((name) => ({ ref: ref('v1', 'Namespace', null, name), labels: {}, uid: null })),
    workloads: [own, ...(others ?? [])],
    pods: [],
    serviceAccounts: [],
    roles: [],
    roleBindings: [],
    networkPolicies: policies,
    services: [],
    endpointSlices: [],
    secrets: [],
    configMaps: [],
    nodes: [],
    coverage: [],
    unmodelled: {},
    warnings: [],
  };
}

function peersOf(dialled: readonly Dialled[]): ObservedWorkload['peers'] {
  const peers = dialled
    .filter((one) => one.resolution !== undefined)
    .map(
      ({ row: _, ...one }): Peer => ({
        resolution: 'unresolved',
        namespace: null,
        name: null,
        labels: {},
        backends: [],
        ...one,
      }),
    );
  return new Map(peers.map((peer) => [peer.subject, peer]));
}

/** The ledger of `research/report-agent` in that cluster, having dialled all that 100 times in 40 sessions. */
export function networkLedger(setting: Setting): Ledger {
  const posture = resolvePosture(estate(setting));
  const configured = posture.workloads.find(({ id }) => id === ID) ?? null;
  const capabilities = posture.capabilities.filter(({ holder }) => holder.id === ID);
  const observed = observedWorkload({
    observations: setting.dialled.map(({ subject, row }) => seen('egress', subject, row)),
    peers: peersOf(setting.dialled),
    ...setting.observed,
  });
  const unconfigured = configured === null ? 'not given' : null;
  const pair = { configured, observed, capabilities, reached: [], unconfigured };
  const entries = egressEntries(pair, createDestinations(posture));
  const view = workload({ configured, observed, capabilities, entries, ...setting.workload });
  return {
    configured: posture,
    observed: null,
    baseline: null,
    workloads: [view],
    baselineOf: new Map(),
    notes: [],
  };
}
