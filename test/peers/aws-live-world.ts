/** Accounts as data, made in moto by the SDK's own writing commands. */
import { RunInstancesCommand } from '@aws-sdk/client-ec2';
import { CreateClusterCommand, CreateNodegroupCommand } from '@aws-sdk/client-eks';
import * as iam from '@aws-sdk/client-iam';
import * as org from '@aws-sdk/client-organizations';
import { type Clients, clientsOf, HOME } from './aws-live-moto.ts';

export type Inline = { name: string; action: string };
export type RoleSpec = {
  name: string;
  path: string;
  inline: readonly Inline[];
  attached: readonly string[];
  boundary: string | null;
  tags: Readonly<Record<string, string>>;
  /** Whom the trust policy names. */
  trusts: string;
};
/** Without a boundary: moto takes none for users. */
export type UserSpec = Omit<RoleSpec, 'path' | 'trusts' | 'boundary'> & { groups: readonly string[] };
export type GroupSpec = Pick<RoleSpec, 'name' | 'inline' | 'attached'>;

const range = (length: number) => Array.from({ length }, (_, index) => index);

/** More than a page of anything. The second version of each is the one in force. */
export const POLICIES = range(110).map((i) => ({
  name: `data-${i}`,
  action: `s3:Get${i}`,
  old: `s3:Put${i}`,
}));
export const GROUPS: readonly GroupSpec[] = range(12).map((i) => ({
  name: `team-${i}`,
  inline: [{ name: 'own', action: `sqs:Send${i}` }],
  attached: [`data-${i}`],
}));
export const ROLES: readonly RoleSpec[] = range(130).map((i) => ({
  name: `agent-${i}`,
  path: i % 3 === 0 ? '/agents/' : '/',
  inline: range(i % 3).map((n) => ({ name: `inline ${n} + ü`, action: `dynamodb:Get${i}x${n}` })),
  attached: range(i % 4).map((n) => `data-${(i + n) % POLICIES.length}`),
  boundary: i % 5 === 0 ? 'data-99' : null,
  tags: i % 7 === 0 ? { team: `t${i}`, 'a b': 'ü&<' } : {},
  trusts: i === 1 ? 'pods.eks.amazonaws.com' : 'ec2.amazonaws.com',
}));
export const USERS: readonly UserSpec[] = range(105).map((i) => ({
  name: `user-${i}`,
  inline: i % 10 === 0 ? [{ name: 'own', action: `sns:Publish${i}` }] : [],
  attached: i % 6 === 0 ? [`data-${i % POLICIES.length}`] : [],
  tags: {},
  groups: i % 2 === 0 ? [`team-${i % GROUPS.length}`] : [],
}));
export const CLUSTERS = ['blue', 'green'];
export const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF';

export function document(action: string, effect = 'Allow'): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: effect, Action: action, Resource: '*', Condition: { StringLike: { 'aws:x': 'a%b+ü' } } },
    ],
  });
}

function trust(service: string): string {
  const statement = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

const arnOf = (name: string, account = HOME) => `arn:aws:iam::${account}:policy/${name}`;
const tagsOf = (tags: RoleSpec['tags']) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

export type World = {
  /** In an OU within an OU. */
  member: string;
  /** Root first. */
  levels: readonly string[];
  /** Names of the policies on each level. */
  controls: readonly (readonly string[])[];
  instance: string;
  provider: string;
  profile: string;
};

export async function makeWorld(endpoint: string): Promise<World> {
  const home = await clientsOf(endpoint, HOME);
  await makeIam(home.iam);
  const provider = await home.iam.send(
    new iam.CreateOpenIDConnectProviderCommand({
      Url: `https://${ISSUER}`,
      ClientIDList: ['sts.amazonaws.com', 'other'],
      ThumbprintList: ['a'.repeat(40)],
    }),
  );
  const organization = await makeOrganization(home.organizations);
  const member = await clientsOf(endpoint, organization.member);
  await member.iam.send(
    new iam.CreateRoleCommand({ RoleName: 'away', AssumeRolePolicyDocument: trust('lambda.amazonaws.com') }),
  );
  const compute = await makeCompute(home);
  return { ...organization, ...compute, provider: provider.OpenIDConnectProviderArn! };
}

async function makeIam(client: iam.IAMClient): Promise<void> {
  await client.send(new iam.CreateAccountAliasCommand({ AccountAlias: 'agents' }));
  for (const { name, action, old } of POLICIES) {
    await client.send(new iam.CreatePolicyCommand({ PolicyName: name, PolicyDocument: document(old) }));
    const next = { PolicyArn: arnOf(name), PolicyDocument: document(action), SetAsDefault: true };
    await client.send(new iam.CreatePolicyVersionCommand(next));
  }
  for (const one of GROUPS) await makeGroup(client, one);
  for (const one of ROLES) await makeRole(client, one);
  for (const one of USERS) await makeUser(client, one);
}

async function makeGroup(
  client: iam.IAMClient,
  { name: GroupName, inline, attached }: GroupSpec,
): Promise<void> {
  await client.send(new iam.CreateGroupCommand({ GroupName }));
  for (const { name: PolicyName, action } of inline)
    await client.send(
      new iam.PutGroupPolicyCommand({ GroupName, PolicyName, PolicyDocument: document(action) }),
    );
  for (const name of attached)
    await client.send(new iam.AttachGroupPolicyCommand({ GroupName, PolicyArn: arnOf(name) }));
}

async function makeRole(client: iam.IAMClient, spec: RoleSpec): Promise<void> {
  const RoleName = spec.name;
  await client.send(
    new iam.CreateRoleCommand({
      ...{ RoleName, Path: spec.path, AssumeRolePolicyDocument: trust(spec.trusts), Tags: tagsOf(spec.tags) },
      ...(spec.boundary === null ? {} : { PermissionsBoundary: arnOf(spec.boundary) }),
    }),
  );
  for (const { name: PolicyName, action } of spec.inline)
    await client.send(
      new iam.PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: document(action) }),
    );
  for (const name of spec.attached)
    await client.send(new iam.AttachRolePolicyCommand({ RoleName, PolicyArn: arnOf(name) }));
}

