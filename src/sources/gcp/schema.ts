/**
 * The fields that are read of REST answers and of `gcloud … --format json`, which are the same but for projects. Nothing
 * else is kept: answers of GKE may hold passwords and client keys.
 */
import { z } from 'zod';

const text = z.string();
const texts = z.array(text).default([]);
const flag = z.boolean().default(false);
const condition = z.object({ title: text.default(''), expression: text }).nullish();

export const projectSchema = z.object({
  projectId: text.min(1),
  /** v1 and gcloud; of v3 the number is in the name. */
  projectNumber: z.union([text, z.number()]).optional(),
  name: text.optional(),
  parent: z.union([text, z.object({ type: text, id: text })]).optional(),
});
export const nodeSchema = z.object({ name: text.min(1), parent: text.optional() });
export const ancestorSchema = z.object({
  id: text.min(1),
  type: z.enum(['project', 'folder', 'organization']),
});

export const policySchema = z.object({
  version: z.number().default(0),
  bindings: z.array(z.object({ role: text, members: texts, condition })).default([]),
});
/** Lists show roles without their permissions, unless asked for the full view. */
export const roleSchema = z.object({
  name: text.min(1),
  includedPermissions: z.array(text).optional(),
  deleted: flag,
  stage: text.optional(),
});
export const accountSchema = z.object({
  email: text.min(1),
  uniqueId: text.optional(),
  projectId: text.optional(),
  name: text.optional(),
  disabled: flag,
});
/** Lists leave the rules out. https://cloud.google.com/iam/docs/reference/rest/v2/policies/listPolicies */
export const denyPolicySchema = z.object({
  name: text.min(1),
  rules: z
    .array(
      z.object({
        denyRule: z
          .object({
            deniedPrincipals: texts,
            exceptionPrincipals: texts,
            deniedPermissions: texts,
            exceptionPermissions: texts,
            denialCondition: condition,
          })
          .optional(),
      }),
    )
    .optional(),
});
export const boundarySchema = z.object({
  name: text.min(1),
  details: z
    .object({
      rules: z.array(z.object({ resources: texts, effect: text.default('ALLOW') })).default([]),
      enforcementVersion: text.optional(),
    })
    .default({ rules: [] }),
});
export const bindingSchema = z.object({
  name: text.min(1),
  target: z.object({ principalSet: text.default('') }).default({ principalSet: '' }),
  policyKind: text.default(''),
  policy: text.default(''),
  condition,
});
export const poolSchema = z.object({ name: text.min(1), disabled: flag, state: text.default('ACTIVE') });
export const providerSchema = z.object({
  name: text.min(1),
  disabled: flag,
  state: text.default('ACTIVE'),
  attributeMapping: z.record(text, text).default({}),
  attributeCondition: text.optional(),
  oidc: z.object({ issuerUri: text, allowedAudiences: texts }).optional(),
  aws: z.object({ accountId: text }).optional(),
});
export const clusterSchema = z.object({
  name: text.min(1),
  /** Names the project. */
  selfLink: text.min(1),
  location: text.optional(),
  zone: text.optional(),
  endpoint: text.optional(),
  workloadIdentityConfig: z.object({ workloadPool: text.optional() }).optional(),
  nodePools: z
    .array(
      z.object({
        name: text.min(1),
        config: z
          .object({
            serviceAccount: text.optional(),
            oauthScopes: texts,
            workloadMetadataConfig: z.object({ mode: text.optional() }).optional(),
          })
          .default({ oauthScopes: [] }),
      }),
    )
    .default([]),
});

/** Ours: what a live reading could not read, so that its copy on disk says so too. */
export const readingSchema = z.object({
  kind: z.literal('ai-spm/gcp-reading'),
  readAt: text,
  coverage: z.array(
    z.object({
      source: text,
      status: z.enum(['read', 'denied', 'failed', 'absent', 'not-served']),
      objects: z.number(),
      reason: text.nullable(),
    }),
  ),
});

export type Project = z.infer<typeof projectSchema>;
export type Node = z.infer<typeof nodeSchema>;
export type Ancestor = z.infer<typeof ancestorSchema>;
export type Policy = z.infer<typeof policySchema>;
export type Role = z.infer<typeof roleSchema>;
export type Account = z.infer<typeof accountSchema>;
export type DenyPolicy = z.infer<typeof denyPolicySchema>;
export type Boundary = z.infer<typeof boundarySchema>;
export type Binding = z.infer<typeof bindingSchema>;
export type Pool = z.infer<typeof poolSchema>;
export type Provider = z.infer<typeof providerSchema>;
export type Cluster = z.infer<typeof clusterSchema>;
export type Reading = z.infer<typeof readingSchema>;
