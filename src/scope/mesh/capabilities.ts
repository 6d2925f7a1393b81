/**
 * The mesh's rules as egress capabilities of a workload: one for each rule that names it as a caller, one for what
 * closes and opens the mesh to anyone, one for what its own sidecar lets out. The last two hold the same lists for all
 * workloads alike: policies times workloads would be too many.
 */
import { namesCallers } from '../../match/mesh/authorization.ts';
import { networkPorts, portsOf } from '../../match/mesh/ports.ts';
import type { Capability, Pattern } from '../../model/configured.ts';
import type { KubernetesEstate, NetworkPeer, NetworkPort } from '../../model/kubernetes.ts';
import type { AuthorizationPolicy } from '../../model/mesh.ts';
import { describePeer } from '../describe.ts';
import { rulingCapability } from '../network.ts';
import type { Ruling } from '../network-rules.ts';
import type { NetworkSource } from '../network-source.ts';
import { classesOf, classPeer, type PodClass, type PodClasses, podClasses } from './classes.ts';
import { callerAt, createMeshScope, type MeshScope } from './index.ts';
import type { Membership } from './member.ts';
import type { EffectiveMode } from './mtls.ts';
import { isolationRulings, type MeshPlace, policyRulings, strictRuling } from './rules.ts';

export type MeshCapabilities = (workload: string, source: NetworkSource, member: Membership) => Capability[];
type Place = {
  policy: AuthorizationPolicy;
  requires: readonly string[];
  place: MeshPlace;
  mode: EffectiveMode;
  member: Membership;
};
type Patterns = { allow: readonly Pattern[]; deny: readonly Pattern[] };

export function createMeshCapabilities(
  estate: KubernetesEstate,
  mesh: MeshScope = createMeshScope(estate),
): MeshCapabilities {
  if (!estate.mesh) return () => [];
  const classes = podClasses(estate, mesh);
  const places = [
    ...estate.mesh.authorization.flatMap((policy) => placeOf(policy, classes, mesh.root)),
    ...waypointPlaces(classes, mesh),
  ];
  const shared = patternsOf(openRulings(places));
  const strict = patternsOf(strictOf(classes, mesh));
  const named = new Map<string, Ruling[]>();
  const outbound = new Map<readonly Ruling[], Patterns>();
  return (workload, source, member) => {
    const key = `${source.namespace}/${source.serviceAccount} ${member}`;
    const rulings = named.get(key) ?? namedRulings(places, mesh, source, member);
    named.set(key, rulings);
    const own = mesh.outbound(source.namespace, source.labels, member);
    const out = outbound.get(own) ?? patternsOf(own);
    outbound.set(own, out);
    return [
      ...rulings.map((one) => rulingCapability(workload, one)),
      ...joined(workload, 'mesh', 'AuthorizationPolicy', shared),
      ...(member === 'none' ? joined(workload, 'mesh-mtls', 'PeerAuthentication', strict) : []),
      ...joined(workload, 'mesh-outbound', 'outboundTrafficPolicy', out),
    ];
  };
}

/** Where the pods of a policy differ, what it says depends on which of them answers. */
function placeOf(policy: AuthorizationPolicy, all: PodClasses, root: string): Place[] {
  const { peers, classes } = classesOf(policy, all, root);
  const [first] = classes;
  if (!first || policy.action === 'AUDIT') return [];
  const sure = classes.every(({ member }) => member !== 'unknown');
  const alike = classes.every(
    (one) => one.mode.mode === first.mode.mode && Object.keys(one.byPort).length === 0,
  );
  const gaps = sure ? [] : ['the pod that answers is in the mesh'];
  const whom = summaryOf(peers);
  const mode: EffectiveMode = alike ? first.mode : { mode: 'PERMISSIVE', policy: null };
  const member = classes.every((one) => one.member === 'ambient') ? 'ambient' : 'sidecar';
  return [{ policy, requires: [], place: { peers, whom, root, gaps }, mode, member }];
}

const SHOWN = 3;

function summaryOf(peers: readonly NetworkPeer[]): string {
  const shown = peers.slice(0, SHOWN).map((peer) => describePeer(peer, null));
  const rest = peers.length > SHOWN ? [`${peers.length - SHOWN} more`] : [];
  return [...shown, ...rest].join(', ');
}

