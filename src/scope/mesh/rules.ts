/**
 * What the mesh says about one caller at workloads: CUSTOM and DENY first, then ALLOW, which isolates what it is
 * about (Istio, Authorization Policy). Only TCP goes through a mesh.
 */
import { ruleMatchesOf } from '../../match/mesh/authorization.ts';
import type { MeshCaller } from '../../match/mesh/caller.ts';
import type { Hop } from '../../model/configured.ts';
import type { NetworkPeer, NetworkPort, ObjectRef } from '../../model/kubernetes.ts';
import type { AuthorizationPolicy, AuthorizationRule } from '../../model/mesh.ts';
import { describePorts, refName } from '../describe.ts';
import type { Ruling } from '../network-rules.ts';
import type { EffectiveMode } from './mtls.ts';
import type { Applying } from './policies.ts';

export const TCP: readonly NetworkPort[] = [{ protocol: 'TCP', port: null, endPort: null }];

/** Where the rulings hold: `peers` null for one endpoint that is known; `root`: the mesh's own namespace. */
export type MeshPlace = {
  peers: readonly NetworkPeer[] | null;
  whom: string;
  root: string;
  gaps: readonly string[];
};

type Part = {
  key: string;
  summary: string;
  action: 'allow' | 'deny';
  ports: readonly NetworkPort[];
  requires: readonly string[];
  isolates?: true;
  hop: Hop;
};

export function ruling(engine: 'mesh-authorization' | 'mesh-outbound', part: Part, place: MeshPlace): Ruling {
  const { key, summary, action, ports, requires, isolates, hop } = part;
  const far = hop.ref !== null && hop.ref.namespace === place.root;
  return {
    key,
    summary,
    pattern: {
      type: 'network',
      tier: far ? 'admin' : 'namespace',
      priority: 0,
      action,
      policyNamespace: null,
      peers: place.peers,
      ports,
      engine,
      ...(isolates ? { isolates } : {}),
      ...(requires.length > 0 ? { requires } : {}),
    },
    gaps: place.gaps,
    hop,
  };
}

export function policyRulings(
  { policy, requires }: Applying,
  caller: MeshCaller,
  place: MeshPlace,
  only: (rule: AuthorizationRule) => boolean = () => true,
): Ruling[] {
  return policy.rules.filter(only).flatMap((rule) => ruleRulings(policy, rule, { caller, place, requires }));
}

type About = { caller: MeshCaller; place: MeshPlace; requires: readonly string[] };

function ruleRulings(
  policy: AuthorizationPolicy,
  rule: AuthorizationRule,
  { caller, place, requires }: About,
): Ruling[] {
  const namespace = policy.ref.namespace ?? 'default';
  const allows = policy.action === 'ALLOW';
  const verb = allows ? 'egress' : 'no egress';
  const custom =
    policy.action === 'CUSTOM' ? [`the external authorizer ${policy.provider ?? ''} denies it`] : [];
  const why = `${policy.action} of the workloads that it selects names this caller`;
  const hop = policyHop(policy.ref, rule.field, why, inherits(policy, rule, caller, place.root));
  return ruleMatchesOf(rule, caller, namespace).map((match, at) =>
    ruling(
      'mesh-authorization',
      {
        key: `${refName(policy.ref)}/${rule.field}${at > 0 ? `/${at}` : ''}`,
        summary: `${verb} to ${place.whom} through the mesh, ${describePorts(match.ports)}`,
        action: allows ? 'allow' : 'deny',
        ports: match.ports,
        requires: [...requires, ...match.requires, ...custom],
        hop,
      },
      place,
    ),
  );
}

/** Of an ALLOW policy: what none of them allows is denied. */
export function isolationRulings({ policy, requires }: Applying, place: MeshPlace, own: string): Ruling[] {
  if (policy.action !== 'ALLOW') return [];
  const why = 'is an ALLOW policy, so its workloads are closed to what none of these allows';
  const inherited = policy.ref.namespace !== own;
  return [
    ruling(
      'mesh-authorization',
      {
        key: `${refName(policy.ref)}/isolates`,
        summary: `no egress to ${place.whom} through the mesh but what a policy allows`,
        action: 'deny',
        ports: TCP,
        requires,
        isolates: true,
        hop: policyHop(policy.ref, 'spec.rules', why, inherited),
      },
      place,
    ),
  ];
}

/** A caller outside the mesh has no certificate, and STRICT lets nobody in without. */
export function strictRuling(
  mode: EffectiveMode,
  place: MeshPlace,
  ports: readonly NetworkPort[] = TCP,
): Ruling {
  const ref = mode.policy?.ref ?? null;
  return ruling(
    'mesh-authorization',
    {
      key: 'mtls',
      summary: `no egress to ${place.whom} without mutual TLS`,
      action: 'deny',
      ports,
      requires: [],
      hop: {
        object: ref === null ? 'mesh' : refName(ref),
        ref,
        field: 'spec.mtls.mode',
        why: 'STRICT takes mutual TLS only, which a caller outside the mesh does not speak',
        inherited: true,
      },
    },
    place,
  );
}

/** Not inherited: a policy of the caller's own namespace, or one that names its very account. */
function inherits(
  { ref }: AuthorizationPolicy,
  rule: AuthorizationRule,
  { namespace, serviceAccount, trustDomain }: MeshCaller,
  root: string,
): boolean {
  if (ref.namespace === root) return true;
  if (ref.namespace === namespace) return false;
  const named = [`${trustDomain}/ns/${namespace}/sa/${serviceAccount}`, `${namespace}/${serviceAccount}`];
  const sources = [...(rule.from ?? []), ...rule.when.map(({ source }) => source)];
  return !sources.some(({ principals, serviceAccounts }) =>
    [...principals, ...serviceAccounts].some((one) => named.includes(one)),
  );
}

function policyHop(ref: ObjectRef, field: string, why: string, inherited: boolean): Hop {
  return { object: refName(ref), ref, field, why, inherited };
}
