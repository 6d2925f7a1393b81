/** Actions that are about no resource, as `s3:ListAllMyBuckets`: policies allow and deny them on `*` alone. */
import catalog from '../../catalog/aws-resourceless.json' with { type: 'json' };

const SERVICES = new Map<string, string>(Object.entries(catalog.services));
/** Read when first asked for: a role names few of them. */
const loaded = new Map<string, ReadonlySet<string>>();

/** `action`: in lower case. What the catalog does not know may be about one. */
export function isResourceless(action: string): boolean {
  const colon = action.indexOf(':');
  const service = action.slice(0, Math.max(0, colon));
  const names = SERVICES.get(service);
  if (names === undefined) return false;
  const known = loaded.get(service) ?? new Set(names.split(' '));
  loaded.set(service, known);
  return known.has(action.slice(colon + 1));
}
