/** Raw API objects, live or from files, into one estate: converted, bounded, each object once, in a stable order. */
import { z } from 'zod';
import type {
  EndpointSlice,
  KubernetesEstate,
  Namespace,
  NetworkPolicy,
  Node,
  ObjectRef,
  Pod,
  ResourceName,
  Role,
  RoleBinding,
  Service,
  ServiceAccount,
  SourceCoverage,
  Workload,
} from '../../model/kubernetes.ts';
import type { MeshControlPlane } from '../../model/mesh.ts';
import type { AdmissionPolicy, AgentObject } from '../../model/posture-objects.ts';
import { type Collection, collectionOf, kindKey, NEVER_READ } from './collections.ts';
import { disagreement, planesIn } from './control-planes.ts';
import { convertConstraint, convertKyvernoPolicy, convertNativePolicy } from './convert-admission.ts';
import { convertAgent, convertModelConfig, convertToolServer } from './convert-agents.ts';
import { type CiliumPolicy, convertCiliumPolicy } from './convert-cilium.ts';
import { convertClusterPolicy } from './convert-cluster-policy.ts';
import { convertEndpointSlice, convertNamespace, convertNode, convertService } from './convert-core.ts';
import { convertAuthorizationPolicy } from './convert-istio.ts';
import { convertPeerAuthentication, convertServiceEntry, convertSidecar } from './convert-istio-traffic.ts';
import { convertNetworkPolicy } from './convert-network-policy.ts';
import { convertRole, convertRoleBinding, convertServiceAccount } from './convert-rbac.ts';
import { convertCiliumConfig, convertMeshConfig, settingsCollection } from './convert-settings.ts';
import { convertPod, convertWorkload } from './convert-workload.ts';
import { networkPartsOf } from './network-parts.ts';
import { configMapsOf, secretsOf } from './references.ts';
import { refuseAnotherCluster } from './same-cluster.ts';
import { anyObject, type Place } from './schema.ts';

type Converted = { ref: ObjectRef };
type Stored = { collection: Collection; revision: string | null; object: Converted };

const CONVERTERS: Readonly<Record<string, (raw: unknown, place: Place) => Converted>> = {
  namespaces: convertNamespace,
  pods: convertPod,
  serviceaccounts: convertServiceAccount,
  roles: convertRole,
  clusterroles: convertRole,
  rolebindings: convertRoleBinding,
  clusterrolebindings: convertRoleBinding,
  networkpolicies: convertNetworkPolicy,
  adminnetworkpolicies: convertClusterPolicy,
  baselineadminnetworkpolicies: convertClusterPolicy,
  clusternetworkpolicies: convertClusterPolicy,
  services: convertService,
  endpointslices: convertEndpointSlice,
  nodes: convertNode,
  ciliumnetworkpolicies: convertCiliumPolicy,
  ciliumclusterwidenetworkpolicies: convertCiliumPolicy,
  'cilium-config': convertCiliumConfig,
  authorizationpolicies: convertAuthorizationPolicy,
  peerauthentications: convertPeerAuthentication,
  sidecars: convertSidecar,
  serviceentries: convertServiceEntry,
  'istio-config': convertMeshConfig,
  validatingadmissionpolicies: convertNativePolicy,
  validatingadmissionpolicybindings: convertNativePolicy,
  clusterpolicies: convertKyvernoPolicy,
  'kyverno-policies': convertKyvernoPolicy,
  constraints: convertConstraint,
  'kagent-agents': convertAgent,
  modelconfigs: convertModelConfig,
  remotemcpservers: convertToolServer,
  toolservers: convertToolServer,
  'kagent-mcpservers': convertToolServer,
  'toolhive-mcpservers': convertToolServer,
};

/** Objects of one estate; more would need gigabytes. */
const MAX_OBJECTS = 500_000;
const MAX_WARNINGS = 200;

export type EstateBuilder = {
  /** False: an object of a kind that is not modelled, counted as such. */
  add(raw: unknown, location: string | null): boolean;
  warn(text: string): void;
  /** How many objects of a collection were taken. */
  count(collection: string): number;
  /** Why objects of a collection are missing although it was read; null: none is. */
  damage(collection: string): string | null;
  /** Of Istio, as the workloads and pods that were taken tell. */
  controlPlanes(): readonly MeshControlPlane[];
  finish(rest: {
    origin: string;
    readAt: string | null;
    coverage: readonly SourceCoverage[];
  }): KubernetesEstate;
};

