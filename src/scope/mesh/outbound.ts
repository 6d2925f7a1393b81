/**
 * What a sidecar lets out. Under ALLOW_ANY everything: hosts that a Sidecar leaves out are only not routed. Under
 * REGISTRY_ONLY what is registered and what its Sidecar names (Istio, Sidecar; Global Mesh Options).
 */
import type { Hop } from '../../model/configured.ts';
import type { KubernetesEstate, Labels } from '../../model/kubernetes.ts';
import type { MeshEstate, MeshSidecar, OutboundMode } from '../../model/mesh.ts';
import { describePeer, describePorts, refName } from '../describe.ts';
import type { Ruling } from '../network-rules.ts';
import type { Membership } from './member.ts';
import { createRegistry, type Registered, type Registry } from './registry.ts';
import { ruling, TCP } from './rules.ts';

export type OutboundOf = (namespace: string, labels: Labels, member: Membership) => readonly Ruling[];

export function createOutbound(estate: KubernetesEstate, mesh: MeshEstate, root: string): OutboundOf {
  const registry = createRegistry(estate.services, mesh.serviceEntries);
  const sidecars = Map.groupBy(mesh.sidecars, ({ ref }) => ref.namespace ?? 'default');
  const made = new Map<string, readonly Ruling[]>();
  return (namespace, labels, member) => {
    if (member !== 'sidecar' && member !== 'unknown') return [];
    const sidecar = sidecarOf(sidecars, namespace, labels, root);
    const key = `${namespace} ${member} ${sidecar ? refName(sidecar.ref) : ''}`;
    const known = made.get(key);
    if (known) return known;
    const rulings = outboundRulings({ mesh, registry, root, namespace, sidecar, member });
    made.set(key, rulings);
    return rulings;
  };
}

/** One that selects the pod before the namespace's before the mesh's. */
function sidecarOf(
  sidecars: ReadonlyMap<string, readonly MeshSidecar[]>,
  namespace: string,
  labels: Labels,
  root: string,
): MeshSidecar | null {
  const own = sidecars.get(namespace) ?? [];
  const selected = own.find(
    ({ selector }) =>
      selector !== null && Object.entries(selector).every(([key, value]) => labels[key] === value),
  );
  const wide = (list: readonly MeshSidecar[]) => list.find(({ selector }) => selector === null);
  return selected ?? wide(own) ?? wide(sidecars.get(root) ?? []) ?? null;
}

type Context = {
  mesh: MeshEstate;
  registry: Registry;
  root: string;
  namespace: string;
  sidecar: MeshSidecar | null;
  member: Membership;
};

function outboundRulings(context: Context): Ruling[] {
  const { mesh, sidecar, registry, namespace, member } = context;
  const mode: OutboundMode | null = sidecar?.outbound ?? mesh.settings?.outbound ?? null;
  const restricts = sidecar?.egress != null;
  if (mode === 'ALLOW_ANY' || (mode === null && !restricts)) return [];
  const gaps = [
    ...(mode === null
      ? ['outboundTrafficPolicy of the mesh was not given: its ConfigMap istio is missing']
      : []),
    ...(member === 'unknown'
      ? ['whether the pod is in the mesh is not known: the labels of its namespace were not read']
      : []),
  ];
  const listeners = sidecar?.egress ?? [{ port: null, hosts: ['*/*'], field: '' }];
  const allowed = listeners.flatMap(({ hosts, port, field }) =>
    hosts.flatMap((host, at) =>
      registry
        .registered(host, namespace)
        .map((one) => allowRuling(context, one, { port, field: `${field}.hosts[${at}]`, gaps })),
    ),
  );
  return [...allowed, isolation(context, gaps)];
}

type Listener = { port: number | null; field: string; gaps: readonly string[] };

function allowRuling(context: Context, { peers, ports, entry }: Registered, at: Listener): Ruling {
  const { sidecar, namespace, root } = context;
  const listening = at.port === null ? null : [{ protocol: 'TCP' as const, port: at.port, endPort: null }];
  const names = listening ?? ports ?? TCP;
  const ref = entry?.ref ?? sidecar?.ref ?? null;
  const field = entry ? 'spec.hosts' : at.field;
  const hop: Hop = {
    object: ref === null ? 'mesh registry' : refName(ref),
    ref,
    field,
    why: 'is registered, so the sidecar lets it out',
    inherited: ref === null || ref.namespace !== namespace,
  };
  const whom = peers.map((peer) => describePeer(peer, null)).join(', ');
  const part = {
    key: `${hop.object}/${field}/${whom}`,
    summary: `egress to ${whom} through the sidecar, ${describePorts(names)}`,
    action: 'allow' as const,
    ports: names,
    requires: [],
    hop,
  };
  return ruling('mesh-outbound', part, { peers, whom, root, gaps: at.gaps });
}

function isolation({ sidecar, mesh, namespace, root }: Context, gaps: readonly string[]): Ruling {
  const settings = sidecar?.outbound ? null : mesh.settings;
  const ref = settings?.ref ?? sidecar?.ref ?? null;
  const hop: Hop = {
    object: ref === null ? 'mesh' : refName(ref),
    ref,
    field: settings ? 'data.mesh outboundTrafficPolicy.mode' : 'spec.outboundTrafficPolicy.mode',
    why: 'REGISTRY_ONLY: what is not registered is blocked by the sidecar',
    inherited: ref === null || ref.namespace !== namespace,
  };
  const part = {
    key: 'outbound',
    summary: 'no egress through the sidecar but to what is registered',
    action: 'deny' as const,
    ports: TCP,
    requires: [],
    isolates: true as const,
    hop,
  };
  return ruling('mesh-outbound', part, { peers: null, whom: 'anything', root, gaps });
}
