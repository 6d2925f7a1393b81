/**
 * The fields that are read of `az … -o json`. Nothing else is kept: answers about clusters and applications hold
 * certificates and keys.
 */
import { z } from 'zod';

const text = z.string();
const id = text.min(1).max(2048);
const texts = z.array(text).nullish();
const flag = z.boolean().nullish();

export const identitySchema = z.object({
  id,
  name: text,
  clientId: id,
  principalId: text.nullish(),
  tenantId: text.nullish(),
});
export const credentialSchema = z.object({
  id: text.nullish(),
  name: text,
  issuer: text,
  subject: text.nullish(),
  audiences: texts,
  claimsMatchingExpression: z.union([text, z.object({ value: text.nullish() })]).nullish(),
});
/** Of `az ad app` the id is the application's own; of `az ad sp` that of the principal that is given roles. */
export const applicationSchema = z.object({
  appId: id,
  id: text.nullish(),
  displayName: text.nullish(),
  appOwnerOrganizationId: text.nullish(),
});
export const assignmentSchema = z.object({
  id,
  principalId: id,
  principalType: text.nullish(),
  roleDefinitionId: id,
  roleDefinitionName: text.nullish(),
  scope: id,
  condition: text.nullish(),
});
export const definitionSchema = z.object({
  id,
  roleName: text.nullish(),
  name: text,
  permissions: z
    .array(
      z.object({
        actions: texts,
        notActions: texts,
        dataActions: texts,
        notDataActions: texts,
        condition: text.nullish(),
      }),
    )
    .max(1000),
});
export const clusterSchema = z.object({
  id,
  name: text,
  oidcIssuerProfile: z.object({ enabled: flag, issuerUrl: text.nullish() }).nullish(),
  securityProfile: z.object({ workloadIdentity: z.object({ enabled: flag }).nullish() }).nullish(),
  identityProfile: z
    .object({
      kubeletidentity: z.object({ clientId: text.nullish(), objectId: text.nullish() }).nullish(),
    })
    .nullish(),
});

export type Credential = z.infer<typeof credentialSchema>;
export type Definition = z.infer<typeof definitionSchema>;
export type Cluster = z.infer<typeof clusterSchema>;
