import { describe, expect, it } from 'vitest';
import type { AwsEstate, AwsRole } from '../../../src/model/aws.ts';
import { createAwsScope } from '../../../src/scope/aws/index.ts';
import { parsePolicy } from '../../../src/sources/aws/policy-document.ts';
import {
  ACCOUNT,
  allow,
  covered,
  document,
  emptyEstate,
  inline,
  OTHER,
  roleOf,
  trusting,
  userOf,
} from './estate.ts';

const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const user = (name: string) => `arn:aws:iam::${ACCOUNT}:user/${name}`;
const APP = role('app');

function scopeOf(roles: readonly AwsRole[], more: Partial<AwsEstate> = {}) {
  return createAwsScope({ ...emptyEstate(), roles, ...more });
}

describe('capabilitiesOf', () => {
  const read = allow('s3:Get*', 'arn:aws:s3:::corpus/*');

  it('has one per granting statement, with the way from the role to it', () => {
    const [one, ...rest] = scopeOf([roleOf(APP, [inline(read, 'reads')])]).capabilitiesOf(`aws:${APP}`);
    expect(rest).toEqual([]);
    expect(one).toMatchObject({
      holder: { type: 'principal', id: `aws:${APP}` },
      kind: 'cloud-action',
      summary: 's3:Get* on arn:aws:s3:::corpus/*',
      allow: [{ type: 'cloud', actions: ['s3:Get*'], resources: ['arn:aws:s3:::corpus/*'] }],
      effect: 'allow',
      origin: 'direct',
      conditions: [],
    });
    expect(one!.path.map((hop) => `${hop.object} ${hop.field}`)).toEqual([
      `Role ${APP} inline reads`,
      'Policy inline reads Statement[0]',
    ]);
  });

  it('inherits those of groups, through the group', () => {
    const group = { ...userOf(`arn:aws:iam::${ACCOUNT}:group/readers`, [inline(read)]) };
    const ann = { ...userOf(user('ann'), []), groups: ['readers'] };
    const [one] = scopeOf([], { users: [ann], groups: [group] }).capabilitiesOf(user('ann'));
    expect(one!.origin).toBe('inherited');
    expect(one!.path[0]).toMatchObject({
      object: `User ${user('ann')}`,
      field: 'GroupList',
      inherited: false,
    });
    expect(one!.path[1]).toMatchObject({ object: `Group ${group.arn}`, inherited: true });
  });

  it('inherits what a resource grants to the role, or to everybody, in its account alone', () => {
    const open = document({ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' });
    const given = (resource: string, account: string) => ({
      resource,
      account,
      policy: parsePolicy(open, 'resource', 'resource'),
    });
    const resourcePolicies = [given('arn:aws:s3:::ours', ACCOUNT), given('arn:aws:s3:::theirs', OTHER)];
    const found = scopeOf([roleOf(APP, [])], { resourcePolicies }).capabilitiesOf(APP);
    expect(found.map((one) => one.path[0]!.object)).toEqual(['the policy of arn:aws:s3:::ours']);
    expect(found[0]).toMatchObject({ origin: 'inherited', path: [{ field: 'Statement[0].Principal' }] });
  });

  it('drops what a deny or a boundary leaves nothing of, and keeps denies of the rest', () => {
    const policies = [
      inline(allow(['s3:GetObject', 'sqs:SendMessage']), 'a'),
      inline(allow('ec2:*'), 'b'),
      inline(document({ Effect: 'Deny', Action: 's3:*', Resource: '*' }), 'c'),
    ];
    const limited = { ...roleOf(APP, policies), boundary: 'arn:limit' };
    const boundary = parsePolicy(allow(['s3:*', 'sqs:*']), 'arn:limit', 'limit');
    const found = scopeOf([limited], { policies: [boundary] }).capabilitiesOf(APP);
    expect(found.map((one) => one.summary)).toEqual(['s3:GetObject, sqs:SendMessage on *']);
    expect(found[0]!.deny).toMatchObject([
      { actions: ['s3:*'], notActions: false },
      { actions: ['s3:*', 'sqs:*'], notActions: true },
    ]);
  });

  it('is conditional where its conditions, or those of a deny, are not known', () => {
    const condition = { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } };
    const denied = document({ Effect: 'Deny', Action: 's3:*', Resource: '*', ...condition });
    const grants = [
      inline(allow('s3:Get*', '*', condition), 'a'),
      inline(allow('sqs:*'), 'b'),
      inline(denied, 'c'),
    ];
    const found = scopeOf([roleOf(APP, grants)]).capabilitiesOf(APP);
    expect(found.map((one) => one.effect)).toEqual(['conditional', 'allow']);
    expect(found[0]!.conditions).toEqual([
      'aws:SourceIp IpAddress 10.0.0.0/8',
      'not (aws:SourceIp IpAddress 10.0.0.0/8), which Statement[0] denies',
    ]);
  });

  it('lists what was not read: policies as grants unknown, SCPs as conditions of what is granted', () => {
    const attached = ['arn:aws:iam::aws:policy/Unread'];
    const coverage = [covered('aws-organizations', 'denied')];
    const found = scopeOf([{ ...roleOf(APP, [inline(read)]), attached }], { coverage }).capabilitiesOf(APP);
    expect(found.map((one) => one.effect)).toEqual(['allow', 'conditional']);
    expect(found[0]!.conditions.join()).toContain('the SCPs and RCPs');
    expect(found[1]!.summary).toBe('whatever arn:aws:iam::aws:policy/Unread grants');
  });

  it('puts into its patterns what variables stand for, and says what they may', () => {
    const folder = (variable: string) =>
      inline(allow('s3:*', `arn:aws:s3:::corpus/\${${variable}}/*`), variable);
    const policies = ['aws:PrincipalTag/team', 'aws:userid', 'aws:username'].map(folder);
    const found = scopeOf([{ ...roleOf(APP, policies), tags: { team: 'research' } }]).capabilitiesOf(APP);
    expect(found.map((one) => [one.effect, one.allow])).toMatchObject([
      ['allow', [{ resources: ['arn:aws:s3:::corpus/research/*'] }]],
      ['conditional', [{ resources: ['arn:aws:s3:::corpus/*/*'] }]],
    ]);
    expect(new Set(found.map((one) => one.id)).size).toBe(2);
  });

  it('is none of whom nobody read', () => {
    const scope = scopeOf([]);
    expect(scope.knows(APP)).toBe(false);
    expect(scope.capabilitiesOf(APP)).toEqual([]);
    expect(
      scope.decide({ principal: APP, action: 's3:GetObject', resource: null, context: {} }).verdict,
    ).toBe('cannot-tell');
  });

  it('follows the session of a Pod Identity association', () => {
    const tagged = allow('s3:*', `arn:aws:s3:::corpus/\${aws:PrincipalTag/kubernetes-namespace}/*`);
    const scope = scopeOf([roleOf(APP, [inline(tagged)])]);
    const session = {
      policy: parsePolicy(allow('s3:GetObject'), 'session', 'session'),
      tags: { 'kubernetes-namespace': 'research' },
    };
    const ask = (action: string, folder: string) =>
      scope.decideUnder(
        { principal: APP, action, resource: `arn:aws:s3:::corpus/${folder}/a`, context: {} },
        session,
      ).verdict;
    expect(ask('s3:GetObject', 'research')).toBe('allow');
    expect(ask('s3:GetObject', 'finance')).toBe('deny');
    expect(ask('s3:PutObject', 'research')).toBe('deny');
    expect(scope.capabilitiesUnder(APP, session)[0]!.deny).toMatchObject([{ notActions: true }]);
  });
});

describe('edgesOf', () => {
  const assume = (target: string) => inline(allow('sts:AssumeRole', target));
  const targets = (edges: readonly { to: string; by: string }[]) =>
    edges.map((one) => `${one.by} ${one.to.split('/').at(-1)}`);

  it('needs both sides, and says both', () => {
    const roles = [
      roleOf(APP, [assume(role('*'))]),
      roleOf(role('both'), [], trusting({ AWS: ACCOUNT })),
      roleOf(role('closed'), [], trusting({ Service: 'ec2.amazonaws.com' })),
      roleOf(role('named'), [], trusting({ AWS: APP })),
    ];
    const edges = scopeOf(roles).edgesOf(`aws:${APP}`);
    expect(targets(edges)).toEqual(['sts:AssumeRole named', 'sts:AssumeRole both']);
    expect(edges[1]!.path.map((hop) => hop.object)).toEqual([
      `Role ${APP}`,
      'Policy inline p',
      `the trust policy of ${role('both')}`,
    ]);
    expect(scopeOf([roleOf(APP, []), ...roles.slice(1)]).edgesOf(APP)).toHaveLength(1);
  });

  it('keeps conditions, and roles of accounts that were not read', () => {
    const external = { Condition: { StringEquals: { 'sts:ExternalId': 'x' } } };
    const roles = [
      roleOf(APP, [inline(allow('sts:AssumeRole', [role('b'), `arn:aws:iam::${OTHER}:role/theirs`]))]),
      roleOf(role('b'), [], trusting({ AWS: APP }, external)),
    ];
    const edges = scopeOf(roles).edgesOf(APP);
    expect(edges.map((one) => one.effect)).toEqual(['conditional', 'conditional']);
    expect(edges[0]!.conditions[0]).toContain('sts:ExternalId StringEquals x');
    expect(edges[1]!.conditions[0]).toContain(`${OTHER}:role/theirs, which was not read`);
  });

  it('passes roles to compute that trusts them, where it can be made', () => {
    const lambda = trusting({ Service: 'lambda.amazonaws.com' });
    const ec2 = trusting({ Service: 'ec2.amazonaws.com' });
    const roles = [
      roleOf(APP, [
        inline(allow(['iam:PassRole', 'lambda:CreateFunction', 'lambda:InvokeFunction', 'ec2:RunInstances'])),
      ]),
      roleOf(role('function'), [], lambda),
      roleOf(role('machine'), [], ec2),
      { ...roleOf(role('profiled'), [], ec2), instanceProfiles: ['arn:profile'] },
    ];
    expect(targets(scopeOf(roles).edgesOf(APP))).toEqual([
      'iam:PassRole + ec2:RunInstances profiled',
      'iam:PassRole + lambda:CreateFunction + lambda:InvokeFunction function',
    ]);
    const bare = roleOf(APP, [inline(allow(['iam:PassRole', 'lambda:CreateFunction']))]);
    expect(scopeOf([bare, ...roles.slice(1)]).edgesOf(APP)).toEqual([]);
  });

  it('minds the service to which a role may be passed', () => {
    const only = { Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } } };
    const roles = [
      roleOf(APP, [inline(allow('iam:PassRole', '*', only), 'a'), inline(allow('cloudformation:*'), 'b')]),
      roleOf(role('stack'), [], trusting({ Service: 'cloudformation.amazonaws.com' })),
    ];
    expect(scopeOf(roles).edgesOf(APP)).toEqual([]);
  });

  it('takes over what it may change, and instances on which it runs commands', () => {
    const grants = allow(['iam:UpdateAssumeRolePolicy', 'iam:CreateAccessKey', 'ssm:SendCommand']);
    const profile = { arn: 'arn:aws:iam::1:instance-profile/p', roles: [`arn:aws:iam::${OTHER}:role/node`] };
    const instance = { id: 'i-1', account: ACCOUNT, region: 'eu-central-1', profile: profile.arn };
    const edges = scopeOf([roleOf(APP, [inline(grants)]), roleOf(role('b'), [])], {
      users: [userOf(user('ann'), [])],
      instanceProfiles: [profile],
      instances: [{ ...instance, privateDnsName: null, addresses: [], metadata: null }],
    }).edgesOf(APP);
    expect(targets(edges)).toEqual([
      'iam:UpdateAssumeRolePolicy b',
      'iam:CreateAccessKey ann',
      'ssm:SendCommand node',
    ]);
  });

  it('chains without end in cycles, and tells the shortest way', () => {
    const ring = ['a', 'b', 'c', 'd'].map((name, i, all) =>
      roleOf(role(name), [assume(role(all[(i + 1) % 4]!))], trusting({ AWS: ACCOUNT })),
    );
    const scope = scopeOf(ring);
    const reach = scope.reachable(role('a'));
    expect(reach.principals).toEqual(['b', 'c', 'd'].map((name) => `aws:${role(name)}`));
    expect(reach.wayTo(`aws:${role('d')}`).map((edge) => edge.to.at(-1))).toEqual(['b', 'c', 'd']);
  });
});

