/** Whatever lies among the dumps: nothing throws, nothing passes for read that was not, and time stays linear. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAwsBuilder } from '../../../src/sources/aws/builder.ts';
import { DUMPS } from '../../../src/sources/aws/dumps.ts';
import { pathOf, placeOf } from '../../../src/sources/aws/place.ts';
import { runs } from '../../fuzz.ts';

const ACCOUNT = '111122223333';
const REGION = 'eu-central-1';
const name = fc.string({ unit: 'binary', maxLength: 300 });

/** Documents of every command, with fields that exist and values that nobody expects. */
const FIELDS = [
  ...[
    'RoleDetailList',
    'UserDetailList',
    'Policies',
    'Arn',
    'Reservations',
    'Instances',
    'associations',
    'cluster',
  ],
  ...[
    'association',
    'nodegroup',
    'accessEntry',
    'Attributes',
    'Policy',
    'PolicySummary',
    'Organization',
    'Parents',
  ],
  ...[
    'clusters',
    'accessEntries',
    'Tags',
    'Key',
    'Value',
    '__proto__',
    'constructor',
    'aiSpmAwsCoverage',
    'aiSpmName',
  ],
];
const document = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      null,
      7,
      true,
      '',
      'x',
      'arn:aws:iam::111122223333:role/x',
      '%7B',
      '{}',
      '\u0000\u001b[2J',
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...FIELDS), tie('value'), { maxKeys: 4 }),
  ),
})).value;

describe('hostile dumps', () => {
  it('never throw, and leave no control character for the terminal', () => {
    const commands = fc.constantFrom(...DUMPS.map(({ command }) => command));
    fc.assert(
      fc.property(fc.array(fc.tuple(document, commands, name), { maxLength: 4 }), (all) => {
        const builder = createAwsBuilder();
        for (const [one, command, label] of all) {
          builder.add(one, pathOf({ account: ACCOUNT, region: REGION, command, name: label }));
          builder.add(one, `${label}.json`);
        }
        const { warnings, coverage } = builder.finish(null);
        for (const text of [...warnings, ...coverage.map(({ reason }) => reason ?? '')])
          expect(text).not.toMatch(/\p{Cc}/u);
      }),
      runs(300),
    );
  });

  it('have names that lead back to themselves, and never out of their folder', () => {
    fc.assert(
      fc.property(
        fc.oneof(name, fc.constantFrom('..', '.', '../x', 'a/b', 'arn:aws:iam::1:role/a')),
        (one) => {
          fc.pre(one.isWellFormed() && one !== '');
          const place = { account: ACCOUNT, region: REGION, command: 'describe-cluster', name: one };
          const path = pathOf(place);
          expect(path.split('/')).toHaveLength(5);
          expect(path).not.toMatch(/\/\.|\0/);
          const found = placeOf(`/export/${path}`, {
            aiSpmName: encodeURIComponent(one).length > 200 ? one : null,
          });
          expect(found).toMatchObject(place);
        },
      ),
      runs(300),
    );
  });

  it('make `__proto__` a tag like any other', () => {
    const builder = createAwsBuilder();
    const tags = JSON.parse('[{"Key":"__proto__","Value":"x"},{"Key":"constructor","Value":"y"}]') as unknown;
    const role = { Arn: `arn:aws:iam::${ACCOUNT}:role/a`, RoleName: 'a', Tags: tags };
    builder.add({ RoleDetailList: [role] }, 'a.json');
    const [found] = builder.finish(null).roles;
    expect(Object.entries(found!.tags)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(({} as { x?: unknown }).x).toBeUndefined();
    expect(found!.tags.toString).toBeUndefined();
  });

  it('say a circle of organizational units, and go on', () => {
    const builder = createAwsBuilder();
    const add = (command: string, label: string | null, one: object) =>
      builder.add(one, pathOf({ account: ACCOUNT, region: null, command, name: label }));
    add('describe-organization', null, { Organization: { Id: 'o-1', MasterAccountId: '999988887777' } });
    add('list-parents', ACCOUNT, { Parents: [{ Id: 'ou-a' }] });
    add('list-parents', 'ou-a', { Parents: [{ Id: 'ou-b' }] });
    add('list-parents', 'ou-b', { Parents: [{ Id: 'ou-a' }] });
    const { organization, coverage } = builder.finish(null);
    expect(organization).toEqual({ id: 'o-1', managementAccount: '999988887777', paths: {}, policies: [] });
    const rows = coverage.filter(({ resource }) => resource === 'aws-organizations');
    expect(rows.map(({ status }) => status)).toEqual(['failed', 'failed', 'failed']);
  });

  it('of 20 MB are read in two seconds of one core', () => {
    const roles = Array.from({ length: 5000 }, (_, index) => role(index));
    const text = JSON.stringify({ RoleDetailList: roles });
    expect(text.length).toBeGreaterThan(20e6);
    const before = process.cpuUsage();
    const builder = createAwsBuilder();
    builder.add(JSON.parse(text), 'details.json');
    const { roles: found } = builder.finish(null);
    const { user, system } = process.cpuUsage(before);
    expect(found).toHaveLength(5000);
    expect((user + system) / 1e6).toBeLessThan(2);
  });
});

/** Some 4 KiB, encoded as AWS gives it. */
function role(index: number): object {
  const statements = Array.from({ length: 13 }, (_, n) => ({
    ...{ Sid: `s${n}`, Effect: 'Allow', Action: [`s3:Get${index}`, `s3:Put${n}*`, 'sqs:SendMessage'] },
    Resource: [`arn:aws:s3:::bucket-${index}-${n}/*`],
    Condition: { StringEquals: { 'aws:PrincipalTag/team': `t${n}` } },
  }));
  const text = encodeURIComponent(JSON.stringify({ Version: '2012-10-17', Statement: statements }));
  return {
    ...{
      Arn: `arn:aws:iam::${ACCOUNT}:role/r${index}`,
      RoleName: `r${index}`,
      AssumeRolePolicyDocument: '%7B%7D',
    },
    RolePolicyList: [{ PolicyName: 'p', PolicyDocument: text }],
  };
}
