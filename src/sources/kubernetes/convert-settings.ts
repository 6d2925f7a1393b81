/** Two ConfigMaps that are settings of the network, and of these only what decides: Cilium's and Istio's. */
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import type { ObjectRef } from '../../model/kubernetes.ts';
import type { CiliumSettings, MeshSettings } from '../../model/mesh.ts';
import type { Collection } from './collection.ts';
import { objectMeta, type Place, refOf, text } from './schema.ts';
import { SETTINGS } from './settings.ts';

/** Larger ones are no settings. */
const MAX_MESH = 256 * 1024;
const ciliumConfig = z.object({
  metadata: objectMeta,
  data: z.object({ 'enable-policy': text.nullish(), 'policy-cidr-match-mode': text.nullish() }).nullish(),
});
const istioConfig = z.object({
  metadata: objectMeta,
  data: z.object({ mesh: z.string().max(MAX_MESH) }),
});
const meshConfig = z.object({
  rootNamespace: text.nullish(),
  trustDomain: text.nullish(),
  outboundTrafficPolicy: z.object({ mode: z.enum(['ALLOW_ANY', 'REGISTRY_ONLY']).nullish() }).nullish(),
});

/** `cilium-config` in any namespace; the agents' settings (docs.cilium.io, Policy Enforcement Modes). */
export function convertCiliumConfig(raw: unknown, place: Place): CiliumSettings & { ref: ObjectRef } {
  const { metadata, data } = ciliumConfig.parse(raw);
  const mode = data?.['enable-policy']?.toLowerCase();
  return {
    ref: refOf(place, metadata),
    enforcement: mode === 'always' || mode === 'never' ? mode : 'default',
    cidrMatchesNodes: /\bnodes\b/.test(data?.['policy-cidr-match-mode'] ?? ''),
  };
}

/** `istio`, or `istio-<revision>`, with the MeshConfig as YAML in `mesh` (istio.io, Global Mesh Options). */
export function convertMeshConfig(raw: unknown, place: Place): MeshSettings {
  const { metadata, data } = istioConfig.parse(raw);
  const mesh = meshConfig.parse(yamlOf(data.mesh) ?? {});
  const ref = refOf(place, metadata);
  return {
    ref,
    rootNamespace: mesh.rootNamespace || ref.namespace || 'istio-system',
    trustDomain: mesh.trustDomain || 'cluster.local',
    // Named without a mode, it is the first of the API's list.
    outbound: mesh.outboundTrafficPolicy ? (mesh.outboundTrafficPolicy.mode ?? 'REGISTRY_ONLY') : 'ALLOW_ANY',
  };
}

/** Null where it is no YAML: then the schema says so. */
function yamlOf(source: string): unknown {
  try {
    return parse(source, { maxAliasCount: 0 });
  } catch {
    return 'no YAML';
  }
}

/** The collection of an object that is one of these; null: it is not. Every other ConfigMap stays unread. */
export function settingsCollection(raw: object): Collection | null {
  const { apiVersion, kind, metadata, data } = raw as Record<string, unknown>;
  if (apiVersion !== 'v1' || kind !== 'ConfigMap' || typeof metadata !== 'object') return null;
  const { name } = (metadata ?? {}) as { name?: unknown };
  if (name === 'cilium-config') return named('cilium-config');
  const isMesh =
    typeof name === 'string' &&
    /^istio(?:-|$)/.test(name) &&
    typeof data === 'object' &&
    data !== null &&
    'mesh' in data;
  return isMesh ? named('istio-config') : null;
}

function named(setting: string): Collection {
  return SETTINGS.find(({ name }) => name === setting)!;
}

/** The object with what is read of it and nothing else: the rest of a ConfigMap is not ours, nor is it saved. */
export function keptOfSettings(raw: unknown): object | null {
  const parsed = anyConfig.safeParse(raw);
  if (!parsed.success) return null;
  const { metadata, data } = parsed.data;
  const kept = Object.entries(data).filter(([key]) => KEPT.has(key));
  const values = kept.map(([key, value]) => [key, key === 'mesh' ? keptOfMesh(value) : value]);
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: Object.fromEntries(values) };
}

const KEPT = new Set(['enable-policy', 'policy-cidr-match-mode', 'mesh']);
const anyConfig = z.object({
  metadata: z.object({ name: text, namespace: text, resourceVersion: text.optional() }),
  data: z.record(z.string(), z.string()).default({}),
});

/** As it was where it is none: what is wrong with it is said where it is converted. */
function keptOfMesh(source: string): string {
  const { success, data } = meshConfig.safeParse(source.length > MAX_MESH ? null : yamlOf(source));
  return success ? stringify(data) : source.slice(0, MAX_MESH + 1);
}
