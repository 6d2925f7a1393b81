/** Estates of the cases in `fixtures/identities`: the short form as manifests and dumps, read as those of users are. */
import type { AwsEstate } from '../../../src/model/aws.ts';
import { type KubernetesEstate, RESOURCES } from '../../../src/model/kubernetes.ts';
import { createAwsBuilder } from '../../../src/sources/aws/builder.ts';
import { createEstateBuilder } from '../../../src/sources/kubernetes/estate-builder.ts';

export const ACCOUNT = '111122223333';
const READ_AT = '2026-03-15T00:00:00Z';

export type Pod = {
  namespace?: string;
  serviceAccount?: string;
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  env?: object[];
  hostNetwork?: boolean;
  /** By name; it runs on all of them, unless it is not `placed`. */
  nodes?: Record<string, { providerID?: string; labels?: Record<string, string> }>;
  placed?: boolean;
  /** Resources that were refused. */
  refused?: string[];
  /** Address blocks that its NetworkPolicy lets it reach; absent: it has none. */
  egress?: string[];
};

export function clusterOf({
  namespace = 'research',
  serviceAccount = 'agent',
  annotations = {},
  labels = {},
  env = [],
  hostNetwork = false,
  nodes = {},
  placed = true,
  refused = [],
  egress,
}: Pod): KubernetesEstate {
  const metadata = { namespace, name: 'agent' };
  const own = { app: 'agent', ...labels };
  const spec = { serviceAccountName: serviceAccount, hostNetwork, containers: [{ name: 'agent', env }] };
  const template = { metadata: { labels: own }, spec };
  const to = (egress ?? []).map((cidr) => ({ ipBlock: { cidr } }));
  const policy = {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata },
    spec: { podSelector: {}, policyTypes: ['Egress'], egress: to.length > 0 ? [{ to }] : [] },
  };
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      ...{ apiVersion: 'v1', kind: 'ServiceAccount' },
      metadata: { namespace, name: serviceAccount, annotations },
    },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template } },
    ...Object.entries(nodes).flatMap(([name, node]) => [
      { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: node.labels ?? {} }, spec: node },
      ...(placed ? [podOn(name, namespace, own, spec)] : []),
    ]),
    ...(egress === undefined ? [] : [policy]),
  ];
  const builder = createEstateBuilder(null);
  for (const object of objects)
    if (!builder.add(object, null)) throw new Error(`${object.kind} is not modelled`);
  const coverage = RESOURCES.map((resource) => ({
    ...{ source: `kubernetes:${resource}`, resource, namespaces: null, objects: 1 },
    ...(refused.includes(resource)
      ? { status: 'denied' as const, reason: `${resource} is forbidden` }
      : { status: 'read' as const, reason: null }),
  }));
  return builder.finish({ origin: 'the case', readAt: READ_AT, coverage });
}

function podOn(nodeName: string, namespace: string, labels: object, spec: object) {
  const metadata = { namespace, name: `agent-${nodeName}`, labels };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { ...spec, nodeName } };
}

type Statement = Record<string, unknown>;
/** `irsa`: the subject that the trust names, with `*` by StringLike; `by`: an ARN that may assume it. */
type Trust = 'pods' | { irsa: string; aud?: string; issuer?: string } | { by: string } | Statement;
type Role = { trust: Trust[]; allow?: Statement[]; tags?: Record<string, string> };
type Cluster = { name: string; region?: string; account?: string; issuer?: string };
type Association = {
  cluster?: string;
  region?: string;
  namespace?: string;
  role: string;
  targetRole?: string;
  externalId?: string;
  disableSessionTags?: boolean;
  policy?: Statement[];
};
export type Short = {
  roles?: Record<string, Role>;
  clusters?: Cluster[];
  /** Audiences of the provider by issuer. */
  providers?: Record<string, string[]>;
  associations?: Association[];
  nodegroups?: { cluster: string; region?: string; name: string; role: string }[];
  /** By id: `role` of its profile. Without `tokens`, `hops` and `endpoint` its metadata options are not told. */
  instances?: Record<string, { role?: string; tokens?: string; hops?: number; endpoint?: string }>;
};

export const REGION = 'eu-west-1';
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/ONE';
const roleArn = (name: string) => (name.startsWith('arn:') ? name : `arn:aws:iam::${ACCOUNT}:role/${name}`);
const policyOf = (statements: readonly Statement[]) => ({
  Version: '2012-10-17',
  Statement: statements.map((one) => ({ Effect: 'Allow', ...one })),
});

export function awsOf(short: Short): AwsEstate {
  const builder = createAwsBuilder();
  for (const [path, document] of documentsOf(short))
    if (!builder.add(document, `aws/${ACCOUNT}/${path}.json`)) throw new Error(`${path} is not of AWS`);
  const estate = builder.finish(READ_AT);
  if (estate.warnings.length > 0) throw new Error(estate.warnings.join('; '));
  return estate;
}