/** `namespaces`: only objects of these are kept, and cluster-wide ones; null keeps all. */
export function createEstateBuilder(namespaces: readonly string[] | null): EstateBuilder {
  const stored = new Map<string, Stored>();
  const unmodelled = new Map<string, number>();
  const damaged = new Map<string, string>();
  const warnings: string[] = [];
  let suppressed = 0;

  /** Warnings quote foreign names, and go to a terminal. */
  function warn(text: string): void {
    if (warnings.length < MAX_WARNINGS) warnings.push(text.replace(/\p{Cc}/gu, '\uFFFD'));
    else suppressed++;
  }

  function take(raw: unknown, collection: Collection, location: string | null): void {
    const where = location ?? 'cluster';
    try {
      const header = anyObject.parse(raw);
      const place: Place = { ...header, location, namespaced: collection.namespaced };
      const object = (CONVERTERS[collection.name] ?? convertWorkload)(raw, place);
      const elsewhere =
        namespaces && object.ref.namespace !== null && !namespaces.includes(object.ref.namespace);
      if (elsewhere && !reachesFar(collection)) return;
      store({ collection, revision: header.metadata.resourceVersion ?? null, object }, where);
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      const text = `${where}: ${nameOf(raw)}: ${explain(error)}`;
      damaged.set(collection.name, text);
      warn(`${text}; the object is left out`);
    }
  }

  function store(next: Stored, where: string): void {
    const { apiVersion, kind, namespace, name } = next.object.ref;
    const key = `${kindKey(apiVersion, kind)}/${namespace ?? ''}/${name}`;
    const known = stored.get(key);
    if (known) {
      refuseAnotherCluster(known.object, next.object);
      warn(`${where}: ${kind} ${namespace ?? ''}/${name} was read before; the newer resourceVersion is kept`);
      if (!isNewer(next.revision, known.revision)) return;
    }
    if (stored.size >= MAX_OBJECTS) throw new RangeError(`more than ${MAX_OBJECTS} objects`);
    stored.set(key, next);
  }

  return {
    add(raw, location) {
      const kind = typeof raw === 'object' && raw !== null ? typeOf(raw) : null;
      const collection =
        kind === null ? undefined : (collectionOf(...kind) ?? settingsCollection(raw as object) ?? undefined);
      if (collection) take(raw, collection, location);
      else if (kind && !NEVER_READ.has(kindKey(...kind)))
        unmodelled.set(kind.join('/'), (unmodelled.get(kind.join('/')) ?? 0) + 1);
      return collection !== undefined;
    },
    warn,
    count: (name) => [...stored.values()].filter(({ collection }) => collection.name === name).length,
    damage: (name) => damaged.get(name) ?? null,
    controlPlanes: () => planesIn(stored.values()),
    finish(rest) {
      const differ = disagreement(stored.values());
      if (differ !== null) warn(differ);
      if (suppressed > 0) warnings.push(`${suppressed} further warnings`);
      return assemble([...stored].sort(byKey), { ...rest, unmodelled, warnings });
    },
  };
}

/** A mesh's root namespace and settings in `kube-system` rule over every other namespace. */
function reachesFar({ resource }: Collection): boolean {
  return resource === 'mesh' || resource === 'network-settings';
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

type Rest = Pick<KubernetesEstate, 'origin' | 'readAt' | 'coverage' | 'warnings'> & {
  unmodelled: ReadonlyMap<string, number>;
};

function assemble(stored: readonly [string, Stored][], rest: Rest): KubernetesEstate {
  /** The table above pairs each resource with its converter; the cast is that pairing. */
  const of = <T>(resource: ResourceName) =>
    stored.filter(([, one]) => one.collection.resource === resource).map(([, one]) => one.object) as T[];
  const named = <T>(...names: readonly string[]) =>
    stored.filter(([, one]) => names.includes(one.collection.name)).map(([, one]) => one.object) as T[];
  const rbac = of<Role | RoleBinding>('rbac');
  const namespaces = of<Namespace>('namespaces');
  const workloads = of<Workload>('workloads');
  const pods = of<Pod>('pods');
  return {
    ...rest,
    cluster: namespaces.find((one) => one.ref.name === 'kube-system')?.uid ?? null,
    namespaces,
    workloads,
    pods,
    serviceAccounts: of<ServiceAccount>('serviceaccounts'),
    roles: rbac.filter((one) => 'rules' in one),
    roleBindings: rbac.filter((one) => 'subjects' in one),
    networkPolicies: [
      ...of<NetworkPolicy>('networkpolicies'),
      ...of<NetworkPolicy>('adminnetworkpolicies'),
      ...named<CiliumPolicy>('ciliumnetworkpolicies', 'ciliumclusterwidenetworkpolicies').flatMap(
        ({ parts }) => parts,
      ),
    ],
    ...networkPartsOf(named, { workloads, pods }),
    ...some('admission', of<AdmissionPolicy>('admission')),
    ...some('agents', of<AgentObject>('agents')),
    services: of<Service>('services'),
    endpointSlices: of<EndpointSlice>('endpointslices'),
    secrets: secretsOf([...workloads, ...pods]),
    configMaps: configMapsOf([...workloads, ...pods]),
    nodes: of<Node>('nodes'),
    unmodelled: Object.assign(Object.create(null), Object.fromEntries(rest.unmodelled)),
  };
}

function some<K extends string, T>(key: K, objects: readonly T[]): { [P in K]?: readonly T[] } {
  return objects.length > 0 ? ({ [key]: objects } as { [P in K]: readonly T[] }) : {};
}

function typeOf(raw: object): [apiVersion: string, kind: string] | null {
  const { apiVersion, kind } = raw as { apiVersion?: unknown; kind?: unknown };
  return typeof apiVersion === 'string' && typeof kind === 'string'
    ? [apiVersion.slice(0, 256), kind.slice(0, 256)]
    : null;
}

function nameOf(raw: unknown): string {
  const { kind, metadata } = raw as {
    kind: string;
    metadata?: { namespace?: unknown; name?: unknown } | null;
  };
  const namespace = typeof metadata?.namespace === 'string' ? `${metadata.namespace}/` : '';
  const name = typeof metadata?.name === 'string' ? metadata.name : '(no name)';
  return `${kind} ${namespace}${name}`.slice(0, 512);
}

export function explain(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue ? `${issue.path.join('.')}: ${issue.message}` : 'unreadable';
}

/** resourceVersions of one cluster are numbers in practice; without both, the later file wins. */
function isNewer(next: string | null, known: string | null): boolean {
  if (next === null || known === null || !/^\d+$/.test(next + known)) return true;
  return BigInt(next) > BigInt(known);
}
