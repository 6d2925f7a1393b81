/** Pod specs: one converter for pods and for the templates of every controller. */
import { z } from 'zod';
import type { PodTemplate, VolumeMount } from '../../model/kubernetes.ts';
import { containerSchema, convertContainer, type RawContainer } from './convert-container.ts';
import { podSecurity, securityOf } from './convert-security.ts';
import { annotationsOf, labels, list, text } from './schema.ts';

const items = list(z.object({ key: text }));
const projection = z.object({
  serviceAccountToken: z.object({ path: text, audience: text.nullish() }).nullish(),
  secret: z.object({ name: text.nullish(), items }).nullish(),
  configMap: z.object({ name: text.nullish() }).nullish(),
});
const volume = z.object({
  name: text,
  secret: z.object({ secretName: text.nullish(), items }).nullish(),
  configMap: z.object({ name: text.nullish() }).nullish(),
  projected: z.object({ sources: list(projection) }).nullish(),
  persistentVolumeClaim: z.object({ claimName: text }).nullish(),
  hostPath: z.object({ path: text }).nullish(),
  emptyDir: z.unknown().optional(),
});
type Volume = z.infer<typeof volume>;

export const podSpec = z.object({
  serviceAccountName: text.nullish(),
  /** Deprecated alias, still written by old manifests. */
  serviceAccount: text.nullish(),
  automountServiceAccountToken: z.boolean().nullish(),
  hostNetwork: z.boolean().nullish(),
  hostPID: z.boolean().nullish(),
  hostIPC: z.boolean().nullish(),
  securityContext: podSecurity,
  nodeName: text.nullish(),
  containers: list(containerSchema),
  initContainers: list(containerSchema),
  volumes: list(volume),
});
export const podTemplate = z.object({
  metadata: z.object({ labels, annotations: labels }).nullish(),
  spec: podSpec,
});

type Source = Pick<VolumeMount, 'source' | 'name' | 'keys'> & { audience?: string };

/** `field`: where the pod spec is, `spec.template.spec`. */
export function convertTemplate(raw: z.infer<typeof podTemplate>, field: string): PodTemplate {
  const { metadata, spec } = raw;
  const containers = [
    ...spec.initContainers.map((one) => ({ one, init: true })),
    ...spec.containers.map((one) => ({ one, init: false })),
  ];
  return {
    labels: metadata?.labels ?? {},
    annotations: annotationsOf(metadata?.annotations ?? {}),
    serviceAccountName: spec.serviceAccountName || spec.serviceAccount || 'default',
    automountToken: spec.automountServiceAccountToken ?? null,
    hostNetwork: spec.hostNetwork ?? false,
    ...(spec.hostPID ? { hostPID: true } : {}),
    ...(spec.hostIPC ? { hostIPC: true } : {}),
    ...securityOf(spec.securityContext),
    containers: containers.map(({ one, init }) => convertContainer(one, init)),
    mounts: containers.flatMap(({ one }) => mountsOf(one, spec.volumes, field)),
  };
}

function mountsOf(container: RawContainer, volumes: readonly Volume[], field: string): VolumeMount[] {
  return container.volumeMounts.flatMap((mount) => {
    const index = volumes.findIndex((one) => one.name === mount.name);
    const sources = index < 0 ? [] : sourcesOf(volumes[index]!);
    return sources.map((source) => ({
      container: container.name,
      mountPath: mount.mountPath,
      ...source,
      readOnly: mount.readOnly ?? false,
      field: `${field}.volumes[${index}]`,
    }));
  });
}

/** A projected volume puts several objects under one path. */
function sourcesOf(raw: Volume): Source[] {
  const source = (kind: Source['source'], name: string | null = null, keys: string[] = []) => [
    { source: kind, name, keys },
  ];
  if (raw.secret) return source('secret', raw.secret.secretName ?? null, keysOf(raw.secret.items));
  if (raw.configMap) return source('config-map', raw.configMap.name ?? null);
  if (raw.persistentVolumeClaim)
    return source('persistent-volume-claim', raw.persistentVolumeClaim.claimName);
  if (raw.hostPath) return source('host-path', raw.hostPath.path);
  if (raw.projected) return raw.projected.sources.flatMap(projected);
  return source(raw.emptyDir === undefined ? 'other' : 'empty-dir');
}

function projected(raw: z.infer<typeof projection>): Source[] {
  const { serviceAccountToken: token, secret, configMap } = raw;
  if (token) {
    const audience = token.audience ? { audience: token.audience } : {};
    return [{ source: 'service-account-token', name: null, keys: [token.path], ...audience }];
  }
  if (secret) return [{ source: 'secret', name: secret.name ?? null, keys: keysOf(secret.items) }];
  return configMap ? [{ source: 'config-map', name: configMap.name ?? null, keys: [] }] : [];
}

function keysOf(raw: readonly { key: string }[]): string[] {
  return raw.map(({ key }) => key);
}
