/** What a document is, by its content; by its place where it has none, as an empty list. */
import { type Part, type Place, placeOf } from './layout.ts';

/** Items of one kind. `list`: the answer to a list, which is everything; else one of perhaps several. */
export type Recognised = { part: Part; items: readonly unknown[]; list: boolean; resource: string | null };
type Fields = Readonly<Record<string, unknown>>;

/** Keys under which REST lists hold their items; gcloud writes the array alone. */
const WRAPPERS: Readonly<Record<string, Part>> = {
  accounts: 'service-accounts',
  roles: 'roles',
  policies: 'deny-policies',
  principalAccessBoundaryPolicies: 'boundaries',
  policyBindings: 'policy-bindings',
  workloadIdentityPools: 'workload-identity-pools',
  workloadIdentityPoolProviders: 'workload-identity-providers',
  clusters: 'clusters',
};

/** Null: nothing of Google Cloud. */
export function recognise(document: unknown, path: string): Recognised | null {
  const place = placeOf(path);
  if (Array.isArray(document)) return listOf(document, place);
  if (!isFields(document)) return null;
  for (const [key, part] of Object.entries(WRAPPERS)) {
    const items = document[key];
    if (!Array.isArray(items)) continue;
    const list = listOf(items, place);
    if (list?.part === part) return list;
  }
  const part = partOf(document);
  if (part !== null) return { part, items: [document], list: false, resource: place?.resource ?? null };
  return place === null ? null : placed(document, place);
}

/** Of one kind throughout: a list of the API never mixes. */
function listOf(items: readonly unknown[], place: Place | null): Recognised | null {
  const [first] = items;
  const part = isFields(first) ? (partOf(first) ?? ancestor(first)) : null;
  const resource = place?.resource ?? null;
  if (part !== null) return { part, items, list: true, resource };
  return items.length === 0 && place !== null ? { part: place.part, items, list: true, resource } : null;
}

/** An answer without anything to say is `{}`, and a policy without bindings an `etag`. */
function placed(document: Fields, { part, resource }: Place): Recognised | null {
  if (part === 'iam-policy') return { part, items: [document], list: false, resource };
  return Object.keys(document).length === 0 ? { part, items: [], list: true, resource } : null;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function ancestor({ id, type }: Fields): Part | null {
  const known = type === 'project' || type === 'folder' || type === 'organization';
  return known && typeof id === 'string' ? 'ancestors' : null;
}

const NAMES: readonly (readonly [RegExp, Part])[] = [
  [/^folders\/\d{1,30}$/, 'folder'],
  [/^organizations\/\d{1,30}$/, 'organization'],
  [/^(?:(?:projects|organizations)\/[^/]{1,200}\/)?roles\/[^/]{1,200}$/, 'roles'],
  [/^policies\/[^/]{1,400}\/denypolicies\/[^/]{1,200}$/, 'deny-policies'],
  [/\/principalAccessBoundaryPolicies\/[^/]{1,200}$/, 'boundaries'],
  [/\/policyBindings\/[^/]{1,200}$/, 'policy-bindings'],
  [/\/workloadIdentityPools\/[^/]{1,200}\/providers\/[^/]{1,200}$/, 'workload-identity-providers'],
  [/\/workloadIdentityPools\/[^/]{1,200}$/, 'workload-identity-pools'],
];

function partOf(fields: Fields): Part | null {
  const { name, email, selfLink, projectId, kind, apiVersion } = fields;
  if (kind === 'ai-spm/gcp-reading') return 'reading';
  if (typeof apiVersion === 'string') return null;
  if (isPolicy(fields)) return 'iam-policy';
  if (typeof email === 'string' && email.endsWith('.gserviceaccount.com')) return 'service-accounts';
  const own = typeof selfLink === 'string' && selfLink.startsWith('https://container.googleapis.com/');
  if (own && typeof fields.nodePools === 'object') return 'clusters';
  const numbered =
    fields.projectNumber !== undefined || (typeof name === 'string' && /^projects\/\d{1,30}$/.test(name));
  if (typeof projectId === 'string' && numbered) return 'project';
  if (typeof name !== 'string' || name.length > 2000) return null;
  return NAMES.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

const POLICY_KEYS = new Set(['bindings', 'etag', 'version', 'auditConfigs']);

function isPolicy(fields: Fields): boolean {
  const { bindings, etag } = fields;
  if (!Object.keys(fields).every((key) => POLICY_KEYS.has(key))) return false;
  if (!Array.isArray(bindings)) return typeof etag === 'string' && 'version' in fields;
  return bindings.every((one) => isFields(one) && typeof one.role === 'string');
}