/** Policies that are attached to what a waypoint serves, at the pods that it serves. */
function waypointPlaces(all: PodClasses, mesh: MeshScope): Place[] {
  const classes = [...all.values()]
    .flat()
    .filter(({ member }) => member === 'ambient' || member === 'unknown');
  return classes.flatMap((one) => {
    const target = { ...one, namespaceLabels: mesh.namespaceLabels(one.namespace) };
    const attached = mesh.applying(target).filter(({ policy }) => policy.targetRefs.length > 0);
    const peers = [classPeer(one)];
    const place = { peers, whom: summaryOf(peers), root: mesh.root, gaps: [] };
    return attached.map(({ policy, requires }) => ({
      policy,
      requires,
      place,
      mode: one.mode,
      member: one.member,
    }));
  });
}

/** Nobody in particular: only rules that name no callers match it. */
const ANYONE: NetworkSource = {
  namespace: '',
  labels: {},
  serviceAccount: '',
  hostNetwork: false,
  name: null,
};

function openRulings(places: readonly Place[]): Ruling[] {
  return places.flatMap(({ policy, requires, place, mode, member }) => {
    const caller = callerAt(
      { trustDomain: '' },
      { source: ANYONE, member: 'none', address: null },
      mode,
      member,
    );
    const applying = { policy, requires };
    return [
      ...policyRulings(applying, caller, place, (rule) => !namesCallers(rule)),
      ...isolationRulings(applying, place, ''),
    ];
  });
}

function namedRulings(
  places: readonly Place[],
  mesh: MeshScope,
  source: NetworkSource,
  member: Membership,
): Ruling[] {
  return places.flatMap(({ policy, requires, place, mode, member: target }) => {
    const caller = callerAt(mesh, { source, member, address: null }, mode, target);
    return policyRulings({ policy, requires }, caller, place, namesCallers);
  });
}

/** What takes mutual TLS only, which nobody outside the mesh speaks. */
function strictOf(classes: PodClasses, { root }: MeshScope): Ruling[] {
  const members = [...classes.values()]
    .flat()
    .filter(({ member }) => member === 'sidecar' || member === 'ambient');
  return members.flatMap((one) => {
    const ports = strictPorts(one);
    const peers: NetworkPeer[] = [classPeer(one)];
    const place = { peers, whom: summaryOf(peers), root, gaps: [] };
    return ports.length === 0 ? [] : [strictRuling(one.mode, place, ports)];
  });
}

function strictPorts({ mode, byPort }: PodClass): readonly NetworkPort[] {
  const ports = Object.entries(byPort).filter(([, own]) => own !== 'UNSET');
  const named = (strict: boolean) =>
    ports.filter(([, own]) => (own === 'STRICT') === strict).map(([port]) => port);
  if (mode.mode === 'STRICT') return networkPorts(portsOf([], named(false)));
  return named(true).length === 0 ? [] : networkPorts(portsOf(named(true), []));
}

function patternsOf(rulings: readonly Ruling[]): Patterns {
  const patterns = rulings.map(({ pattern, gaps, hop }): Extract<Pattern, { type: 'network' }> => {
    const requires = [...(pattern.requires ?? []), ...gaps];
    return { ...pattern, direction: 'egress', by: hop, ...(requires.length > 0 ? { requires } : {}) };
  });
  return {
    allow: patterns.filter(({ action }) => action === 'allow'),
    deny: patterns.filter(({ action }) => action !== 'allow'),
  };
}

function joined(workload: string, key: string, field: string, { allow, deny }: Patterns): Capability[] {
  if (deny.length === 0) return [];
  return [
    {
      id: `egress:${workload}:${key}`,
      holder: { type: 'workload', id: workload },
      kind: 'egress',
      summary: `no egress through the mesh but what ${field} lets through`,
      allow,
      deny,
      conditions: [],
      effect: 'deny',
      origin: 'inherited',
      path: [
        {
          object: 'mesh',
          ref: null,
          field,
          why: 'what the policies of the mesh say to anyone',
          inherited: true,
        },
      ],
      source: 'mesh',
    },
  ];
}
