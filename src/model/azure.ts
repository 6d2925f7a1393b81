/** Azure estate as far as AKS workloads reach it, from `az … -o json` exports. Ids are compared without case. */
import type { SourceCoverage } from './kubernetes.ts';

export type AzureIdentity = {
  /** Resource id of a user-assigned identity; `app/<client id>` of an app registration. */
  id: string;
  name: string;
  clientId: string;
  /** Object id of its service principal, by which role assignments name it. */
  principalId: string | null;
  tenantId: string | null;
};
export type AzureFederatedCredential = {
  identity: string;
  name: string;
  issuer: string;
  /** Empty where `expression` decides. */
  subject: string;
  /** `claimsMatchingExpression` of flexible credentials, which is not evaluated. */
  expression: string | null;
  audiences: readonly string[];
};
export type AzureRoleAssignment = {
  id: string;
  principalId: string;
  /** Null: not told. Members of a `Group` are not read. */
  principalType: string | null;
  /** Resource id of the definition. */
  role: string;
  roleName: string | null;
  scope: string;
  condition: string | null;
};
export type AzureRoleDefinition = {
  id: string;
  name: string;
  permissions: readonly {
    actions: readonly string[];
    notActions: readonly string[];
    dataActions: readonly string[];
    notDataActions: readonly string[];
    condition: string | null;
  }[];
};
export type AzureCluster = {
  id: string;
  name: string;
  issuer: string | null;
  workloadIdentity: boolean;
  kubeletIdentity: { clientId: string; objectId: string } | null;
};

export type AzureEstate = {
  identities: readonly AzureIdentity[];
  federatedCredentials: readonly AzureFederatedCredential[];
  roleAssignments: readonly AzureRoleAssignment[];
  roleDefinitions: readonly AzureRoleDefinition[];
  clusters: readonly AzureCluster[];
  readAt: string | null;
  coverage: readonly SourceCoverage[];
  warnings: readonly string[];
};