async function makeUser(client: iam.IAMClient, spec: UserSpec): Promise<void> {
  const UserName = spec.name;
  await client.send(new iam.CreateUserCommand({ UserName }));
  for (const { name: PolicyName, action } of spec.inline)
    await client.send(
      new iam.PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument: document(action) }),
    );
  for (const name of spec.attached)
    await client.send(new iam.AttachUserPolicyCommand({ UserName, PolicyArn: arnOf(name) }));
  for (const GroupName of spec.groups)
    await client.send(new iam.AddUserToGroupCommand({ UserName, GroupName }));
}

async function makeOrganization(client: org.OrganizationsClient) {
  await client.send(new org.CreateOrganizationCommand({ FeatureSet: 'ALL' }));
  const { Roots } = await client.send(new org.ListRootsCommand({}));
  const root = Roots![0]!.Id!;
  const outer = await makeUnit(client, root, 'outer');
  const inner = await makeUnit(client, outer, 'inner');
  const made = await client.send(
    new org.CreateAccountCommand({ AccountName: 'member', Email: 'a@example.com' }),
  );
  const member = made.CreateAccountStatus!.AccountId!;
  const move = { AccountId: member, SourceParentId: root, DestinationParentId: inner };
  await client.send(new org.MoveAccountCommand(move));
  await attach(client, outer, { name: 'no-iam', type: 'SERVICE_CONTROL_POLICY' });
  await attach(client, member, { name: 'no-ec2', type: 'SERVICE_CONTROL_POLICY' });
  await attach(client, inner, { name: 'no-strangers', type: 'RESOURCE_CONTROL_POLICY' });
  const controls = [[], ['no-iam'], ['no-strangers'], ['no-ec2']];
  return { member, levels: [root, outer, inner, member], controls };
}

async function makeUnit(client: org.OrganizationsClient, ParentId: string, Name: string): Promise<string> {
  const made = await client.send(new org.CreateOrganizationalUnitCommand({ ParentId, Name }));
  return made.OrganizationalUnit!.Id!;
}

type Control = { name: string; type: 'SERVICE_CONTROL_POLICY' | 'RESOURCE_CONTROL_POLICY' };

async function attach(
  client: org.OrganizationsClient,
  TargetId: string,
  { name, type }: Control,
): Promise<void> {
  const input = { Name: name, Type: type, Content: document('*', 'Deny'), Description: name };
  const made = await client.send(new org.CreatePolicyCommand(input));
  await client.send(new org.AttachPolicyCommand({ PolicyId: made.Policy!.PolicySummary!.Id!, TargetId }));
}

async function makeCompute({ iam: client, eks, ec2 }: Clients) {
  const roleArn = `arn:aws:iam::${HOME}:role/agent-1`;
  const subnets = ['subnet-1', 'subnet-2'];
  for (const name of CLUSTERS)
    await eks.send(new CreateClusterCommand({ name, roleArn, resourcesVpcConfig: { subnetIds: subnets } }));
  const nodes = { clusterName: 'blue', nodegroupName: 'workers', subnets, nodeRole: roleArn };
  await eks.send(new CreateNodegroupCommand(nodes));
  const InstanceProfileName = 'node';
  const made = await client.send(new iam.CreateInstanceProfileCommand({ InstanceProfileName }));
  const profile = made.InstanceProfile!.Arn!;
  await client.send(new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: 'agent-1' }));
  const { Instances } = await ec2.send(
    new RunInstancesCommand({
      ...{ ImageId: 'ami-12c6146b', MinCount: 1, MaxCount: 1, IamInstanceProfile: { Arn: profile } },
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2, HttpEndpoint: 'enabled' },
    }),
  );
  return { instance: Instances![0]!.InstanceId!, profile };
}
