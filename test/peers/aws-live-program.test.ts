/** The whole program against AWS as moto serves it: questions live, from what it saved, and of a second account. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Query } from '../../src/model/query.ts';
import { expectRefusal, runCli, widest } from '../cli/run-cli.ts';
import { type AwsLab, auditorOf, openAwsLab } from './aws-live-lab.ts';
import { HOME, noMoto, REGION } from './aws-live-moto.ts';

if (noMoto) console.warn(`the program against AWS is skipped: ${noMoto}`);

const role = (name: string, account = HOME) => `arn:aws:iam::${account}:role/${name}`;
/** A node of the node group that only the cluster `blue` has, and two workloads that it gives an identity to. */
const KUBERNETES = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'research' } },
    {
      ...{ apiVersion: 'v1', kind: 'Node' },
      metadata: { name: 'n1', labels: { 'eks.amazonaws.com/nodegroup': 'workers' } },
    },
    ...['a-1', 'a-2'].flatMap((id) => [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'research', name: `sa-${id}` } },
      {
        ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'research', name: id } },
        spec: {
          template: { spec: { serviceAccountName: `sa-${id}`, containers: [{ name: 'a', image: 'i' }] } },
        },
      },
    ]),
  ],
};
const ask = (subject: Query['subject'], action: string, context?: Record<string, string>): Query => ({
  subject,
  action: { kind: 'cloud-action', action, resource: '*', ...(context ? { context } : {}) },
});

describe.skipIf(noMoto)('the program and AWS', () => {
  let lab: AwsLab;
  let env: Record<string, string>;
  let kubernetes: string;
  beforeAll(async () => {
    lab = await openAwsLab();
    const found = Object.entries(process.env).filter(([name]) => name.startsWith('AWS_'));
    env = Object.fromEntries(found) as Record<string, string>;
    kubernetes = join(lab.folder, 'kubernetes');
    mkdirSync(kubernetes);
    writeFileSync(join(kubernetes, 'all.json'), JSON.stringify(KUBERNETES));
  }, 180_000);
  afterEach(() => {
    lab.proxy.fault = () => null;
  });
  afterAll(() => lab?.stop());

  const audit = (...args: string[]) => runCli(['audit', ...args, '-q'], { env });
  const live = ['--aws', '--aws-region', REGION];

  async function answersOf(queries: readonly Query[], ...args: string[]): Promise<Answer[]> {
    const file = join(lab.folder, 'questions.jsonl');
    writeFileSync(file, queries.map((one) => JSON.stringify(one)).join('\n'));
    const { code, stdout } = await audit(...args, '--can-file', file);
    expect(code).toBe(0);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Answer);
  }

  const questions = (member: string): [Query, Answer['verdict'], RegExp][] => [
    [ask({ workload: 'research/a-2' }, 'dynamodb:Get1x0'), 'conditional', /as aws:arn:.*role\/agent-1/],
    [ask({ workload: 'research/a-2' }, 'dynamodb:Get1x0', { 'aws:x': 'a%b+ü' }), 'allow', /inline 0/],
    [ask({ workload: 'research/a-2' }, 's3:Get1', { 'aws:x': 'a%b+ü' }), 'allow', /data-1/],
    [ask({ workload: 'research/a-2' }, 's3:Get7'), 'deny', /./],
    // Its tags are sent, and the trust of its role takes none.
    [ask({ workload: 'research/a-1' }, 's3:GetObject'), 'deny', /pod-identity broken: .*sts:tagsession/],
    [ask({ awsPrincipal: role('agent-2') }, 'dynamodb:Get2x1', { 'aws:x': 'a%b+ü' }), 'allow', /./],
    [ask({ awsPrincipal: role('nobody') }, 's3:GetObject'), 'cannot-tell', /none of them/],
    [ask({ awsPrincipal: role('away', member) }, 's3:GetObject'), 'deny', /./],
  ];

  it('answers live as from what it saved, with a second account by a role there', async () => {
    const { member } = lab.world;
    const asked = questions(member);
    const queries = asked.map(([query]) => query);
    const saved = join(lab.folder, 'answers');
    const both = [...live, '--aws-role', auditorOf(member), '--configured', kubernetes];
    const found = await answersOf(queries, ...both, '--save-configured', saved);
    expect(found.map(({ verdict }) => verdict)).toEqual(asked.map(([, verdict]) => verdict));
    for (const [index, [, , reason]] of asked.entries()) expect(found[index]!.reason).toMatch(reason);
    const again = await answersOf(queries, '--configured', kubernetes, '--configured', saved);
    expect(again).toEqual(found);
    const one = await answersOf(queries, ...live, '--configured', kubernetes);
    expect(one.at(-1)).toMatchObject({ verdict: 'cannot-tell' });
    expect(one.slice(0, -1).map(({ verdict }) => verdict)).toEqual(
      found.slice(0, -1).map(({ verdict }) => verdict),
    );
  }, 120_000);

  it('needs no cluster', async () => {
    const { code, stdout } = await audit('--no-live', ...live, '--can', `${role('agent-1')} s3:Get7 *`);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^deny +arn:aws:iam/);
    expect(widest(stdout)).toBeLessThanOrEqual(80);
  });

  it('says in its preflight what AWS refused', async () => {
    lab.proxy.fault = ({ operation }) =>
      operation === 'DescribeInstances'
        ? { status: 403, body: errorOf('UnauthorizedOperation', 'not authorized to perform this operation') }
        : null;
    const { code, stdout } = await audit('--preflight', ...live, '--configured', kubernetes);
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(/denied .*instances: .*ec2:DescribeInstances/);
    expect(widest(stdout)).toBeLessThanOrEqual(80);
  });

  it('ends where the credentials have, with exit code 4, what to do, and no key', async () => {
    lab.proxy.fault = () => ({
      status: 403,
      body: errorOf('ExpiredToken', 'The security token has expired'),
    });
    const result = await audit(...live, '--configured', kubernetes, '--can', 'research/a-2 s3:Get1 *');
    expectRefusal(result, 4, /the AWS credentials have expired \(those of the environment/);
    expect(result.stderr).toContain('aws sso login');
    expect(result.stderr).not.toMatch(/AKIALIVESTATIC|live-secret/);
  });
});

function errorOf(code: string, message: string): string {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  return `<ErrorResponse>${error}<Errors>${error}</Errors><RequestId>1</RequestId></ErrorResponse>`;
}
