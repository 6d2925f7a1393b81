/** moto enforces IAM: the printed policy reads everything, and without any one of its actions something is denied. */
import { CreateClusterCommand, CreateNodegroupCommand } from '@aws-sdk/client-eks';
import * as iam from '@aws-sdk/client-iam';
import { CreateOrganizationCommand } from '@aws-sdk/client-organizations';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsEstate } from '../../src/model/aws.ts';
import { awsAccessPolicy } from '../../src/sources/aws/calls.ts';
import { readAws } from '../../src/sources/aws/live.ts';
import { type Clients, clientsOf, HOME, type Moto, noMoto, REGION, startMoto } from './aws-live-moto.ts';

if (noMoto) console.warn(`the printed policy under moto's enforcement is skipped: ${noMoto}`);

const POLICY = awsAccessPolicy();
const ACTIONS = POLICY.Statement.flatMap(({ Action }) => Action);
/** Of what moto lacks; never enforced; sent only where a policy is missing; and one whose lack is a warning. */
const APART = /PodIdentity|Access|GetCallerIdentity|iam:GetPolicy|ListAccountAliases/;
const DETAILS = 'iam:GetAccountAuthorizationDetails';
const ENFORCED = ACTIONS.filter((action) => action === DETAILS || !APART.test(action));

describe.skipIf(noMoto)('the printed policy, enforced', () => {
  let moto: Moto;
  let home: Clients;
  beforeAll(async () => {
    moto = await startMoto();
    home = await clientsOf(moto.url, HOME);
    await makeAccount(home);
    const { AccessKey: key } = await home.iam.send(new iam.CreateAccessKeyCommand({ UserName: 'auditor' }));
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: moto.url,
      AWS_ACCESS_KEY_ID: key!.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: key!.SecretAccessKey,
    });
  }, 180_000);
  afterAll(() => moto?.stop());

  /** moto asks what an action is allowed on as `*`, so that only actions are enforced here. */
  async function readWithout(action: string | null): Promise<AwsEstate> {
    await enforce(false);
    const Statement = POLICY.Statement.map((one) => ({
      ...one,
      ...{ Action: one.Action.filter((name) => name !== action), Resource: '*' },
    }));
    const PolicyDocument = JSON.stringify({
      ...POLICY,
      Statement: Statement.filter((one) => one.Action.length > 0),
    });
    const input = { UserName: 'auditor', PolicyName: 'printed', PolicyDocument };
    await home.iam.send(new iam.PutUserPolicyCommand(input));
    await enforce(true);
    return readAws({ regions: [REGION], assumeRoles: [], attempts: 1 });
  }

  async function enforce(on: boolean): Promise<void> {
    await fetch(`${moto.url}/moto-api/reset-auth`, { method: 'POST', body: on ? '0' : 'inf' });
  }

  const deniedIn = ({ coverage }: AwsEstate) => coverage.filter(({ status }) => status === 'denied');

  it('is enough', async () => {
    const estate = await readWithout(null);
    expect(deniedIn(estate)).toEqual([]);
    expect(estate.accounts[0]!.origin).toBe(`read as arn:aws:iam::${HOME}:user/auditor`);
    const parts = [estate.users, estate.clusters, estate.nodegroups, estate.oidcProviders];
    expect(parts.map(({ length }) => length)).toEqual([1, 1, 1, 1]);
    expect(Object.keys(estate.organization!.paths)).toEqual([HOME]);
  });

  it.each(ENFORCED)('needs %s', async (action) => {
    const denied = deniedIn(await readWithout(action));
    expect(denied.length).toBeGreaterThan(0);
    for (const { reason } of denied) expect(reason).toContain(`missing permission: ${action}`);
  });

  it('needs iam:ListAccountAliases for a name only', async () => {
    const estate = await readWithout('iam:ListAccountAliases');
    expect(deniedIn(estate)).toEqual([]);
    expect(estate.warnings.join()).toMatch(/alias was not read \(AccessDenied/);
  });
});

async function makeAccount({ iam: client, eks, organizations }: Clients): Promise<void> {
  await organizations.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }));
  const provider = {
    Url: 'https://issuer.example.com',
    ClientIDList: ['a'],
    ThumbprintList: ['a'.repeat(40)],
  };
  await client.send(new iam.CreateOpenIDConnectProviderCommand(provider));
  await client.send(new iam.CreateUserCommand({ UserName: 'auditor' }));
  const roleArn = `arn:aws:iam::${HOME}:role/node`;
  const subnets = ['subnet-1', 'subnet-2'];
  await eks.send(
    new CreateClusterCommand({ name: 'blue', roleArn, resourcesVpcConfig: { subnetIds: subnets } }),
  );
  const nodes = { clusterName: 'blue', nodegroupName: 'workers', subnets, nodeRole: roleArn };
  await eks.send(new CreateNodegroupCommand(nodes));
}
