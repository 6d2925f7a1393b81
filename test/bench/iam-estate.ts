/**
 * An account as large ones are: thousands of roles, a few managed policies on many of them, inline policies of their own,
 * role chains, roles of services, and some administrators. Always the same one.
 */
import type { AwsEstate, AwsPolicy, AwsRole } from '../../src/model/aws.ts';
import { parsePolicy } from '../../src/sources/aws/policy-document.ts';

export const ACCOUNT = '111122223333';
const SERVICES = [
  's3',
  'sqs',
  'sns',
  'dynamodb',
  'lambda',
  'kms',
  'logs',
  'ecr',
  'glue',
  'bedrock',
  'ssm',
  'states',
];
const VERBS = ['Get', 'List', 'Describe', 'Put', 'Create', 'Update', 'Delete', 'Tag'];
const NOUNS = ['Object', 'Item', 'Message', 'Function', 'Table', 'Topic', 'Job', 'Model', 'Key', 'Stream'];
const TRUSTED = ['lambda', 'ec2', 'ecs-tasks', 'glue', 'states', 'codebuild'];

export const roleArn = (i: number) => `arn:aws:iam::${ACCOUNT}:role/team-${i % 40}/service-${i}`;

/** Seeded: xorshift. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function statement(next: (below: number) => number, role: number) {
  const service = SERVICES[next(SERVICES.length)]!;
  const actions = Array.from({ length: 12 }, () => `${service}:${VERBS[next(8)]}${NOUNS[next(10)]}`);
  const resources = Array.from(
    { length: 4 },
    () => `arn:aws:${service}:eu-central-1:${ACCOUNT}:team-${role % 40}/thing-${next(5000)}/*`,
  );
  const condition =
    next(5) === 0 ? { Condition: { StringEquals: { 'aws:PrincipalTag/team': `${role % 40}` } } } : {};
  return { Sid: `S${next(1e6)}`, Effect: 'Allow', Action: actions, Resource: resources, ...condition };
}

function documentOf(statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

type Dump = {
  roles: { arn: string; inline: string; trust: string; attached: string[] }[];
  policies: string[];
};

/** As JSON, of which a dump consists; `roles` of them. */
export function makeDump(roles: number): Dump {
  const next = random(20_261_101);
  const policies = Array.from({ length: 300 }, (_, i) =>
    documentOf([statement(next, i), statement(next, i)]),
  );
  return { policies, roles: Array.from({ length: roles }, (_, i) => makeRole(next, i, roles)) };
}

/** One in a hundred administers; two in five assume the next ones, in chains through all of these; the rest are of services. */
function makeRole(next: (below: number) => number, i: number, roles: number): Dump['roles'][number] {
  const own: object[] = Array.from({ length: 6 }, () => statement(next, i));
  if (i % 5 < 2)
    own.push({
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Resource: [1, 5, 6].map((step) => roleArn((i + step) % roles)),
    });
  if (i % 20 === 3)
    own.push({
      Effect: 'Allow',
      Action: ['iam:PassRole', 'lambda:*'],
      Resource: `arn:aws:iam::*:role/team-${i % 40}/*`,
    });
  if (i % 100 === 0) own.push({ Effect: 'Allow', Action: '*', Resource: '*' });
  own.push({ Effect: 'Deny', Action: 's3:Delete*', Resource: 'arn:aws:s3:::audit/*' });
  const service = { Service: `${TRUSTED[next(TRUSTED.length)]}.amazonaws.com` };
  const principal = i % 5 >= 2 ? service : { AWS: `arn:aws:iam::${ACCOUNT}:root` };
  const trust = documentOf([{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: principal }]);
  const attached = [next(300), next(300)].map((one) => `arn:aws:iam::${ACCOUNT}:policy/shared-${one}`);
  return { arn: roleArn(i), inline: documentOf(own), trust, attached };
}

export function readDump(dump: Dump): AwsEstate {
  const managed = (text: string, i: number): AwsPolicy =>
    parsePolicy(text, `arn:aws:iam::${ACCOUNT}:policy/shared-${i}`, `shared-${i}`);
  return {
    ...NOTHING,
    policies: dump.policies.map(managed),
    roles: dump.roles.map(({ arn, inline, trust, attached }, i): AwsRole => {
      const policy = parsePolicy(inline, 'inline own', 'own');
      const name = `service-${i}`;
      return { ...ROLE, arn, name, inline: [policy], attached, trust: parsePolicy(trust, 'trust', 'trust') };
    }),
  };
}

const ROLE = {
  account: ACCOUNT,
  path: '/',
  boundary: null,
  tags: { team: '3' },
  instanceProfiles: [],
  created: null,
};
const read = (resource: 'aws-organizations' | 'aws-resource-policies') =>
  ({ source: 'bench', resource, namespaces: null, status: 'read', objects: 0, reason: null }) as const;
const NOTHING: AwsEstate = {
  accounts: [{ id: ACCOUNT, alias: null, origin: 'bench' }],
  roles: [],
  users: [],
  groups: [],
  policies: [],
  oidcProviders: [],
  clusters: [],
  podIdentities: [],
  nodegroups: [],
  instances: [],
  instanceProfiles: [],
  resourcePolicies: [],
  organization: null,
  lastAccessed: [],
  readAt: null,
  coverage: [read('aws-organizations'), read('aws-resource-policies')],
  warnings: [],
};
