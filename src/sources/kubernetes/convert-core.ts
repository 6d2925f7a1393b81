/** Namespaces, nodes, Services and the addresses behind them. */
import { z } from 'zod';
import type { EndpointSlice, Namespace, Node, Service } from '../../model/kubernetes.ts';
import { labels, list, objectMeta, type Place, refOf, text, texts } from './schema.ts';

export function convertNamespace(raw: unknown, place: Place): Namespace {
  const { metadata } = z.object({ metadata: objectMeta }).parse(raw);
  return { ref: refOf(place, metadata), labels: metadata.labels, uid: metadata.uid ?? null };
}

const nodeSchema = z.object({
  metadata: objectMeta,
  spec: z.object({ podCIDR: text.nullish(), podCIDRs: texts, providerID: text.nullish() }).nullish(),
  status: z
    .object({
      addresses: list(z.object({ type: text, address: text })),
      nodeInfo: z.object({ kubeletVersion: text.nullish() }).nullish(),
    })
    .nullish(),
});

export function convertNode(raw: unknown, place: Place): Node {
  const { metadata, spec, status } = nodeSchema.parse(raw);
  const podCIDRs = spec?.podCIDRs ?? [];
  return {
    ref: refOf(place, metadata),
    labels: metadata.labels,
    ips: (status?.addresses ?? [])
      .filter(({ type }) => type === 'InternalIP' || type === 'ExternalIP')
      .map(({ address }) => address),
    podCIDRs: podCIDRs.length > 0 || !spec?.podCIDR ? podCIDRs : [spec.podCIDR],
    ...(spec?.providerID ? { providerId: spec.providerID } : {}),
    ...(status?.nodeInfo?.kubeletVersion ? { kubelet: status.nodeInfo.kubeletVersion } : {}),
  };
}

const serviceSchema = z.object({
  metadata: objectMeta,
  spec: z.object({
    clusterIP: text.nullish(),
    clusterIPs: texts,
    externalName: text.nullish(),
    selector: labels.nullish(),
    ports: list(
      z.object({
        name: text.nullish(),
        port: z.int(),
        targetPort: z.union([z.int(), text]).nullish(),
        protocol: text.nullish(),
      }),
    ),
  }),
});

export function convertService(raw: unknown, place: Place): Service {
  const { metadata, spec } = serviceSchema.parse(raw);
  const ips = spec.clusterIPs.length > 0 ? spec.clusterIPs : [spec.clusterIP ?? ''];
  const selector = spec.selector ?? {};
  return {
    ref: refOf(place, metadata),
    labels: metadata.labels,
    clusterIPs: ips.filter((ip) => ip !== '' && ip !== 'None'),
    ports: spec.ports.map((port) => ({
      name: port.name ?? null,
      port: port.port,
      targetPort: port.targetPort ?? port.port,
      protocol: port.protocol ?? 'TCP',
    })),
    selector: Object.keys(selector).length > 0 ? selector : null,
    externalName: spec.externalName || null,
  };
}

const sliceSchema = z.object({
  metadata: objectMeta,
  endpoints: list(
    z.object({
      addresses: texts,
      targetRef: z
        .object({ kind: text.nullish(), name: text.nullish(), namespace: text.nullish() })
        .nullish(),
    }),
  ),
  ports: list(z.object({ name: text.nullish(), port: z.int().nullish(), protocol: text.nullish() })),
});

export function convertEndpointSlice(raw: unknown, place: Place): EndpointSlice {
  const { metadata, endpoints, ports } = sliceSchema.parse(raw);
  return {
    ref: refOf(place, metadata),
    service: metadata.labels['kubernetes.io/service-name'] ?? null,
    addresses: endpoints.flatMap(({ addresses, targetRef }) =>
      addresses.map((ip) => ({
        ip,
        pod: targetRef?.kind === 'Pod' ? (targetRef.name ?? null) : null,
        namespace: targetRef?.namespace ?? null,
      })),
    ),
    ports: ports.map((port) => ({
      name: port.name || null,
      port: port.port ?? null,
      protocol: port.protocol ?? 'TCP',
    })),
  };
}
