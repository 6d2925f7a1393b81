/**
 * Permissions: `storage.objects.get` in roles and requests, `storage.googleapis.com/objects.get` in deny policies.
 * https://cloud.google.com/iam/docs/deny-permissions-support
 */
import { known, type Ternary } from '../ternary.ts';

/** Where the first word of a permission is not the first label of its service's host. */
const SERVICES: ReadonlyMap<string, string> = new Map([
  ['resourcemanager', 'cloudresourcemanager'],
  ['cloudsql', 'sqladmin'],
]);

export function serviceOf(permission: string): string {
  const word = permission.slice(0, Math.max(0, permission.indexOf('.')));
  return `${SERVICES.get(word) ?? word}.googleapis.com`;
}

/**
 * Whether a denied (or excepted) permission means this one. Groups of permissions are `SERVICE/RESOURCE.*`,
 * `SERVICE/*.*` and `SERVICE/*.VERB`; what has none of these forms is unknown.
 */
export function deniedPermission(pattern: string, permission: string): Ternary {
  if (pattern === permission) return 'yes';
  const slash = pattern.indexOf('/');
  if (slash < 0) return pattern.includes('.') ? 'no' : 'unknown';
  if (!sameService(pattern.slice(0, slash), permission)) return 'no';
  const rest = permission.slice(permission.indexOf('.') + 1);
  const wanted = pattern.slice(slash + 1);
  if (wanted === '*' || wanted === '*.*' || wanted === rest) return 'yes';
  if (!wanted.includes('*')) return 'no';
  const [resource, verb] = [split(wanted), split(rest)];
  if (resource.head.includes('*') && resource.head !== '*') return 'unknown';
  return known(
    (resource.head === '*' || resource.head === verb.head) &&
      (resource.tail === '*' || resource.tail === verb.tail),
  );
}

function sameService(host: string, permission: string): boolean {
  if (host === serviceOf(permission)) return true;
  return host === `${permission.slice(0, Math.max(0, permission.indexOf('.')))}.googleapis.com`;
}

function split(text: string): { head: string; tail: string } {
  const dot = text.lastIndexOf('.');
  return { head: text.slice(0, Math.max(0, dot)), tail: text.slice(dot + 1) };
}

const VERSION_2 = ['datasets', 'jobs', 'models', 'routines', 'rowAccessPolicies', 'tables'];
const VERSION_3 = ['serviceAccounts', 'serviceAccountKeys', 'roles', 'denypolicies'];
const EXEMPT = /TagBindings?$|EffectiveTags$|getCertificateAs$/;
/** What `latest`, and a policy without a version, mean now. */
const DEFAULT_VERSION = 4;

/**
 * Whether a boundary of that enforcement version holds for a permission. Only what BigQuery and IAM have is tabled;
 * each version holds for more services, so any other permission is unknown, never free.
 * https://cloud.google.com/iam/docs/pab-blocked-permissions
 */
export function enforcedByBoundary(version: string | null, permission: string): Ternary {
  const number = version === null || version === 'latest' ? DEFAULT_VERSION : Number(version);
  const [service = '', resource = ''] = permission.split('.', 2);
  if (service === 'bigquery' && VERSION_2.includes(resource)) return number >= 2 ? 'yes' : 'unknown';
  const iam = service === 'iam' && VERSION_3.includes(resource) && !EXEMPT.test(permission);
  return iam && number >= 3 ? 'yes' : 'unknown';
}
