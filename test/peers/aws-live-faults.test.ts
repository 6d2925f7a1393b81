/** AWS read live while something fails: refusals, throttling, broken pages, silence, and the end of credentials. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EXIT, UserError } from '../../src/errors.ts';
import type { AwsEstate } from '../../src/model/aws.ts';
import { type AwsLab, auditorOf, gapsOf, openAwsLab } from './aws-live-lab.ts';
import { HOME, noMoto, REGION } from './aws-live-moto.ts';
import type { Answer, Heard } from './aws-live-proxy.ts';
import { POLICIES, ROLES, USERS } from './aws-live-world.ts';

if (noMoto) console.warn(`AWS read live while something fails is skipped: ${noMoto}`);

const arnOf = (name: string) => `arn:aws:iam::${HOME}:policy/${name}`;

describe.skipIf(noMoto)('AWS read live while something fails', () => {
  let lab: AwsLab;
  let whole: AwsEstate;
  let wholeMs: number;
  beforeAll(async () => {
    lab = await openAwsLab();
    const start = Date.now();
    whole = await lab.read({ assumeRoles: [] });
    wholeMs = Date.now() - start;
  }, 180_000);
  afterEach(() => {
    Object.assign(lab.proxy, { fault: () => null, hide: '' });
    lab.proxy.heard.length = 0;
  });
  afterAll(() => lab?.stop());

  it('fetches a policy that the details leave out, and says where it may not', async () => {
    const left = 'data-0';
    const hidden = (fault: (call: Heard) => Answer | null) => {
      Object.assign(lab.proxy, { hide: arnOf(left), fault });
      return lab.read({ only: ['iam'], assumeRoles: [] });
    };
    const fetched = await hidden(() => null);
    expect(fetched.policies).toHaveLength(POLICIES.length);
    expect(lab.proxy.heard.map(({ operation }) => operation)).toContain('GetPolicyVersion');
    const refused = await hidden(({ operation }) =>
      operation === 'GetPolicyVersion' ? denied('iam') : null,
    );
    const row = refused.coverage.filter(({ source }) => source === `aws:${HOME}:managed-policies`);
    expect(row).toHaveLength(1);
    expect(row[0]).toMatchObject({ status: 'denied' });
    expect(row[0]!.reason).toContain('missing permission: iam:GetPolicyVersion');
    expect(refused.policies).toHaveLength(POLICIES.length - 1);
  });

  /** What is refused, and every collection that is then not known. */
  const DENIED: readonly [operation: string, service: string, ...gaps: string[]][] = [
    [
      ...(['GetAccountAuthorizationDetails', 'iam'] as const),
      ...['authorization-details denied', 'managed-policies absent'],
    ],
    ['ListOpenIDConnectProviders', 'iam', 'oidc-providers denied'],
    ['GetOpenIDConnectProvider', 'iam', 'oidc-providers denied'],
    ['ListPodIdentityAssociations', 'eks', 'pod-identity-associations denied'],
    ['DescribePodIdentityAssociation', 'eks', 'pod-identity-associations denied'],
    ['ListNodegroups', 'eks', 'nodegroups denied'],
    ['DescribeNodegroup', 'eks', 'nodegroups denied'],
    ['ListAccessEntries', 'eks', 'access-entries denied'],
    ['DescribeAccessEntry', 'eks', 'access-entries denied'],
    ['ListAssociatedAccessPolicies', 'eks', 'access-entries denied'],
    ['DescribeCluster', 'eks', 'clusters denied'],
    [
      ...(['ListClusters', 'eks', 'clusters denied'] as const),
      ...['pod-identity-associations failed', 'nodegroups failed', 'access-entries failed'],
    ],
    ['DescribeInstances', 'ec2', 'instances denied'],
    [
      ...(['DescribeOrganization', 'organizations', 'organization denied'] as const),
      ...['service-control-policies absent', 'resource-control-policies absent'],
    ],
    [
      ...(['ListParents', 'organizations', 'organization denied'] as const),
      ...['service-control-policies failed', 'resource-control-policies failed'],
    ],
    [
      ...(['ListPoliciesForTarget', 'organizations'] as const),
      ...['service-control-policies denied', 'resource-control-policies denied'],
    ],
    [
      ...(['DescribePolicy', 'organizations'] as const),
      ...['service-control-policies denied', 'resource-control-policies denied'],
    ],
  ];
  it.each(DENIED)('%s denied is a gap with its permission, and the rest is read', async (...row) => {
    const [operation, service, ...expected] = row;
    lab.proxy.fault = (call) => (call.operation === operation ? denied(service) : null);
    const estate = await lab.read({ assumeRoles: [] });
    const refused = estate.coverage.filter(({ status }) => status === 'denied');
    for (const { reason } of refused) expect(reason).toContain(`missing permission: ${service}:${operation}`);
    const said = gapsOf(estate).map((gap) => gap.replace(/^[^ ]*:/, ''));
    expect(said.sort()).toEqual([...expected, 'last-accessed absent', 'resource-policies absent'].sort());
    const touched = new Set(expected.map((gap) => gap.split(' ')[0]));
    const others = ({ coverage }: AwsEstate) =>
      coverage.filter(({ source }) => !touched.has(source.replace(/.*:/, '')));
    expect(others(estate)).toEqual(others(whole));
  });

  it('retries what is throttled, and says what stays so', async () => {
    let refused = 2;
    lab.proxy.fault = ({ operation }) =>
      operation === 'GetAccountAuthorizationDetails' && refused-- > 0 ? throttled('iam') : null;
    const passing = await lab.read({ only: ['iam'], assumeRoles: [] });
    expect(passing.roles).toHaveLength(ROLES.length);
    expect(gapsOf(passing)).not.toContain(`aws:${HOME}:authorization-details failed`);
    lab.proxy.fault = ({ operation }) => (operation === 'DescribeInstances' ? throttled('ec2') : null);
    const lasting = await lab.read({ only: ['ec2'], assumeRoles: [] });
    const row = lasting.coverage.find(({ source }) => source === `aws:${HOME}/${REGION}:instances`);
    expect(row).toMatchObject({ status: 'failed' });
    expect(row!.reason).toMatch(/throttled, 3 attempts/);
  });

  it('keeps the pages before a broken one, and says so', async () => {
    lab.proxy.fault = ({ operation, body }) =>
      operation === 'GetAccountAuthorizationDetails' && body.includes('%2F3')
        ? { status: 200, body: '<GetAccountAuthorizationDetailsResponse><GetAcc' }
        : null;
    const broken = await lab.read({ only: ['iam'], assumeRoles: [] });
    const row = broken.coverage.find(({ source }) => source === `aws:${HOME}:authorization-details`);
    expect(row).toMatchObject({ status: 'failed' });
    expect(row!.reason).toMatch(/after 2 answers, which are kept/);
    expect(broken.users).toHaveLength(USERS.length);
    expect(broken.roles.length).toBeLessThan(ROLES.length);
  });

  it('gives up a call that is not answered, and goes on', async () => {
    lab.proxy.fault = ({ operation }) => (operation === 'DescribeInstances' ? 'hang' : null);
    const estate = await lab.read({
      only: ['ec2', 'organizations'],
      assumeRoles: [],
      // moto itself may take a while on a busy machine.
      requestTimeoutMs: 2000,
      attempts: 2,
    });
    const row = estate.coverage.find(({ source }) => source === `aws:${HOME}/${REGION}:instances`);
    expect(row).toMatchObject({ status: 'failed' });
    expect(estate.organization?.managementAccount).toBe(HOME);
  });

  it('ends at the deadline with what was read', async () => {
    lab.proxy.fault = ({ operation }) => (operation === 'ListClusters' ? 'hang' : null);
    // What is not silent has time, however busy the machine is.
    const deadlineMs = 3000 + wholeMs;
    const start = Date.now();
    const estate = await lab.read({ assumeRoles: [], deadlineMs });
    expect(Date.now() - start).toBeLessThan(deadlineMs + 3000);
    expect(estate.roles).toHaveLength(ROLES.length);
    expect(gapsOf(estate)).toContain(`aws:${HOME}/${REGION}:clusters failed`);
  });

  it('reads the other accounts where a role may not be taken on', async () => {
    lab.proxy.fault = ({ operation, body }) =>
      operation === 'AssumeRole' && body.includes('999999999999') ? denied('sts') : null;
    const away = auditorOf('999999999999');
    const estate = await lab.read({
      assumeRoles: [away, auditorOf(lab.world.member), `${auditorOf(lab.world.member)}-2`],
    });
    expect(estate.accounts.map(({ id }) => id).sort()).toEqual(
      [HOME, lab.world.member, '999999999999'].sort(),
    );
    const row = estate.coverage.find(({ source }) => source === 'aws:999999999999:authorization-details');
    expect(row).toMatchObject({ status: 'denied' });
    expect(row!.reason).toMatch(/role\/auditor: sts:AssumeRole: .*missing permission: sts:AssumeRole/);
    expect(estate.warnings.join()).toContain(`account ${lab.world.member} is read once`);
    expect(estate.organization!.paths[lab.world.member]).toHaveLength(4);
  });

  const ENDS: readonly [what: string, fault: Answer, message: RegExp, hint: RegExp][] = [
    [
      'expired credentials',
      failure('sts', 403, 'ExpiredToken'),
      /expired \(those of the environment variable/,
      /log in/,
    ],
    ['unknown keys', failure('sts', 403, 'InvalidClientTokenId'), /were refused/, /get-caller-identity/],
    ['no AWS there', { status: 404, body: 'no' }, /cannot be reached/, /AWS_ENDPOINT_URL/],
  ];
  it.each(ENDS)('%s end the reading with what to do', async (_, answer, message, hint) => {
    lab.proxy.fault = ({ service }) => (service === 'sts' ? answer : null);
    const error = await lab.read().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(message);
    expect((error as UserError).hint).toMatch(hint);
    expect((error as UserError).exitCode).toBe(EXIT.failed);
  });

  it('credentials that expire on the way end the reading', async () => {
    lab.proxy.fault = ({ operation }) =>
      operation === 'DescribeInstances' ? failure('ec2', 400, 'RequestExpired') : null;
    await expect(lab.read({ assumeRoles: [] })).rejects.toThrow(/have expired/);
  });

  it('says that there are no credentials at all', async () => {
    const { AWS_ACCESS_KEY_ID: id, ...rest } = process.env;
    delete process.env.AWS_ACCESS_KEY_ID;
    const error = await lab.read().catch((reason: unknown) => reason);
    process.env.AWS_ACCESS_KEY_ID = id;
    expect(rest.AWS_EC2_METADATA_DISABLED).toBe('true');
    expect(error).toMatchObject({
      exitCode: EXIT.failed,
      message: expect.stringContaining('no AWS credentials'),
    });
    expect((error as UserError).hint).toMatch(/AWS_PROFILE/);
  });
});

/** In the protocol that the service speaks. */
function failure(service: string, status: number, code: string): Answer {
  const text = `${code} is what it says`;
  if (service === 'organizations' || service === 'eks')
    return { status, type: 'application/json', body: JSON.stringify({ __type: code, message: text }) };
  const error = `<Error><Code>${code}</Code><Message>${text}</Message></Error>`;
  if (service === 'ec2')
    return { status, body: `<Response><Errors>${error}</Errors><RequestID>1</RequestID></Response>` };
  return { status, body: `<ErrorResponse>${error}<RequestId>1</RequestId></ErrorResponse>` };
}

function denied(service: string): Answer {
  if (service === 'ec2') return failure(service, 403, 'UnauthorizedOperation');
  const json = service === 'eks' || service === 'organizations';
  return failure(service, json ? 400 : 403, json ? 'AccessDeniedException' : 'AccessDenied');
}

function throttled(service: string): Answer {
  return service === 'ec2'
    ? failure(service, 503, 'RequestLimitExceeded')
    : failure(service, 400, 'Throttling');
}
