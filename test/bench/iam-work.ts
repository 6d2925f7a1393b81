/** One measurement of IAM in a process of its own: `decisions` or `account`; a line of JSON on stdout. */
import { createAwsScope } from '../../src/scope/aws/index.ts';
import { makeDump, readDump, roleArn } from './iam-estate.ts';

const ROLES = Number(process.argv[3] ?? 5000);
const ACTIONS = [
  's3:GetObject',
  'sqs:PutMessage',
  'dynamodb:GetItem',
  'kms:TagKey',
  'sts:AssumeRole',
  'ec2:RunInstances',
];

/** Of this process: others share the machine. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function decisions(): Record<string, number> {
  const scope = createAwsScope(readDump(makeDump(500)));
  const ask = (i: number) =>
    scope.decide({
      principal: roleArn(i % 500),
      action: ACTIONS[i % ACTIONS.length]!,
      resource:
        i % ACTIONS.length === 4
          ? roleArn((i + 1) % 500)
          : `arn:aws:s3:eu-central-1:111122223333:team-${i % 40}/thing-1/x`,
      context: {},
    });
  for (let i = 0; i < 20_000; i++) ask(i);
  const start = cpuSeconds();
  const count = 200_000;
  for (let i = 0; i < count; i++) ask(i);
  return { perSecond: count / (cpuSeconds() - start) };
}

function account(): Record<string, number> {
  const text = JSON.stringify(makeDump(ROLES));
  const start = cpuSeconds();
  const scope = createAwsScope(readDump(JSON.parse(text)));
  const sum = (count: (role: string) => number) =>
    Array.from({ length: ROLES }, (_, i) => count(roleArn(i))).reduce((a, b) => a + b);
  const capabilities = sum((role) => scope.capabilitiesOf(role).length);
  const edges = sum((role) => scope.edgesOf(role).length);
  const reached = sum((role) => scope.reachable(role).principals.length);
  const seconds = cpuSeconds() - start;
  const megabytes = text.length / 1e6;
  const peak = process.resourceUsage().maxRSS / 1024;
  return { seconds, megabytes, capabilities, edges, reached, peak };
}

process.stdout.write(`${JSON.stringify(process.argv[2] === 'account' ? account() : decisions())}\n`);
