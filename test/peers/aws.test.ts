/** boto3 and the AWS SDK for JavaScript against moto, under TLS and the names of AWS's own endpoints. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noProbes } from '../bpf/sensor-process.ts';
import { countOf } from '../e2e/compare.ts';
import { type Held, hold, logOf, rowsOf } from './held.ts';
import { type Lab, openLab, PEERS, PYTHON, whyNoPeers } from './lab.ts';
import { openWindow, type Seen } from './peer.ts';

type Line = { service: string; operation: string; error: string | null };

/** What the two clients do, in the words of IAM. */
const PERMISSIONS: Record<string, { action: string; resource: string | null; data?: string }> = {
  'sts GetCallerIdentity': { action: 'sts:GetCallerIdentity', resource: null },
  'sts AssumeRole': { action: 'sts:AssumeRole', resource: 'arn:aws:iam::123456789012:role/writer' },
  's3 CreateBucket': { action: 's3:CreateBucket', resource: 'arn:aws:s3:::reports' },
  's3 PutObject': {
    action: 's3:PutObject',
    resource: 'arn:aws:s3:::reports/*',
    data: 's3://reports/{}/ put',
  },
  's3 GetObject': {
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::reports/*',
    data: 's3://reports/{}/ get',
  },
  's3 ListObjectsV2': {
    action: 's3:ListBucket',
    resource: 'arn:aws:s3:::reports',
    data: 's3://reports/{}/ list',
  },
  's3 ListBuckets': { action: 's3:ListAllMyBuckets', resource: null, data: 's3:// list' },
  'dynamodb CreateTable': { action: 'dynamodb:CreateTable', resource: table('notes') },
  'dynamodb PutItem': { action: 'dynamodb:PutItem', resource: table('notes'), data: 'dynamodb/notes upsert' },
  'dynamodb GetItem': { action: 'dynamodb:GetItem', resource: table('notes'), data: 'dynamodb/notes get' },
  'dynamodb Scan': { action: 'dynamodb:Scan', resource: table('notes'), data: 'dynamodb/notes query' },
  'dynamodb GetItem of none': {
    action: 'dynamodb:GetItem',
    resource: table('none'),
    data: 'dynamodb/none get',
  },
  'sqs CreateQueue': { action: 'sqs:CreateQueue', resource: queue('jobs') },
  'sqs SendMessage': { action: 'sqs:SendMessage', resource: queue('jobs') },
  'sqs ReceiveMessage': { action: 'sqs:ReceiveMessage', resource: queue('jobs') },
};

const ROLE = 'aws:arn:aws:iam::123456789012:role/writer';
/** Whom moto takes a key that it did not hand out for; it says so in its answer to GetCallerIdentity. */
const STATIC = 'aws:arn:aws:sts::123456789012:user/moto';
const KEY = /^aws:key:[0-9a-f]{32}$/;

function table(name: string): string {
  return `arn:aws:dynamodb:us-east-1:123456789012:table/${name}`;
}
function queue(name: string): string {
  return `arn:aws:sqs:us-east-1:123456789012:${name}`;
}

const CLIENTS = [
  { name: 'boto3', command: [PYTHON, join(PEERS, 'python/aws_client.py')] },
  { name: 'the SDK for JavaScript', command: [process.execPath, join(PEERS, 'node/aws.mjs')] },
];

const skipped = noProbes ?? whyNoPeers(PYTHON, join(PEERS, 'node/node_modules/@aws-sdk/client-s3'));
if (skipped) console.warn(`SDKs of AWS are skipped: ${skipped}`);

describe.skipIf(skipped)('calls of AWS', () => {
  let lab: Lab;
  // Each finds the cloud empty.
  beforeEach(async () => {
    lab = await openLab({ moto: true });
  });
  afterEach(() => lab?.stop());

  it.each(CLIENTS)(
    'by $name are permissions used, under the identity that used them',
    async ({ name, command }) => {
      const window = await openWindow(lab);
      const log = logOf<Line>(await window.run(command[0]!, command.slice(1)));
      const seen = await window.close();
      expect(log).toHaveLength(16);
      expect(lab.served).toHaveLength(16);
      hold(name, seen, accounts(seen, log));
      expect(JSON.stringify(seen.segments)).not.toMatch(/AKIALABSTATIC|lab-secret|some text/);
    },
  );
});

function accounts(seen: Seen, log: readonly Line[]): Held[] {
  const calls = log.map(({ service, operation, error }) => {
    const none = error === 'ResourceNotFoundException' ? ' of none' : '';
    const { action, ...rest } = PERMISSIONS[`${service} ${operation}${none}`]!;
    return { ...rest, subject: `aws:${action}`, service, operation, error };
  });
  const failed = calls.filter(({ error }) => error !== null);
  const data = (some: typeof calls) => countOf(some.flatMap((one) => one.data ?? []));
  const principals = calls.map(({ service, operation, subject }) => {
    const own = operation === 'GetCallerIdentity' ? 'a key' : STATIC;
    return `${subject} as ${service === 'sts' ? own : ROLE}`;
  });
  const kind = 'cloud-action' as const;
  const access = ({ subject, context }: { subject: string; context: string | null }) =>
    `${subject} ${context}`;
  return [
    {
      ...{ kind, what: 'permissions used, on what' },
      said: countOf(calls.map(({ subject, resource }) => `${subject} ${resource}`)),
      seen: rowsOf(seen, kind, access),
    },
    {
      ...{ kind, what: 'by whom' },
      said: countOf(principals),
      seen: rowsOf(
        seen,
        kind,
        ({ subject, principal }) => `${subject} as ${principal?.replace(KEY, 'a key')}`,
      ),
    },
    {
      ...{ kind, what: 'that failed' },
      said: countOf(failed.map(({ subject }) => subject)),
      seen: rowsOf(seen, kind, ({ subject }) => subject, 'errors'),
    },
    {
      kind: 'data-access',
      what: 'data touched',
      said: data(calls),
      seen: rowsOf(seen, 'data-access', access),
    },
    {
      ...{ kind: 'data-access', what: 'in vain' },
      said: data(failed),
      seen: rowsOf(seen, 'data-access', access, 'errors'),
    },
    {
      ...{ kind: 'identity-hop', what: 'roles taken on' },
      said: countOf([`${STATIC} → ${ROLE} by sts-assume-role`]),
      seen: rowsOf(seen, 'identity-hop', ({ subject, context }) => `${subject} by ${context}`),
    },
    {
      ...{ kind: 'credential-source', what: 'where credentials came from' },
      said: countOf([`assume-role ${ROLE.slice(4)}`, 'static-key a key']),
      seen: new Map([
        ...rowsOf(seen, 'credential-source', ({ subject }) =>
          subject.replace(/aws:key:[0-9a-f]{32}$/, 'a key'),
        ),
      ]),
    },
  ];
}
