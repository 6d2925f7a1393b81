/** AWS estate as plain data: what the live APIs and the AWS CLI's dumps both yield. Only the fields that are used. */
import type { SourceCoverage } from './kubernetes.ts';

export type AwsPrincipalPattern = {
  /** `*` alone is `AWS: *`. */
  type: 'AWS' | 'Service' | 'Federated' | 'CanonicalUser';
  value: string;
};
export type AwsCondition = {
  /** As written, `ForAllValues:StringLikeIfExists`. */
  operator: string;
  /** As written; keys are compared without case. */
  key: string;
  values: readonly string[];
};
/** Element names are given as data, so that `Not…` is one evaluation and not another path. */
export type AwsStatement = {
  sid: string | null;
  effect: 'Allow' | 'Deny';
  actions: readonly string[];
  notAction: boolean;
  /** Null: the policy has none, as trust policies do. */
  resources: readonly string[] | null;
  notResource: boolean;
  /** Null: identity policies. */
  principals: readonly AwsPrincipalPattern[] | null;
  notPrincipal: boolean;
  conditions: readonly AwsCondition[];
  /** `Statement[2]` */
  field: string;
};
export type AwsPolicy = {
  /** ARN of a managed policy; `inline <name>`, `trust`, `resource` … of what has none. */
  id: string;
  name: string;
  /** Versions before 2012-10-17 know no policy variables. */
  version: '2012-10-17' | '2008-10-17';
  statements: readonly AwsStatement[];
  /** Why it could not be understood, whole or in part: what rests on it is then cannot-tell. Null: it was. */
  problem: string | null;
  /** Of managed policies: the versions that are not the default, `<ARN> v2`. Absent: not told. */
  versions?: readonly AwsPolicy[];
};

export type AwsTags = Readonly<Record<string, string>>;
type Holder = {
  arn: string;
  name: string;
  account: string;
  inline: readonly AwsPolicy[];
  /** ARNs of managed policies. */
  attached: readonly string[];
};
export type AwsRole = Holder & {
  path: string;
  trust: AwsPolicy;
  boundary: string | null;
  tags: AwsTags;
  /** ARNs. */
  instanceProfiles: readonly string[];
  /** ISO. */
  created: string | null;
};
export type AwsUser = Holder & { groups: readonly string[]; boundary: string | null; tags: AwsTags };
export type AwsGroup = Holder;

export type AwsOidcProvider = {
  arn: string;
  account: string /** Without `https://`. */;
  url: string;
  clientIds: readonly string[];
};
export type AwsCluster = {
  arn: string;
  name: string;
  account: string;
  region: string;
  /** OIDC issuer without `https://`. */
  issuer: string | null;
  endpoint: string | null;
  /** Authority that RBAC does not show: named as unmodelled. */
  accessEntries:
    | readonly { principal: string; groups: readonly string[]; policies: readonly string[] }[]
    | null;
};
/** EKS Pod Identity association, described one by one: lists do not carry the role. */
export type AwsPodIdentity = {
  arn: string;
  /** Its name; names of clusters are unique only within an account and region. */
  cluster: string;
  clusterArn?: string;
  namespace: string;
  serviceAccount: string;
  role: string;
  /** Assumed from `role`, and the effective identity then. */
  targetRole: string | null;
  externalId: string | null;
  disableSessionTags: boolean;
  /** Intersected with the role. */
  sessionPolicy: AwsPolicy | null;
};
export type AwsNodegroup = { cluster: string; clusterArn?: string; name: string; role: string };
export type AwsInstance = {
  id: string;
  account: string;
  region: string;
  /** ARN of its instance profile. */
  profile: string | null;
  /** By these a Kubernetes node is found. */
  privateDnsName: string | null;
  addresses: readonly string[];
  /** Null: not told. */
  metadata: { endpoint: boolean; tokensRequired: boolean; hopLimit: number } | null;
};
export type AwsInstanceProfile = { arn: string; roles: readonly string[] };

/** Policies along the path of an account, root first; each level must allow. Null where Organizations was not readable. */
export type AwsOrganization = {
  /** `o-…`; absent: not told. */
  id?: string | null;
  managementAccount: string;
  /** Account id → levels, root first, the account last. */
  paths: Readonly<Record<string, readonly AwsLevel[]>>;
  policies: readonly AwsPolicy[];
};
export type AwsLevel = {
  /** `r-…`, `ou-…`, or the account. */
  id: string;
  /** Policy ids attached to this level. */
  serviceControl: readonly string[];
  resourceControl: readonly string[];
};
/** The policy of a resource, as it was given: buckets, keys, queues, topics, functions, secrets. */
export type AwsResourcePolicy = { resource: string; account: string | null; policy: AwsPolicy };
/** Action-level last-accessed data: denied attempts count in it, and what is not tracked is not unused. */
export type AwsLastAccessed = {
  principal: string;
  service: string;
  /** Null: the service as a whole. */
  action: string | null;
  /** ISO; null: never within the tracking period. */
  last: string | null;
};

export type AwsEstate = {
  /** Accounts that were read. */
  accounts: readonly { id: string; alias: string | null; origin: string }[];
  roles: readonly AwsRole[];
  users: readonly AwsUser[];
  groups: readonly AwsGroup[];
  policies: readonly AwsPolicy[];
  oidcProviders: readonly AwsOidcProvider[];
  clusters: readonly AwsCluster[];
  podIdentities: readonly AwsPodIdentity[];
  nodegroups: readonly AwsNodegroup[];
  instances: readonly AwsInstance[];
  instanceProfiles: readonly AwsInstanceProfile[];
  resourcePolicies: readonly AwsResourcePolicy[];
  organization: AwsOrganization | null;
  lastAccessed: readonly AwsLastAccessed[];
  /** ISO time of reading, or newest file time of an export. */
  readAt: string | null;
  coverage: readonly SourceCoverage[];
  warnings: readonly string[];
};
