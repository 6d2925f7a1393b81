/** Controllers and pods. */
import { z } from 'zod';
import type { Pod, Workload } from '../../model/kubernetes.ts';
import { convertTemplate, podSpec, podTemplate } from './convert-pod.ts';
import { annotationsOf, list, objectMeta, ownersOf, type Place, refOf, text } from './schema.ts';

const templated = z.object({ metadata: objectMeta, spec: z.object({ template: podTemplate }) });
const cronJob = z.object({
  metadata: objectMeta,
  spec: z.object({
    schedule: text.nullish(),
    jobTemplate: z.object({ spec: z.object({ template: podTemplate }) }),
  }),
});

export function convertWorkload(raw: unknown, place: Place): Workload {
  if (place.kind === 'CronJob') {
    const { metadata, spec } = cronJob.parse(raw);
    const { template } = spec.jobTemplate.spec;
    const field = 'spec.jobTemplate.spec.template.spec';
    return {
      ...base(metadata, place),
      template: convertTemplate(template, field),
      schedule: spec.schedule ?? null,
    };
  }
  const { metadata, spec } = templated.parse(raw);
  return {
    ...base(metadata, place),
    template: convertTemplate(spec.template, 'spec.template.spec'),
    schedule: null,
  };
}

function base(metadata: z.infer<typeof objectMeta>, place: Place): Omit<Workload, 'template' | 'schedule'> {
  return {
    ref: refOf(place, metadata),
    uid: metadata.uid ?? null,
    labels: metadata.labels,
    annotations: annotationsOf(metadata.annotations),
    owners: ownersOf(metadata),
    created: metadata.creationTimestamp ?? null,
  };
}

const containerStatus = z.object({
  name: text,
  containerID: text.nullish(),
  image: text.nullish(),
  imageID: text.nullish(),
});
const ips = list(z.object({ ip: text }));
const podSchema = z.object({
  metadata: objectMeta,
  spec: podSpec,
  status: z
    .object({
      phase: text.nullish(),
      podIP: text.nullish(),
      podIPs: ips,
      hostIP: text.nullish(),
      hostIPs: ips,
      startTime: text.nullish(),
      containerStatuses: list(containerStatus),
      initContainerStatuses: list(containerStatus),
      ephemeralContainerStatuses: list(containerStatus),
    })
    .nullish(),
});

export function convertPod(raw: unknown, place: Place): Pod {
  const { metadata, spec, status } = podSchema.parse(raw);
  return {
    ref: refOf(place, metadata),
    uid: metadata.uid ?? '',
    owners: ownersOf(metadata),
    template: convertTemplate({ metadata, spec }, 'spec'),
    phase: status?.phase ?? null,
    ips: addresses(status?.podIPs, status?.podIP),
    hostIPs: addresses(status?.hostIPs, status?.hostIP),
    node: spec.nodeName ?? null,
    startTime: status?.startTime ?? null,
    containers: [
      ...(status?.initContainerStatuses ?? []),
      ...(status?.containerStatuses ?? []),
      ...(status?.ephemeralContainerStatuses ?? []),
    ].map(convertStatus),
  };
}

function addresses(many: readonly { ip: string }[] | undefined, one: string | null | undefined): string[] {
  const all = (many ?? []).map(({ ip }) => ip);
  return all.length > 0 || !one ? all : [one];
}

/** `containerd://<64 hex>`; an image id ends in the digest, whatever the runtime puts before it. */
function convertStatus(status: z.infer<typeof containerStatus>): Pod['containers'][number] {
  return {
    name: status.name,
    id: /([0-9a-f]{64})$/.exec(status.containerID ?? '')?.[1] ?? null,
    image: status.image ?? null,
    digest: /(sha256:[0-9a-f]{64})$/.exec(status.imageID ?? '')?.[1] ?? null,
  };
}
