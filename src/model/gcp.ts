/** GCP estate as plain data: what the REST APIs and `gcloud … --format json` both yield. Only the fields that are used. */
import type { SourceCoverage } from './kubernetes.ts';

/** Resources are written as relative names: `organizations/1`, `folders/2`, `projects/p`, `projects/p/serviceAccounts/e`. */
export type GcpNode = {
  name: string;
  /** Projects have an id and a number; policies may name either. */
  number: string | null;
  /** Null: an organization, or not readable. */
  parent: string | null;
};
export type GcpCondition = { title: string; expression: string };
export type GcpBinding = {
  role: string;
  /** As written: `serviceAccount:e`, `group:g`, `principalSet://…`, `projectEditor:p`, `allUsers`. */
  members: readonly string[];
  condition: GcpCondition | null;
  /** `bindings[3]` */
  field: string;
};
export type GcpPolicy = {
  resource: string;
  /** Below 3, conditions may have been left out by the API. */
  version: number;
  bindings: readonly GcpBinding[];
};
export type GcpRole = { name: string; permissions: readonly string[]; deleted: boolean };
export type GcpServiceAccount = {
  email: string;
  uniqueId: string | null;
  project: string;
  disabled: boolean;
};
/** https://cloud.google.com/iam/docs/reference/rest/v2/policies */
export type GcpDenyPolicy = {
  name: string;
  /** Resource it is attached to; holds for all below. */
  resource: string;
  rules: readonly {
    deniedPrincipals: readonly string[];
    exceptionPrincipals: readonly string[];
    /** `SERVICE_FQDN/resource.verb` */
    deniedPermissions: readonly string[];
    exceptionPermissions: readonly string[];
    condition: GcpCondition | null;
    field: string;
  }[];
};
export type GcpAccessBoundary = {
  name: string;
  rules: readonly { resources: readonly string[]; field: string }[];
  /** Permissions that are enforced depend on it. */
  enforcementVersion: string | null;
};
export type GcpBoundaryBinding = {
  name: string;
  policy: string;
  /** Principal set that it is bound to. */
  target: string;
  condition: GcpCondition | null;
};
export type GcpCluster = {
  /** `projects/p/locations/l/clusters/c` */
  name: string;
  project: string;
  /** `p.svc.id.goog`; null: Workload Identity is off. */
  workloadPool: string | null;
  endpoint: string | null;
  nodePools: readonly {
    name: string;
    serviceAccount: string | null;
    metadataMode: 'GKE_METADATA' | 'GCE_METADATA' | null;
    scopes: readonly string[];
  }[];
};
export type GcpPoolProvider = {
  /** `projects/N/locations/global/workloadIdentityPools/POOL/providers/P` */
  name: string;
  issuer: string | null;
  audiences: readonly string[];
  awsAccount: string | null;
  attributeMapping: Readonly<Record<string, string>>;
  attributeCondition: string | null;
  disabled: boolean;
};

export type GcpEstate = {
  nodes: readonly GcpNode[];
  policies: readonly GcpPolicy[];
  roles: readonly GcpRole[];
  serviceAccounts: readonly GcpServiceAccount[];
  denyPolicies: readonly GcpDenyPolicy[];
  boundaries: readonly GcpAccessBoundary[];
  boundaryBindings: readonly GcpBoundaryBinding[];
  clusters: readonly GcpCluster[];
  providers: readonly GcpPoolProvider[];
  readAt: string | null;
  coverage: readonly SourceCoverage[];
  warnings: readonly string[];
};
