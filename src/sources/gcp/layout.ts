/**
 * Where saved answers lie: `gcp/<resource name>/<part>.json`. What a file of `gcloud … --format json` does not say itself,
 * such as which project's policy it is, its place says: `gcp/projects/my-project/iam-policy.json`.
 */
import type { ResourceName } from '../../model/kubernetes.ts';

/** Part of a node → what it is evidence of. */
export const PARTS = {
  project: 'gcp-hierarchy',
  folder: 'gcp-hierarchy',
  organization: 'gcp-hierarchy',
  ancestors: 'gcp-hierarchy',
  'iam-policy': 'gcp-policies',
  'service-account-policies': 'gcp-policies',
  'service-accounts': 'gcp-service-accounts',
  'deny-policies': 'gcp-deny-policies',
  boundaries: 'gcp-boundaries',
  'policy-bindings': 'gcp-boundaries',
  'workload-identity-pools': 'gcp-pools',
  'workload-identity-providers': 'gcp-pools',
  clusters: 'gcp-clusters',
  roles: 'gcp-roles',
  reading: 'gcp-hierarchy',
} as const satisfies Record<string, ResourceName>;
export type Part = keyof typeof PARTS;
export type Place = {
  /** `projects/p`; empty for what is of no node. */
  resource: string;
  part: Part;
};

const ROOTS = new Set(['projects', 'folders', 'organizations']);

export function pathOf({ resource, part }: Place): string {
  const segments = resource === '' ? [] : resource.split('/').map(segmentOf);
  return ['gcp', ...segments, `${part}.json`].join('/');
}

/** Null: not of this layout. */
export function placeOf(path: string): Place | null {
  const segments = path.split(/[/\\]/);
  const part = segments.at(-1)!.replace(/\.(json|ya?ml)$/i, '');
  if (!Object.hasOwn(PARTS, part)) return null;
  for (let at = segments.length - 2; at >= 0; at--) {
    if (segments[at] !== 'gcp') continue;
    const inner = segments.slice(at + 1, -1);
    if (inner.length > 0 && !ROOTS.has(inner[0]!)) continue;
    const names = inner.map(nameOf);
    return names.includes(null) ? null : { resource: names.join('/'), part: part as Part };
  }
  return null;
}

export function sourceOf({ resource, part }: Place): string {
  return resource === '' ? `gcp:${part}` : `gcp:${resource}/${part}`;
}

/** No name that an API answers leads out of the directory. */
function segmentOf(name: string): string {
  const encoded = encodeURIComponent(name).replaceAll('%40', '@').replaceAll('%3A', ':');
  return /^\.*$/.test(encoded) ? encoded.replaceAll('.', '%2E') || '%00' : encoded;
}

function nameOf(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