describe('under service control policies at many levels', () => {
  const level = (id: string) => ({ id, serviceControl: ['p-FullAWSAccess'], resourceControl: [] });
  const organization = {
    id: 'o-1',
    managementAccount: '999988887777',
    paths: { [ACCOUNT]: ['r-1', 'ou-1', 'ou-2', ACCOUNT].map(level) },
    policies: [],
  };
  const data = role('data');
  const scope = scopeOf(
    [
      roleOf(APP, [inline(allow('sts:AssumeRole', data), 'hop')]),
      roleOf(
        data,
        [inline(allow('sqs:SendMessage'), 'queues')],
        trusting({ AWS: `arn:aws:iam::${ACCOUNT}:root` }),
      ),
    ],
    { organization },
  );

  it('names what grants, and never what only lets through', () => {
    const { verdict, reason, path } = scope.decide({
      ...{ principal: data, action: 'sqs:SendMessage', resource: `arn:aws:sqs:eu-west-1:${ACCOUNT}:q` },
      context: {},
    });
    expect({ verdict, objects: path.map(({ object }) => object) }).toEqual({
      verdict: 'allow',
      objects: [`Role ${data}`, 'Policy inline queues'],
    });
    expect(reason).toMatch(/^allowed by queues Statement\[0\]/);
  });

  it('has a chain cut at the trust, not at them', () => {
    const [edge] = scope.edgesOf(`aws:${APP}`);
    const inherited = edge!.path.filter((hop) => hop.inherited).map(({ object }) => object);
    expect(inherited).toEqual([`the trust policy of ${data}`]);
  });
});
