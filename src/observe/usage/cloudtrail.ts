/**
 * Records of CloudTrail: who called what, and which role was handed to whom.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
import { awsService } from '../meaning/cloud/aws-table.ts';
import { field, objects } from '../meaning/json-fields.ts';
import { time, type UsageEvent, type UsageReader, word } from './event.ts';

const SOURCE = 'log:cloudtrail';
const DENIED = /^(Client\.)?(AccessDenied|AccessDeniedException|UnauthorizedOperation|Unauthorized\w*)$/;
const HANDED_OUT: Readonly<Record<string, string>> = {
  AssumeRole: 'sts-assume-role',
  AssumeRoleWithWebIdentity: 'sts-web-identity',
  AssumeRoleForPodIdentity: 'eks-pod-identity',
};

export const cloudtrail: UsageReader = { source: SOURCE, read };

function read(record: unknown): readonly UsageEvent[] | null {
  const service = word(field(record, 'eventSource'));
  const operation = word(field(record, 'eventName'));
  const at = time(field(record, 'eventTime'));
  if (service === null || operation === null || at === null || field(record, 'eventVersion') === undefined)
    return null;
  const principal = principalOf(record);
  if (principal === null) return [];
  const base = { source: SOURCE, at, outcome: outcomeOf(record), pod: null } as const;
  const prefix = service.replace(/\.amazonaws\.com(\.cn)?$/, '');
  const hop = hopOf(record, operation, principal);
  const calls = actionsOf(prefix, operation).map((subject) => ({
    ...base,
    principal,
    kind: 'cloud-action' as const,
    subject,
    context: resourceOf(record),
  }));
  return hop === null
    ? calls
    : [{ ...base, principal, kind: 'identity-hop', subject: hop.subject, context: hop.mechanism }, ...calls];
}

/** A session is its role. Services of AWS that act for themselves are nobody's use. */
function principalOf(record: unknown): string | null {
  const identity = field(record, 'userIdentity');
  const type = word(field(identity, 'type'));
  const arn = word(field(identity, 'sessionContext', 'sessionIssuer', 'arn')) ?? word(field(identity, 'arn'));
  if (arn?.startsWith('arn:')) return `aws:${arn}`;
  const user = word(field(identity, 'userName'));
  return type === 'WebIdentityUser' && user?.startsWith('system:serviceaccount:') ? user : null;
}

function outcomeOf(record: unknown): UsageEvent['outcome'] {
  const code = word(field(record, 'errorCode'));
  if (code === null) return 'done';
  return DENIED.test(code) ? 'denied' : 'failed';
}

function hopOf(
  record: unknown,
  operation: string,
  from: string,
): { subject: string; mechanism: string } | null {
  const mechanism = Object.hasOwn(HANDED_OUT, operation) ? HANDED_OUT[operation]! : null;
  const role = word(field(record, 'requestParameters', 'roleArn'));
  return mechanism === null || role === null ? null : { subject: `${from} → aws:${role}`, mechanism };
}

/** By the operation's own name where the catalog knows no action for it, as on the wire. */
function actionsOf(prefix: string, operation: string): string[] {
  // Versions of an API stand behind the name of some operations: `ListDistributions2020_05_31`.
  const name = operation.replace(/20\d\d[_-]?\d\d[_-]?\d\d(v\d+)?$/, '');
  const service = awsService(prefix);
  const known = service?.byName.get(name)?.actions ?? [];
  if (known.length > 0) return known.map((action) => `aws:${action}`);
  // CloudTrail names events as IAM names actions where there is no operation of that name.
  return [`aws:${service?.iam ?? prefix}:?${name}`];
}

/** The most specific one: data events of S3 name the object and its bucket. */
function resourceOf(record: unknown): string | null {
  const arns = objects(field(record, 'resources')).flatMap((one) => word(one.ARN) ?? word(one.arn) ?? []);
  const longest = arns.reduce<string | null>((a, b) => (a === null || b.length > a.length ? b : a), null);
  if (longest !== null) return longest;
  const bucket = word(field(record, 'requestParameters', 'bucketName'));
  const key = word(field(record, 'requestParameters', 'key'));
  return bucket === null ? null : `arn:aws:s3:::${bucket}${key === null ? '' : `/${key}`}`;
}