function* documentsOf(short: Short): Generator<[string, unknown]> {
  const { roles = {}, clusters = [], providers = {}, instances = {} } = short;
  const details = Object.entries(roles).map(([name, role]) => detailOf(name, role));
  const empty = { UserDetailList: [], GroupDetailList: [], Policies: [] };
  yield ['get-account-authorization-details', { ...empty, RoleDetailList: details }];
  for (const [issuer, audiences] of Object.entries(providers)) {
    const arn = encodeURIComponent(`arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}`);
    yield [
      `get-open-id-connect-provider/${arn}`,
      { Url: issuer, ClientIDList: audiences, ThumbprintList: [] },
    ];
  }
  for (const { name, region = REGION, account = ACCOUNT, issuer = ISSUER } of clusters) {
    const identity = { oidc: { issuer: `https://${issuer}` } };
    const arn = `arn:aws:eks:${region}:${account}:cluster/${name}`;
    yield [`${region}/describe-cluster/${name}`, { cluster: { name, arn, identity } }];
  }
  for (const [index, one] of (short.associations ?? []).entries())
    yield [`${REGION}/describe-pod-identity-association/a-${index}`, associationOf(one, index)];
  for (const { cluster, region = REGION, name, role } of short.nodegroups ?? []) {
    const arn = `arn:aws:eks:${region}:${ACCOUNT}:nodegroup/${cluster}/${name}/1`;
    const nodegroup = {
      nodegroupArn: arn,
      nodegroupName: name,
      clusterName: cluster,
      nodeRole: roleArn(role),
    };
    yield [`${region}/describe-nodegroup/${cluster}-${name}`, { nodegroup }];
  }
  yield ['list-instance-profiles', { InstanceProfiles: Object.keys(roles).map(profileOf) }];
  const all = Object.entries(instances).map(instanceOf);
  yield [`${REGION}/describe-instances`, { Reservations: [{ OwnerId: ACCOUNT, Instances: all }] }];
}

function detailOf(name: string, { trust, allow = [], tags = {} }: Role): object {
  return {
    ...{ Path: '/', RoleName: name, RoleId: `AROA${name}`, Arn: roleArn(name) },
    CreateDate: '2025-01-01T00:00:00Z',
    AssumeRolePolicyDocument: policyOf(trust.map(trustOf)),
    RolePolicyList: [{ PolicyName: 'own', PolicyDocument: policyOf(allow) }],
    ...{ AttachedManagedPolicies: [], InstanceProfileList: [] },
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

function trustOf(trust: Trust): Statement {
  if (trust === 'pods')
    return { Principal: { Service: 'pods.eks.amazonaws.com' }, Action: ['sts:AssumeRole', 'sts:TagSession'] };
  if ('by' in trust)
    return { Principal: { AWS: roleArn(String(trust.by)) }, Action: ['sts:AssumeRole', 'sts:TagSession'] };
  if (!('irsa' in trust)) return trust;
  const { irsa, aud, issuer = ISSUER } = trust as { irsa: string; aud?: string; issuer?: string };
  return {
    Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      [irsa.includes('*') ? 'StringLike' : 'StringEquals']: { [`${issuer}:sub`]: irsa },
      ...(aud === undefined ? {} : { StringEqualsIgnoreCase: { [`${issuer}:aud`]: aud } }),
    },
  };
}

function associationOf(one: Association, index: number): object {
  const { cluster = 'one', region = REGION, namespace = 'research', role, targetRole, policy } = one;
  return {
    association: {
      associationArn: `arn:aws:eks:${region}:${ACCOUNT}:podidentityassociation/${cluster}/a-${index}`,
      ...{ clusterName: cluster, namespace, serviceAccount: 'agent', roleArn: roleArn(role) },
      ...(targetRole === undefined ? {} : { targetRoleArn: roleArn(targetRole) }),
      ...(one.externalId === undefined ? {} : { externalId: one.externalId }),
      disableSessionTags: one.disableSessionTags ?? false,
      ...(policy === undefined ? {} : { policy: JSON.stringify(policyOf(policy)) }),
    },
  };
}

const profileArn = (name: string) => `arn:aws:iam::${ACCOUNT}:instance-profile/${name}`;

function profileOf(name: string): object {
  return {
    Arn: profileArn(name),
    InstanceProfileName: name,
    Roles: [{ Arn: roleArn(name), RoleName: name }],
  };
}

function instanceOf([id, one]: [string, NonNullable<Short['instances']>[string]]): object {
  const { role, tokens, hops, endpoint = 'enabled' } = one;
  const options = { HttpTokens: tokens, HttpPutResponseHopLimit: hops, HttpEndpoint: endpoint };
  return {
    InstanceId: id,
    ...(role === undefined ? {} : { IamInstanceProfile: { Arn: profileArn(role) } }),
    ...(tokens === undefined ? {} : { MetadataOptions: options }),
  };
}
