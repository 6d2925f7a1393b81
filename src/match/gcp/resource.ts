/** Names of Google Cloud resources, in the relative form that policies and the observed posture write. */

const NODES = new Set(['projects', 'folders', 'organizations']);
const MAX_NAME = 4096;

/**
 * `//storage.googleapis.com/projects/_/buckets/b` → `projects/_/buckets/b`, `gs://b/o` → its object; else as given.
 * https://cloud.google.com/iam/docs/full-resource-names
 */
export function relativeName(text: string): string {
  const name = text.slice(0, MAX_NAME);
  if (name.startsWith('gs://')) return bucketName(name.slice('gs://'.length));
  if (!name.startsWith('//')) return name.replace(/^\//, '');
  const slash = name.indexOf('/', 2);
  if (slash < 0) return name;
  const [service, path] = [name.slice(2, slash), name.slice(slash + 1)];
  const bucket = service === 'storage.googleapis.com' && !path.startsWith('projects/');
  return bucket ? bucketName(path) : path;
}

function bucketName(path: string): string {
  const slash = path.indexOf('/');
  if (slash < 0 || slash === path.length - 1) return `projects/_/buckets/${path.replace(/\/$/, '')}`;
  return `projects/_/buckets/${path.slice(0, slash)}/objects/${path.slice(slash + 1)}`;
}

/** `projects/p` of `projects/p/secrets/s`; null: in none, or in one that the name does not tell (`projects/_`). */
export function nodeOf(resource: string): string | null {
  const [kind = '', id = ''] = resource.split('/', 2);
  return NODES.has(kind) && id !== '' && id !== '_' && id !== '-' ? `${kind}/${id}` : null;
}

/** The name itself and everything above it by name, nearest first: policies may be attached to each. */
export function prefixes(resource: string): string[] {
  const names: string[] = [];
  for (let end = resource.length; end > 0; end = resource.lastIndexOf('/', end - 1)) {
    const name = resource.slice(0, end);
    // Objects may have slashes in their names: only pairs of collection and id are resources.
    if (names.length < 64 && (name.split('/', 66).length % 2 === 0 || end === resource.length))
      names.push(name);
  }
  return names;
}

export function isBelow(resource: string, above: string): boolean {
  return resource === above || resource.startsWith(`${above}/`);
}

/**
 * Project that an account's address names: its id, or its number for the default account of Compute Engine; null: the
 * address does not tell. https://cloud.google.com/iam/docs/service-account-types
 */
export function projectOfAccount(email: string): string | null {
  const [name = '', domain = ''] = email.split('@');
  if (domain === 'appspot.gserviceaccount.com') return `projects/${name}`;
  if (domain === 'developer.gserviceaccount.com') {
    const number = /^(\d{1,30})-compute$/.exec(name)?.[1];
    return number === undefined ? null : `projects/${number}`;
  }
  const project = domain.endsWith('.iam.gserviceaccount.com')
    ? domain.slice(0, -'.iam.gserviceaccount.com'.length)
    : '';
  if (project === '' || /^gcp-sa-|^gcp-gae-/.test(project)) return null;
  const [first = '', ...organization] = project.split('.');
  return `projects/${organization.length > 0 ? `${organization.join('.')}:${first}` : project}`;
}

const TYPES: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  buckets: 'storage.googleapis.com/Bucket',
  objects: 'storage.googleapis.com/Object',
  managedFolders: 'storage.googleapis.com/ManagedFolder',
  secrets: 'secretmanager.googleapis.com/Secret',
  'secrets/versions': 'secretmanager.googleapis.com/SecretVersion',
  topics: 'pubsub.googleapis.com/Topic',
  subscriptions: 'pubsub.googleapis.com/Subscription',
  datasets: 'bigquery.googleapis.com/Dataset',
  'datasets/tables': 'bigquery.googleapis.com/Table',
  serviceAccounts: 'iam.googleapis.com/ServiceAccount',
  keyRings: 'cloudkms.googleapis.com/KeyRing',
  'keyRings/cryptoKeys': 'cloudkms.googleapis.com/CryptoKey',
  'zones/instances': 'compute.googleapis.com/Instance',
  projects: 'cloudresourcemanager.googleapis.com/Project',
});

/**
 * `resource.type` of conditions; null: not known for such a name.
 * https://cloud.google.com/iam/docs/conditions-resource-attributes
 */
export function resourceType(resource: string): string | null {
  const parts = resource.split('/', 16);
  const objects = parts.indexOf('objects');
  if (objects === 4) return TYPES.objects!;
  if (parts.length % 2 === 1) return null;
  const [parent, last] = [parts.at(-4), parts.at(-2) ?? ''];
  return TYPES[`${parent}/${last}`] ?? TYPES[last] ?? null;
}
