/** The mesh's word on a connection, beside that of network policies. */
import type { MeshCaller } from '../../match/mesh/caller.ts';
import type { KubernetesEstate, Labels, Pod, PodTemplate } from '../../model/kubernetes.ts';
import type { MeshEstate } from '../../model/mesh.ts';
import { refName } from '../describe.ts';
import type { Ruling } from '../network-rules.ts';
import type { NetworkSource } from '../network-source.ts';
import { bypassesProxy, type Membership, membershipOf } from './member.ts';
import { type EffectiveMode, indexMtls, type MtlsIndex } from './mtls.ts';
import { createOutbound, type OutboundOf } from './outbound.ts';
import { type AuthorizationIndex, indexAuthorization } from './policies.ts';
import { isolationRulings, type MeshPlace, policyRulings, strictRuling } from './rules.ts';

export type MeshScope = {
  root: string;
  trustDomain: string;
  mtls: MtlsIndex;
  applying: AuthorizationIndex;
  outbound: OutboundOf;
  memberOfPod(pod: Pod): Membership;
  memberOfTemplate(
    namespace: string,
    template: Pick<PodTemplate, 'labels' | 'annotations' | 'containers' | 'hostNetwork'>,
  ): Membership;
  namespaceLabels(namespace: string): Labels | null;
  /** Empty: the mesh has no say at this endpoint. `address`: the caller's. */
  rulingsAt(pod: Pod, port: number, caller: Caller): Ruling[];
};
export type Caller = { source: NetworkSource; member: Membership; address: string | null };

const NO_MESH: MeshEstate = {
  settings: null,
  authorization: [],
  authentication: [],
  sidecars: [],
  serviceEntries: [],
};
const DEFAULT_ROOT = 'istio-system';

export function createMeshScope(estate: KubernetesEstate): MeshScope {
  const mesh = estate.mesh ?? NO_MESH;
  const root = mesh.settings?.rootNamespace ?? mesh.controlPlanes?.[0]?.namespace ?? DEFAULT_ROOT;
  const labels = new Map(estate.namespaces.map(({ ref, labels: own }) => [ref.name, own]));
  const namespaceLabels = (namespace: string) => labels.get(namespace) ?? null;
  const members = new WeakMap<Pod, Membership>();
  const scope: MeshScope = {
    root,
    trustDomain: mesh.settings?.trustDomain ?? 'cluster.local',
    mtls: indexMtls(mesh.authentication, root),
    applying: indexAuthorization(mesh.authorization, estate.services, root),
    outbound: createOutbound(estate, mesh, root),
    namespaceLabels,
    memberOfTemplate: (namespace, template) =>
      membershipOf({ template, namespaceLabels: namespaceLabels(namespace), running: false }),
    memberOfPod(pod) {
      const known = members.get(pod);
      if (known) return known;
      const { template } = pod;
      const facts = {
        template,
        namespaceLabels: namespaceLabels(pod.ref.namespace ?? 'default'),
        running: true,
      };
      const member = membershipOf(facts);
      members.set(pod, member);
      return member;
    },
    rulingsAt: (pod, port, caller) => rulingsAt(scope, pod, port, caller),
  };
  return scope;
}

function rulingsAt(scope: MeshScope, pod: Pod, port: number, caller: Caller): Ruling[] {
  const member = scope.memberOfPod(pod);
  if (member === 'none' || bypassesProxy(pod.template, port)) return [];
  const namespace = pod.ref.namespace ?? 'default';
  const { labels } = pod.template;
  const mode = scope.mtls.modeOf(namespace, labels, port);
  const known = callerAt(scope, caller, mode, member);
  const gaps = member === 'unknown' ? [`whether ${refName(pod.ref)} is in the mesh is not known`] : [];
  const place: MeshPlace = { peers: null, whom: refName(pod.ref), root: scope.root, gaps };
  const target = { namespace, labels, namespaceLabels: scope.namespaceLabels(namespace), member };
  const applying = scope.applying(target);
  return [
    ...strictRulings(caller.member, mode, place),
    ...applying.flatMap((one) => [
      ...policyRulings(one, known, place),
      ...isolationRulings(one, place, caller.source.namespace),
    ]),
  ];
}

export function strictRulings(caller: Membership, mode: EffectiveMode, place: MeshPlace): Ruling[] {
  if (mode.mode !== 'STRICT' || (caller !== 'none' && caller !== 'unknown')) return [];
  const gaps = caller === 'unknown' ? ['whether the caller is in the mesh is not known'] : [];
  return [strictRuling(mode, { ...place, gaps: [...place.gaps, ...gaps] })];
}

/** The called end sees an identity only in mutual TLS, which PERMISSIVE leaves to the caller; ztunnels always speak it. */
export function callerAt(
  { trustDomain }: Pick<MeshScope, 'trustDomain'>,
  { source, member, address }: Caller,
  { mode, policy }: EffectiveMode,
  target: Membership,
): MeshCaller {
  const { namespace, serviceAccount } = source;
  const by = policy ? refName(policy.ref) : "the mesh's default";
  const outside = member === 'none' || (mode === 'DISABLE' && target === 'sidecar');
  const certain = mode === 'STRICT' || (member === 'ambient' && target === 'ambient');
  return {
    trustDomain,
    namespace,
    serviceAccount,
    authenticated: outside ? 'no' : certain && member !== 'unknown' ? 'yes' : 'unknown',
    authenticatedIf:
      member === 'unknown'
        ? 'the caller is in the mesh and uses mutual TLS'
        : `the connection uses mutual TLS, which ${by} leaves open (${mode})`,
    address,
  };
}
