/** Actions that are about no resource, as `s3:ListAllMyBuckets`: policies allow and deny them on `*` alone. */
import catalog from '../../catalog/aws-resourceless.json' with { type: 'json' };
import { type ArnText, parseArn } from './arn.ts';

const SERVICES = new Map<string, string>(Object.entries(catalog.services));
/** Read when first asked for: a role names few of them. */
const loaded = new Map<string, ReadonlySet<string>>();

/** No patterns of something that was not told. */
const EVERYTHING = parseArn('*', false);
/** Listing buckets is allowed on `arn:aws:s3:::*` too (S3 User Guide, "Controlling access to a bucket with user policies"). */
const BUCKETS = parseArn('arn:aws:s3:::*', false);

/** `action`: in lower case; null: it is about a resource. */
export function resourcelessArn(action: string): ArnText | null {
  if (action === 's3:listallmybuckets') return BUCKETS;
  return isResourceless(action) ? EVERYTHING : null;
}

/** What the catalog does not know may be about one. */
function isResourceless(action: string): boolean {
  const colon = action.indexOf(':');
  const service = action.slice(0, Math.max(0, colon));
  const names = SERVICES.get(service);
  if (names === undefined) return false;
  const known = loaded.get(service) ?? new Set(names.split(' '));
  loaded.set(service, known);
  return known.has(action.slice(colon + 1));
}
