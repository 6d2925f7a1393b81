/** Dumps of the AWS CLI in fixtures/aws/exports, each folder a case. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AwsEstate } from '../../../src/model/aws.ts';
import { isAwsDocument } from '../../../src/sources/aws/builder.ts';
import { readAwsExports } from '../../../src/sources/aws/read-exports.ts';
import { readDocuments } from '../../../src/sources/manifests/documents.ts';
import { exportFiles } from '../../../src/sources/manifests/files.ts';

const CASES = join(import.meta.dirname, '../../../fixtures/aws/exports');
const ACCOUNT = '111122223333';
const CLUSTER = `arn:aws:eks:eu-central-1:${ACCOUNT}:cluster/agents`;
const read = (name: string) => readAwsExports([join(CASES, name)]);
const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;

function rows({ coverage }: AwsEstate): Record<string, string> {
  return Object.fromEntries(
    coverage.map(({ source, status, reason }) => [
      source.slice(`aws:${ACCOUNT}:`.length),
      `${status}${reason === null ? '' : `: ${reason}`}`,
    ]),
  );
}

describe('dumps of the AWS CLI', () => {
  it('are read whole', async () => {
    const estate = await read('whole');
    expect(estate.warnings).toEqual([]);
    expect(estate.accounts).toEqual([
      { id: ACCOUNT, alias: 'research', origin: `read as arn:aws:sts::${ACCOUNT}:assumed-role/auditor/me` },
    ]);
    expect(
      estate.roles.map(({ name, path, boundary, attached, inline, instanceProfiles }) => ({
        ...{ name, path, boundary, attached, inline: inline.map((one) => one.name), instanceProfiles },
      })),
    ).toEqual([
      {
        ...{ name: 'report-agent', path: '/agents/', boundary: `arn:aws:iam::${ACCOUNT}:policy/limit` },
        ...{
          attached: [`arn:aws:iam::${ACCOUNT}:policy/agents/read-corpus`],
          inline: [],
          instanceProfiles: [],
        },
      },
      {
        name: 'batch-agent',
        path: '/',
        boundary: null,
        attached: [],
        inline: ['invoke'],
        instanceProfiles: [],
      },
      {
        ...{ name: 'node', path: '/', boundary: null, inline: [] },
        attached: ['arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy'],
        instanceProfiles: [`arn:aws:iam::${ACCOUNT}:instance-profile/node`],
      },
    ]);
    expect(estate.users).toMatchObject([
      {
        name: 'alice',
        groups: ['researchers'],
        boundary: `arn:aws:iam::${ACCOUNT}:policy/limit`,
        tags: { team: 'research' },
      },
    ]);
    expect(
      estate.policies.map(({ id, name, problem, statements }) => [id, name, problem, statements[0]?.actions]),
    ).toEqual([
      [`arn:aws:iam::${ACCOUNT}:policy/agents/read-corpus`, 'read-corpus', null, ['s3:GetObject']],
      [`arn:aws:iam::${ACCOUNT}:policy/limit`, 'limit', null, ['s3:*', 'sqs:*']],
      [
        'arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy',
        'AmazonEKSWorkerNodePolicy',
        null,
        ['ec2:DescribeInstances'],
      ],
    ]);
    expect(estate.oidcProviders).toMatchObject([{ account: ACCOUNT, clientIds: ['sts.amazonaws.com'] }]);
    expect(estate.clusters).toMatchObject([
      {
        ...{ arn: CLUSTER, name: 'agents', region: 'eu-central-1', issuer: estate.oidcProviders[0]!.url },
        accessEntries: [
          {
            ...{ principal: role('ops'), groups: ['ops'] },
            policies: ['arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy'],
          },
        ],
      },
    ]);
    expect(estate.podIdentities).toMatchObject([
      {
        ...{ cluster: 'agents', clusterArn: CLUSTER, namespace: 'research', serviceAccount: 'batch-agent' },
        ...{ role: role('batch-agent'), targetRole: 'arn:aws:iam::444455556666:role/models' },
        sessionPolicy: { problem: null, statements: [{ actions: ['bedrock:InvokeModel'] }] },
      },
    ]);
    expect(estate.nodegroups).toEqual([
      { cluster: 'agents', clusterArn: CLUSTER, name: 'workers', role: role('node') },
    ]);
    expect(estate.instances).toEqual([
      {
        ...{ id: 'i-0a1b2c', account: ACCOUNT, region: 'eu-central-1' },
        profile: `arn:aws:iam::${ACCOUNT}:instance-profile/node`,
        privateDnsName: 'ip-10-0-1-7.eu-central-1.compute.internal',
        addresses: ['10.0.1.7', '10.0.1.8'],
        metadata: { endpoint: true, tokensRequired: true, hopLimit: 2 },
      },
    ]);
    expect(estate.instanceProfiles).toEqual([
      { arn: `arn:aws:iam::${ACCOUNT}:instance-profile/node`, roles: [role('node')] },
    ]);
    expect(rows(estate)).toMatchObject({
      ...{ 'authorization-details': 'read', 'managed-policies': 'read', 'oidc-providers': 'read' },
      ...{
        'pod-identity-associations': 'read',
        nodegroups: 'read',
        'access-entries': 'read',
        organization: 'read',
      },
      ...{ 'service-control-policies': 'read', 'resource-control-policies': 'read' },
      clusters: 'read: regions eu-central-1',
      'resource-policies': expect.stringMatching(/^absent: read from dumps only, as given: 7;/),
    });
  });

  it('tell the levels of the organization, root first', async () => {
    const { organization } = await read('whole');
    expect(organization?.managementAccount).toBe('999988887777');
    expect(organization?.paths[ACCOUNT]).toEqual([
      { id: 'r-ab12', serviceControl: ['p-FullAWSAccess'], resourceControl: ['p-RCPFullAWSAccess'] },
      {
        id: 'ou-ab12-cdefgh34',
        serviceControl: ['p-FullAWSAccess', 'p-noiam123'],
        resourceControl: ['p-RCPFullAWSAccess'],
      },
      { id: ACCOUNT, serviceControl: ['p-FullAWSAccess'], resourceControl: ['p-RCPFullAWSAccess'] },
    ]);
    expect(organization?.policies.map(({ id, name }) => `${id} ${name}`)).toEqual([
      'p-FullAWSAccess FullAWSAccess',
      'p-RCPFullAWSAccess RCPFullAWSAccess',
      'p-noiam123 no-iam',
    ]);
  });

  it('take from their place what policies of resources do not say', async () => {
    const { resourcePolicies } = await read('whole');
    const region = `eu-central-1:${ACCOUNT}`;
    expect(resourcePolicies.map(({ resource, policy }) => [resource, policy.statements.length])).toEqual([
      [`arn:aws:kms:${region}:key/1234abcd-12ab-34cd-56ef-1234567890ab`, 1],
      [`arn:aws:lambda:${region}:function:summarise`, 1],
      ['arn:aws:s3:::corpus', 1],
      ['arn:aws:s3:::no-policy', 0],
      [`arn:aws:secretsmanager:${region}:secret:llm/key-AbCdEf`, 1],
      [`arn:aws:sns:${region}:news`, 1],
      [`arn:aws:sqs:${region}:jobs`, 1],
    ]);
    expect(resourcePolicies.every(({ account }) => account === ACCOUNT)).toBe(true);
  });

  it('keep what is not tracked apart from what was never used', async () => {
    const principal = role('agents/report-agent');
    const last = '2026-11-20T07:00:00.000Z';
    expect((await read('whole')).lastAccessed).toEqual([
      { principal, service: 's3', action: null, last },
      { principal, service: 's3', action: 'GetObject', last },
      { principal, service: 's3', action: 'PutObject', last: null },
      { principal, service: 'sqs', action: null, last: null },
    ]);
  });

  it('are the same in pages, encoded and under any name', async () => {
    const [whole, pages] = [await read('whole'), await read('pages')];
    for (const part of ['roles', 'users', 'groups', 'policies', 'instanceProfiles'] as const)
      expect(pages[part]).toEqual(whole[part]);
    expect(rows(pages)).toMatchObject({ 'authorization-details': 'read', 'managed-policies': 'read' });
    expect(rows(pages)).toMatchObject({ clusters: 'absent: not read; its dump: aws eks describe-cluster' });
  });

  it('say what they lack', async () => {
    const estate = await read('gaps');
    expect(rows(estate)).toMatchObject({
      'authorization-details': expect.stringMatching(/^failed: the last page is missing/),
      'managed-policies': expect.stringMatching(
        /^failed: attached, and not read: .*policy\/limit, .*EKSWorkerNode/,
      ),
      'pod-identity-associations': expect.stringMatching(
        /the list alone does not tell the role\): .*a-1, .*a-2$/,
      ),
      clusters: 'read: those that were given; a list of all was not',
      organization: expect.stringMatching(/^absent: .*describe-organization/),
    });
    expect(estate.clusters[0]!.accessEntries).toBeNull();
    expect(estate.warnings).toEqual([
      expect.stringMatching(
        /bucket\.json: does not say what it is of.*aws\/<account id>\/.*get-bucket-policy/,
      ),
      expect.stringMatching(/deployment\.json: no answer of AWS that is read here, skipped$/),
      expect.stringMatching(/instances\.json: Reservations: expected a list; left out$/),
    ]);
  });

  it('name file and field of what is of a wrong type, and keep the rest', async () => {
    const estate = await read('wrong-types');
    const file = `aws/${ACCOUNT}/get-account-authorization-details.json`;
    expect(estate.warnings).toEqual([
      expect.stringMatching(
        `^aws/${ACCOUNT}/eu-central-1/describe-pod-identity-association/a-1.json: association.roleArn: `,
      ),
      `${file}: RoleDetailList[0].Arn: Invalid input: expected string, received number; left out`,
      `${file}: RoleDetailList[2].AttachedManagedPolicies: Invalid input: expected array, received string; left out`,
      expect.stringMatching(/get-service-last-accessed-details\/.*: its job is IN_PROGRESS; left out$/),
    ]);
    expect(estate.roles.map(({ name, trust }) => [name, trust.problem])).toEqual([
      ['batch-agent', 'is no JSON object'],
    ]);
    expect(rows(estate)['authorization-details']).toMatch(/^failed: .*RoleDetailList\[0\]\.Arn/);
    expect(rows(estate)['pod-identity-associations']).toMatch(/^failed: .*association\.roleArn/);
  });

  it('are told from what is of others', async () => {
    const others = [
      null,
      7,
      'x',
      [],
      {},
      { apiVersion: 'v1', kind: 'Pod' },
      { clusters: [] },
      { Policies: [] },
    ];
    for (const document of others) expect(isAwsDocument(document, 'a/b.json')).toBe(false);
    for (const folder of ['estate', 'gcp', 'kubernetes'].map((one) => join(CASES, '../..', one)))
      for (const file of await exportFiles(existsSync(folder) ? [folder] : [], () => {}))
        for (const document of await readDocuments(file))
          expect(isAwsDocument(document, file.path), file.path).toBe(false);
    expect(isAwsDocument({}, `export/aws/${ACCOUNT}/get-bucket-policy/corpus.json`)).toBe(true);
    expect(isAwsDocument({ RoleDetailList: [] }, 'a/b.json')).toBe(true);
  });
});
