/**
 * CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy (cilium.io/v2): each of `spec` and `specs[]` as one policy
 * (docs.cilium.io, Network Policy; pkg/policy/api Rule).
 */
import { z } from 'zod';
import type { NetworkPolicy, NetworkRule, ObjectRef } from '../../model/kubernetes.ts';
import { ciliumPeers, egressPeers, ingressPeers } from './convert-cilium-peer.ts';
import { ciliumPorts, ciliumRequires, type PortRule, portRule } from './convert-cilium-ports.ts';
import { convertEndpointSelector } from './convert-cilium-selector.ts';
import { list, objectMeta, type Place, refOf, selector, text } from './schema.ts';

const rest = {
  toPorts: list(portRule),
  icmps: list(z.unknown()),
  authentication: z.object({ mode: text.nullish() }).nullish(),
};
const egressRule = egressPeers.extend(rest);
const ingressRule = ingressPeers.extend(rest);
const spec = z
  .object({
    endpointSelector: selector.nullish(),
    nodeSelector: selector.nullish(),
    egress: list(egressRule),
    egressDeny: list(egressRule),
    ingress: list(ingressRule),
    ingressDeny: list(ingressRule),
    enableDefaultDeny: z.object({ ingress: z.boolean().nullish(), egress: z.boolean().nullish() }).nullish(),
  })
  .refine((one) => one.endpointSelector || one.nodeSelector, 'neither endpointSelector nor nodeSelector');
const policySchema = z
  .object({ metadata: objectMeta, spec: spec.nullish(), specs: list(spec) })
  .refine((one) => one.spec || one.specs.length > 0, 'neither spec nor specs');

type Spec = z.infer<typeof spec>;
type Rule = z.infer<typeof egressRule> | z.infer<typeof ingressRule>;
/** One object, as many policies as it has specs. */
export type CiliumPolicy = { ref: ObjectRef; parts: readonly NetworkPolicy[] };

const EVERY = { matchLabels: {}, matchExpressions: [] };

export function convertCiliumPolicy(raw: unknown, place: Place): CiliumPolicy {
  const { metadata, spec: single, specs } = policySchema.parse(raw);
  const ref = refOf(place, metadata);
  const named = [
    ...(single ? [{ part: single, field: 'spec' }] : []),
    ...specs.map((part, at) => ({ part, field: `specs[${at}]` })),
  ];
  return { ref, parts: named.map(({ part, field }) => convertSpec(part, field, ref, metadata.labels)) };
}

function convertSpec(
  raw: Spec,
  field: string,
  ref: ObjectRef,
  labels: NetworkPolicy['labels'],
): NetworkPolicy {
  const { namespaceSelector, podSelector } = convertEndpointSelector(raw.endpointSelector ?? EVERY);
  const egress = rulesOf(raw, ['egressDeny', 'egress'], field, ref);
  const ingress = rulesOf(raw, ['ingressDeny', 'ingress'], field, ref);
  const isolates = {
    egress: raw.enableDefaultDeny?.egress ?? raw.egress.length + raw.egressDeny.length > 0,
    ingress: raw.enableDefaultDeny?.ingress ?? raw.ingress.length + raw.ingressDeny.length > 0,
  };
  return {
    ref,
    engine: 'cilium',
    isolates,
    ...(raw.nodeSelector ? { nodeSelector: raw.nodeSelector } : {}),
    labels,
    tier: ref.namespace === null ? 'admin' : 'namespace',
    priority: 0,
    namespaceSelector: ref.namespace === null ? namespaceSelector : withoutName(namespaceSelector),
    podSelector,
    types: [
      ...(ingress.length > 0 || isolates.ingress ? (['Ingress'] as const) : []),
      ...(egress.length > 0 || isolates.egress ? (['Egress'] as const) : []),
    ],
    egress,
    ingress,
  };
}

/** A namespaced policy selects in its own namespace, whatever its selector says of one. */
function withoutName(namespaces: NetworkPolicy['namespaceSelector']): NetworkPolicy['namespaceSelector'] {
  if (namespaces === null) return null;
  const { 'kubernetes.io/metadata.name': _, ...matchLabels } = namespaces.matchLabels;
  const matchExpressions = namespaces.matchExpressions.filter(
    ({ key }) => key !== 'kubernetes.io/metadata.name',
  );
  return Object.keys(matchLabels).length + matchExpressions.length > 0
    ? { matchLabels, matchExpressions }
    : null;
}

type Section = 'egress' | 'egressDeny' | 'ingress' | 'ingressDeny';

function rulesOf(raw: Spec, sections: readonly Section[], field: string, ref: ObjectRef): NetworkRule[] {
  return sections.flatMap((section) =>
    raw[section].flatMap((rule: Rule, at: number) =>
      convertRule(rule, section.endsWith('Deny') ? 'deny' : 'allow', `${field}.${section}[${at}]`, ref),
    ),
  );
}

/** A rule that names neither peers nor ports selects nothing: it only isolates. */
function convertRule(raw: Rule, action: 'allow' | 'deny', field: string, ref: ObjectRef): NetworkRule[] {
  const peers = ciliumPeers(raw, ref);
  const onlyIcmp = raw.toPorts.length === 0 && raw.icmps.length > 0;
  if (onlyIcmp || (peers === null && raw.toPorts.length === 0)) return [];
  const authentication = raw.authentication?.mode === 'required' ? ['mutual authentication succeeds'] : [];
  return (peers ?? [{ field: '', peers: null }]).flatMap((one) =>
    (raw.toPorts.length > 0 ? raw.toPorts : [null]).map((ports, at) => {
      const requires = [...(ports ? ciliumRequires(ports) : []), ...authentication];
      return {
        name: null,
        action,
        peers: one.peers,
        ports: ports === null ? null : ciliumPorts(ports),
        field: [field, one.field, portsField(raw.toPorts, at)].filter((part) => part !== '').join('.'),
        ...(requires.length > 0 ? { requires } : {}),
      };
    }),
  );
}

function portsField(toPorts: readonly PortRule[], at: number): string {
  return toPorts.length > 1 ? `toPorts[${at}]` : '';
}
