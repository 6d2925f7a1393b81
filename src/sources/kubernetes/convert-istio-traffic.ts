/** PeerAuthentication, Sidecar and ServiceEntry of Istio (istio.io/latest/docs/reference/config). */
import { z } from 'zod';
import type { MeshSidecar, MtlsMode, PeerAuthentication, ServiceEntry } from '../../model/mesh.ts';
import { labels, list, objectMeta, type Place, refOf, text, texts } from './schema.ts';

const mode = z.enum(['UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT']).nullish();
const ports = z.record(text, z.object({ mode }).nullable()).nullish();
const authenticationSchema = z.object({
  metadata: objectMeta,
  spec: z
    .object({
      selector: z.object({ matchLabels: labels }).nullish(),
      mtls: z.object({ mode }).nullish(),
      portLevelMtls: ports,
    })
    .nullish(),
});

export function convertPeerAuthentication(raw: unknown, place: Place): PeerAuthentication {
  const { metadata, spec } = authenticationSchema.parse(raw);
  const byPort: Record<string, MtlsMode> = Object.create(null);
  for (const [port, value] of Object.entries(spec?.portLevelMtls ?? {}))
    byPort[port] = value?.mode ?? 'UNSET';
  return {
    ref: refOf(place, metadata),
    selector: spec?.selector ? spec.selector.matchLabels : null,
    mode: spec?.mtls?.mode ?? 'UNSET',
    ports: byPort,
    created: metadata.creationTimestamp ?? null,
  };
}

const outbound = z.object({ mode: z.enum(['ALLOW_ANY', 'REGISTRY_ONLY']).nullish() }).nullish();
const sidecarSchema = z.object({
  metadata: objectMeta,
  spec: z
    .object({
      workloadSelector: z.object({ labels }).nullish(),
      egress: z
        .array(z.object({ port: z.object({ number: z.int().nullish() }).nullish(), hosts: texts }))
        .max(20_000)
        .nullish(),
      outboundTrafficPolicy: outbound,
    })
    .nullish(),
});

export function convertSidecar(raw: unknown, place: Place): MeshSidecar {
  const { metadata, spec } = sidecarSchema.parse(raw);
  const egress = spec?.egress ?? [];
  return {
    ref: refOf(place, metadata),
    selector: spec?.workloadSelector ? spec.workloadSelector.labels : null,
    egress:
      egress.length === 0
        ? null
        : egress.map(({ port, hosts }, at) => ({
            port: port?.number ?? null,
            hosts,
            field: `spec.egress[${at}]`,
          })),
    outbound: spec?.outboundTrafficPolicy ? (spec.outboundTrafficPolicy.mode ?? 'REGISTRY_ONLY') : null,
  };
}

const entrySchema = z.object({
  metadata: objectMeta,
  spec: z.object({
    hosts: texts,
    addresses: texts,
    endpoints: list(z.object({ address: text.nullish() })),
    ports: list(z.object({ number: z.int(), protocol: text.nullish() })),
    exportTo: texts,
  }),
});

export function convertServiceEntry(raw: unknown, place: Place): ServiceEntry {
  const { metadata, spec } = entrySchema.parse(raw);
  return {
    ref: refOf(place, metadata),
    hosts: spec.hosts,
    addresses: spec.addresses,
    endpoints: spec.endpoints.flatMap(({ address }) => (address ? [address] : [])),
    ports: spec.ports.map(({ number, protocol }) => ({
      number,
      protocol: (protocol ?? 'TCP').toUpperCase(),
    })),
    exportTo: spec.exportTo,
  };
}
