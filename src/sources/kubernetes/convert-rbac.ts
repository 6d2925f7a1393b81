/** Roles and bindings (rbac.authorization.k8s.io/v1). */
import { z } from 'zod';
import type { Role, RoleBinding, ServiceAccount } from '../../model/kubernetes.ts';
import { annotationsOf, list, objectMeta, type Place, refOf, selector, text, texts } from './schema.ts';

const roleSchema = z.object({
  metadata: objectMeta,
  rules: list(
    z.object({
      verbs: texts,
      apiGroups: texts,
      resources: texts,
      resourceNames: texts,
      nonResourceURLs: texts,
    }),
  ),
  aggregationRule: z.object({ clusterRoleSelectors: list(selector) }).nullish(),
});

export function convertRole(raw: unknown, place: Place): Role {
  const { metadata, rules, aggregationRule } = roleSchema.parse(raw);
  return {
    ref: refOf(place, metadata),
    labels: metadata.labels,
    rules,
    aggregation: aggregationRule?.clusterRoleSelectors ?? [],
    ...(metadata.uid ? { served: true } : {}),
  };
}

const bindingSchema = z.object({
  metadata: objectMeta,
  roleRef: z.object({ kind: z.enum(['Role', 'ClusterRole']), name: text }),
  subjects: list(
    z.object({
      kind: z.enum(['User', 'Group', 'ServiceAccount']),
      name: text,
      namespace: text.nullish(),
    }),
  ),
});

export function convertRoleBinding(raw: unknown, place: Place): RoleBinding {
  const { metadata, roleRef, subjects } = bindingSchema.parse(raw);
  return {
    ref: refOf(place, metadata),
    role: roleRef,
    subjects: subjects.map(({ kind, name, namespace }) => ({ kind, name, namespace: namespace || null })),
  };
}

const accountSchema = z.object({
  metadata: objectMeta,
  automountServiceAccountToken: z.boolean().nullish(),
});

export function convertServiceAccount(raw: unknown, place: Place): ServiceAccount {
  const { metadata, automountServiceAccountToken } = accountSchema.parse(raw);
  return {
    ref: refOf(place, metadata),
    automountToken: automountServiceAccountToken ?? null,
    annotations: annotationsOf(metadata.annotations),
  };
}
