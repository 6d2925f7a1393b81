/**
 * What the name of an AWS endpoint tells.
 * https://docs.aws.amazon.com/general/latest/gr/rande.html, https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */

export type AwsHost = {
  /** As in the host name, which for most services is what requests are signed for. */
  service: string;
  region: string | null;
  /** What stands before the service: a bucket, an API, an account. */
  label: string | null;
  partition: 'aws' | 'aws-cn' | 'aws-us-gov';
};

const SUFFIX = /\.(?:amazonaws\.com(?:\.cn)?|api\.aws|api\.amazonwebservices\.com\.cn|on\.aws)$/;
const REGION = /^(?:[a-z]{2,4}(?:-[a-z]+){1,3}-\d{1,2}|aws-global)$/;
/** Words that stand between a service and its region, and say nothing of either. */
const FILLERS = new Set(['dualstack', 'vpce', 'fips', 'api', 'data', 'runtime']);

function partitionOf(host: string, region: string | null): AwsHost['partition'] {
  if (host.endsWith('.cn')) return 'aws-cn';
  return region?.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** `bucket.s3`, `bucket.s3-accelerate`, `s3-us-west-2`, `name-123456789012.s3-accesspoint`, `bucket.s3express-euw1-az1`. */
function s3Host(parts: readonly string[]): { service: string; at: number; region: string | null } | null {
  const at = parts.findLastIndex((part) => /^s3(?:express)?(?:-|$)/.test(part));
  if (at < 0) return null;
  if (parts[at]!.startsWith('s3express')) return { service: 's3express', at, region: null };
  const rest = parts[at]!.replace(/-fips$/, '').slice(3);
  if (REGION.test(rest)) return { service: 's3', at, region: rest };
  const service = rest === '' || rest === 'accelerate' ? 's3' : `s3-${rest}`;
  return { service, at, region: null };
}

/** Null: no endpoint of AWS. */
export function awsHost(host: string): AwsHost | null {
  if (!SUFFIX.test(host)) return null;
  const parts = host.replace(SUFFIX, '').split('.');
  const regionAt = parts.findLastIndex((part) => REGION.test(part));
  const region = regionAt < 0 ? null : parts[regionAt]!;
  const s3 = s3Host(parts);
  if (s3) {
    const label = parts.slice(0, s3.at).join('.');
    const own = s3.region ?? region;
    return { service: s3.service, region: own, label: label || null, partition: partitionOf(host, own) };
  }
  const left = parts.filter((part, i) => i !== regionAt && !FILLERS.has(part));
  // OpenSearch puts the region before the service: search-logs-x.eu-west-1.es.
  const service = (left.at(-1) ?? parts[0]!).replace(/-fips$/, '');
  return { service, region, label: left.at(-2) ?? null, partition: partitionOf(host, region) };
}
