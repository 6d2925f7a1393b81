/**
 * Every call that a live reading may send, and what it needs for it: nothing else can be sent, since a call is a word
 * of this table. Only reading ones; no simulation of policies, no value of a secret, no content of a bucket.
 */
type Need = {
  action: string;
  /** ARN patterns as narrow as the action allows (Service Authorization Reference), without `arn:<partition>:`. */
  resources: readonly string[];
  /** Only needed where it was asked for. */
  when?: 'last-accessed' | 'assume-role';
};

const POLICIES = ['iam::*:policy/*'];
const CLUSTERS = ['eks:*:*:cluster/*'];
const ACCESS_ENTRIES = ['eks:*:*:access-entry/*'];
const TARGETS = ['organizations::*:account/o-*/*', 'organizations::*:ou/o-*/ou-*'];

export const CALLS = {
  'sts.GetCallerIdentity': { action: 'sts:GetCallerIdentity', resources: [] },
  'sts.AssumeRole': { action: 'sts:AssumeRole', resources: [], when: 'assume-role' },
  'iam.GetAccountAuthorizationDetails': { action: 'iam:GetAccountAuthorizationDetails', resources: [] },
  'iam.GetPolicy': { action: 'iam:GetPolicy', resources: POLICIES },
  'iam.GetPolicyVersion': { action: 'iam:GetPolicyVersion', resources: POLICIES },
  'iam.ListAccountAliases': { action: 'iam:ListAccountAliases', resources: [] },
  'iam.ListOpenIDConnectProviders': { action: 'iam:ListOpenIDConnectProviders', resources: [] },
  'iam.GetOpenIDConnectProvider': {
    action: 'iam:GetOpenIDConnectProvider',
    resources: ['iam::*:oidc-provider/*'],
  },
  'iam.GenerateServiceLastAccessedDetails': {
    action: 'iam:GenerateServiceLastAccessedDetails',
    resources: ['iam::*:role/*', 'iam::*:user/*'],
    when: 'last-accessed',
  },
  'iam.GetServiceLastAccessedDetails': {
    action: 'iam:GetServiceLastAccessedDetails',
    resources: [],
    when: 'last-accessed',
  },
  'eks.ListClusters': { action: 'eks:ListClusters', resources: [] },
  'eks.DescribeCluster': { action: 'eks:DescribeCluster', resources: CLUSTERS },
  'eks.ListPodIdentityAssociations': { action: 'eks:ListPodIdentityAssociations', resources: CLUSTERS },
  'eks.DescribePodIdentityAssociation': {
    action: 'eks:DescribePodIdentityAssociation',
    resources: ['eks:*:*:podidentityassociation/*'],
  },
  'eks.ListNodegroups': { action: 'eks:ListNodegroups', resources: CLUSTERS },
  'eks.DescribeNodegroup': { action: 'eks:DescribeNodegroup', resources: ['eks:*:*:nodegroup/*'] },
  'eks.ListAccessEntries': { action: 'eks:ListAccessEntries', resources: CLUSTERS },
  'eks.DescribeAccessEntry': { action: 'eks:DescribeAccessEntry', resources: ACCESS_ENTRIES },
  'eks.ListAssociatedAccessPolicies': {
    action: 'eks:ListAssociatedAccessPolicies',
    resources: ACCESS_ENTRIES,
  },
  'ec2.DescribeInstances': { action: 'ec2:DescribeInstances', resources: [] },
  'organizations.DescribeOrganization': { action: 'organizations:DescribeOrganization', resources: [] },
  'organizations.ListParents': { action: 'organizations:ListParents', resources: TARGETS },
  'organizations.ListPoliciesForTarget': {
    action: 'organizations:ListPoliciesForTarget',
    resources: [...TARGETS, 'organizations::*:root/o-*/r-*'],
  },
  'organizations.DescribePolicy': {
    action: 'organizations:DescribePolicy',
    resources: ['organizations::*:policy/o-*/*/p-*', 'organizations::aws:policy/*/p-*'],
  },
} as const satisfies Record<string, Need>;

export type AwsCall = keyof typeof CALLS;
export const NEEDS: Readonly<Record<AwsCall, Need>> = CALLS;

export type AwsAccessOptions = {
  /** ARNs of the roles of other accounts. */
  assumeRoles?: readonly string[];
  lastAccessed?: boolean;
  partition?: 'aws' | 'aws-cn' | 'aws-us-gov';
};
type Statement = { Effect: 'Allow'; Action: string[]; Resource: string | string[] };

/** The least policy document with which a live reading reads everything: for each account, and for its role there. */
export function awsAccessPolicy(options: AwsAccessOptions = {}): {
  Version: '2012-10-17';
  Statement: Statement[];
} {
  const { assumeRoles = [], lastAccessed = false, partition = 'aws' } = options;
  const statements = new Map<string, Statement>();
  for (const { action, resources, when } of Object.values(NEEDS)) {
    if (when === 'last-accessed' && !lastAccessed) continue;
    if (when === 'assume-role' && assumeRoles.length === 0) continue;
    const narrow =
      when === 'assume-role' ? [...assumeRoles] : resources.map((one) => `arn:${partition}:${one}`);
    const Resource = narrow.length === 0 ? '*' : narrow;
    const key = String(Resource);
    const statement = statements.get(key) ?? { Effect: 'Allow', Action: [], Resource };
    statement.Action.push(action);
    statements.set(key, statement);
  }
  return { Version: '2012-10-17', Statement: [...statements.values()] };
}
