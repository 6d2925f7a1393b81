import { describe, expect, it } from 'vitest';
import { createAwsScope, trustsPodIdentity, trustsWebIdentity } from '../../../src/scope/aws/index.ts';
import { ACCOUNT, covered, document, emptyEstate, roleOf } from './estate.ts';

const ISSUER = 'oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE';
const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/app`;
const TOKEN = {
  issuer: ISSUER,
  subject: 'system:serviceaccount:research:app',
  audience: 'sts.amazonaws.com',
};

function irsa(conditions: object, principal = PROVIDER) {
  return roleOf(
    ROLE,
    [],
    document({
      Effect: 'Allow',
      Action: 'sts:AssumeRoleWithWebIdentity',
      Principal: { Federated: principal },
      Condition: conditions,
    }),
  );
}
const SUB = `${ISSUER}:sub`;
const AUD = `${ISSUER}:aud`;
const exactly = { StringEquals: { [SUB]: TOKEN.subject, [AUD]: 'sts.amazonaws.com' } };

describe('trustsWebIdentity', () => {
  it.each([
    ['the ServiceAccount by name', exactly, 'allow', false],
    ['another one', { StringEquals: { [SUB]: 'system:serviceaccount:research:other' } }, 'deny', false],
    ['another audience', { StringEquals: { [SUB]: TOKEN.subject, [AUD]: 'other' } }, 'deny', false],
    ['all of the namespace', { StringLike: { [SUB]: 'system:serviceaccount:research:*' } }, 'allow', true],
    ['all of the cluster', { StringEquals: { [AUD]: 'sts.amazonaws.com' } }, 'allow', true],
    [
      'a wildcard that is none in StringEquals',
      { StringEquals: { [SUB]: 'system:serviceaccount:*' } },
      'deny',
      false,
    ],
    [
      'a key that the token need not have',
      { StringEquals: { ...exactly.StringEquals, [`${ISSUER}:x`]: 'y' } },
      'conditional',
      false,
    ],
  ])('%s', (_, conditions, verdict, wide) => {
    expect(trustsWebIdentity(irsa(conditions), TOKEN)).toMatchObject({ verdict, wide });
  });

  it('marks what lets in more than the one as inherited, at the field to narrow', () => {
    const answer = trustsWebIdentity(irsa({ StringLike: { [SUB]: '*' } }), TOKEN);
    expect(answer.path).toMatchObject([
      { object: `Role ${ROLE}`, field: 'AssumeRolePolicyDocument.Statement[0]', inherited: true },
    ]);
  });

  it('trusts no other issuer', () => {
    expect(trustsWebIdentity(irsa(exactly, `${PROVIDER}2`), TOKEN).verdict).toBe('deny');
    expect(trustsWebIdentity(irsa(exactly), { ...TOKEN, issuer: 'elsewhere' }).verdict).toBe('deny');
  });

  it('needs the provider in the account, for the audience', () => {
    const provider = { arn: PROVIDER, account: ACCOUNT, url: ISSUER, clientIds: ['sts.amazonaws.com'] };
    const asked = (oidcProviders: (typeof provider)[]) =>
      createAwsScope({ ...emptyEstate(), roles: [irsa(exactly)], oidcProviders }).webIdentity(ROLE, TOKEN);
    expect(asked([provider]).verdict).toBe('allow');
    expect(asked([{ ...provider, clientIds: ['other'] }]).verdict).toBe('deny');
    expect(asked([{ ...provider, url: 'elsewhere' }]).verdict).toBe('deny');
    expect(asked([])).toMatchObject({ verdict: 'allow', reason: expect.stringContaining('were given') });
    const coverage = [covered('aws-iam', 'denied')];
    const refused = createAwsScope({ ...emptyEstate(), roles: [irsa(exactly)], coverage });
    expect(refused.webIdentity(ROLE, TOKEN)).toMatchObject({
      verdict: 'conditional',
      conditions: [expect.stringContaining('none was read')],
    });
  });

  it('is stopped by an RCP of the account', () => {
    const deny = { Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRoleWithWebIdentity', Resource: '*' };
    const policy = roleOf(ROLE, [], document(deny)).trust;
    const organization = {
      managementAccount: '999999999999',
      paths: { [ACCOUNT]: [{ id: 'r-1', serviceControl: [], resourceControl: ['trust'] }] },
      policies: [policy],
    };
    const scope = createAwsScope({ ...emptyEstate(), roles: [irsa(exactly)], organization });
    expect(scope.webIdentity(ROLE, TOKEN).verdict).toBe('deny');
  });

  it('tells roles that do not exist from those that were not read', () => {
    const scope = createAwsScope(emptyEstate());
    expect(scope.webIdentity(ROLE, TOKEN).verdict).toBe('deny');
    expect(scope.webIdentity('arn:aws:iam::000000000000:role/x', TOKEN).verdict).toBe('cannot-tell');
  });
});

describe('trustsPodIdentity', () => {
  const tags = {
    'eks-cluster-arn': `arn:aws:eks:eu-central-1:${ACCOUNT}:cluster/c`,
    'eks-cluster-name': 'c',
    'kubernetes-namespace': 'research',
    'kubernetes-service-account': 'app',
  };
  const pods = (actions: string[], condition: object = {}) =>
    roleOf(
      ROLE,
      [],
      document({
        Effect: 'Allow',
        Action: actions,
        Principal: { Service: 'pods.eks.amazonaws.com' },
        Condition: condition,
      }),
    );
  const BOTH = ['sts:AssumeRole', 'sts:TagSession'];

  it('needs the role to be assumed and tagged', () => {
    expect(trustsPodIdentity(pods(BOTH), { disableSessionTags: false }, tags).verdict).toBe('allow');
    const untagged = pods(['sts:AssumeRole']);
    expect(trustsPodIdentity(untagged, { disableSessionTags: false }, tags)).toMatchObject({
      verdict: 'deny',
      reason: expect.stringContaining('sts:tagsession'),
    });
    expect(trustsPodIdentity(untagged, { disableSessionTags: true }, tags).verdict).toBe('allow');
  });

  it.each([
    ['its namespace', { StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'research' } }, 'allow'],
    ['another namespace', { StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'finance' } }, 'deny'],
    [
      'one pod, whose name nobody knows before',
      { StringLike: { 'aws:RequestTag/kubernetes-pod-name': 'a-*' } },
      'conditional',
    ],
    ['a tag that EKS does not send', { StringEquals: { 'aws:RequestTag/team': 'x' } }, 'deny'],
    ['the cluster', { ArnEquals: { 'aws:SourceArn': tags['eks-cluster-arn'] } }, 'allow'],
    ['another account', { StringEquals: { 'aws:SourceAccount': '000000000000' } }, 'deny'],
  ])('minds conditions: %s', (_, condition, verdict) => {
    expect(trustsPodIdentity(pods(BOTH, condition), { disableSessionTags: false }, tags).verdict).toBe(
      verdict,
    );
  });

  it('sends no tags where they are switched off', () => {
    const role = pods(BOTH, { StringEquals: { 'aws:RequestTag/kubernetes-namespace': 'research' } });
    expect(trustsPodIdentity(role, { disableSessionTags: true }, tags).verdict).toBe('deny');
  });
});
