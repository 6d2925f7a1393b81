/** What holds where no policy says anything: the default of the cluster, of Cilium's settings, of the host network. */

import type { ObjectRef } from '../model/kubernetes.ts';
import type { CiliumSettings } from '../model/mesh.ts';
import { refName } from './describe.ts';
import type { Ruling } from './network-rules.ts';
import type { Direction } from './network-select.ts';

const ANY: Ruling['pattern'] = {
  type: 'network',
  tier: 'default',
  priority: 0,
  action: 'allow',
  policyNamespace: null,
  peers: null,
  ports: null,
};

export function clusterDefault(namespace: string, direction: Direction, gap: string | null): Ruling {
  const kind = direction.toLowerCase();
  return {
    key: 'default',
    summary: `${kind} ${direction === 'Egress' ? 'to any destination' : 'from any source'}, any port: no NetworkPolicy selects it`,
    pattern: ANY,
    gaps: gap === null ? [] : [gap],
    hop: {
      object: `Namespace ${namespace}`,
      ref: null,
      field: 'NetworkPolicy',
      why: `no NetworkPolicy of the namespace selects the pods for ${kind}: the cluster default allows everything`,
      inherited: true,
    },
  };
}

/** `always`: closed without any policy. `never`: no policy is enforced (docs.cilium.io, Policy Enforcement Modes). */
export function enforcementRuling({ ref, enforcement }: CiliumSettings, direction: Direction): Ruling {
  const kind = direction.toLowerCase();
  const always = enforcement === 'always';
  return {
    key: `enable-policy-${enforcement}`,
    summary: always ? `no ${kind} but what a policy allows` : `any ${kind}: Cilium enforces no policy`,
    pattern: always ? { ...ANY, tier: 'admin', action: 'deny', engine: 'cilium', isolates: true } : ANY,
    gaps: [],
    hop: {
      object: ref === null ? 'cilium-config' : refName(ref),
      ref,
      field: 'data.enable-policy',
      why: always
        ? 'pods are closed to what no policy allows, also where no policy selects them'
        : 'policies are not enforced, whatever they say',
      inherited: true,
    },
  };
}

/** `policed`: why the host itself may be; null: nothing says so. */
export function hostNetworkRuling(ref: ObjectRef, policed: string | null): Ruling {
  return {
    key: 'host-network',
    summary: "egress to any destination, any port, as its node: it runs in the node's network",
    pattern: ANY,
    gaps: policed === null ? [] : [policed],
    hop: {
      object: refName(ref),
      ref,
      field: 'spec.template.spec.hostNetwork',
      why: 'NetworkPolicies do not select pods in the host network',
      inherited: false,
    },
  };
}
