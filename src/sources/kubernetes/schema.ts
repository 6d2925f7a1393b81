/** Pieces of Kubernetes objects as they come: hostile, with nulls where Go writes empty things, and bounded. */
import { z } from 'zod';
import type { LabelSelector, Labels, ObjectRef, Owner } from '../../model/kubernetes.ts';

/** Longest text taken over; Kubernetes names and label values are at most 253 and 63 characters. */
const MAX_TEXT = 4096;
/** Most entries of any list or map that are read; etcd's 1.5 MiB per object allows no useful more. */
export const MAX_ITEMS = 20_000;

export const text = z.string().max(MAX_TEXT);
export const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .max(MAX_ITEMS)
    .nullish()
    .transform((items): z.output<T>[] => items ?? []);
export const texts = list(text);

/** Keys are foreign: a null prototype keeps `__proto__` a key like any other. */
export const labels = z
  .custom<Record<string, unknown> | null | undefined>(
    (value) => value == null || (typeof value === 'object' && !Array.isArray(value)),
    'expected a map',
  )
  .nullish()
  .transform((value, context): Labels => {
    const result: Record<string, string> = Object.create(null);
    const entries = Object.entries(value ?? {});
    if (entries.length > MAX_ITEMS) context.addIssue('too many entries');
    for (const [key, one] of entries.slice(0, MAX_ITEMS))
      if (typeof one !== 'object') result[key.slice(0, MAX_TEXT)] = String(one).slice(0, MAX_TEXT);
    return result;
  });

const expression = z.object({
  key: text,
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
  values: texts,
});
export const selector = z
  .object({ matchLabels: labels, matchExpressions: list(expression) })
  .transform((value): LabelSelector => value);

export const objectMeta = z.object({
  name: text.min(1),
  namespace: text.nullish(),
  uid: text.nullish(),
  resourceVersion: text.nullish(),
  creationTimestamp: text.nullish(),
  labels,
  annotations: labels,
  ownerReferences: list(
    z.object({ apiVersion: text, kind: text, name: text, controller: z.boolean().nullish() }),
  ),
});
export type ObjectMeta = z.infer<typeof objectMeta>;

/** What every object begins with; `metadata` is checked by each converter. */
export const anyObject = z.object({ apiVersion: text.min(1), kind: text.min(1), metadata: objectMeta });

/** Where an object was read: `location` is a file and document, null for a live cluster. */
export type Place = { apiVersion: string; kind: string; location: string | null; namespaced: boolean };

export function refOf(place: Place, meta: ObjectMeta): ObjectRef {
  return {
    apiVersion: place.apiVersion,
    kind: place.kind,
    // Manifests may leave the namespace to `kubectl apply`; then it is `default`.
    namespace: place.namespaced ? meta.namespace || 'default' : null,
    name: meta.name,
    location: place.location,
  };
}

export function ownersOf(meta: ObjectMeta): Owner[] {
  return meta.ownerReferences.map((owner) => ({ ...owner, controller: owner.controller ?? false }));
}

/** Annotations may hold anything, last-applied manifests with secrets among them: only those that are read. */
const ANNOTATION_PREFIXES = [
  'ai-spm.dev/',
  'eks.amazonaws.com/',
  'iam.gke.io/',
  'azure.workload.identity/',
  'sidecar.istio.io/',
  'traffic.sidecar.istio.io/',
  'ambient.istio.io/',
  'istio.io/',
] as const;

export function annotationsOf(annotations: Labels): Labels {
  const kept: Record<string, string> = Object.create(null);
  for (const [key, value] of Object.entries(annotations))
    if (ANNOTATION_PREFIXES.some((prefix) => key.startsWith(prefix))) kept[key] = value;
  return kept;
}
