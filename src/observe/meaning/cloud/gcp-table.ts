/** Methods of Google APIs by path: by rule, or as the catalog lists them. */
import catalog from '../../../catalog/gcp-methods.json' with { type: 'json' };
import { GCP_PERMISSIONS, GCP_RENAMED } from '../../../catalog/gcp-permissions.ts';
import { type GcpPath, gcpPath, ruledMethod, type Vocabulary } from './gcp-method.ts';
import { addTemplate, findPath, type PathTree, pathTree } from './path-tree.ts';

type Api = { name: string; words: Vocabulary; paths: PathTree<string> };
type Entry = { name: string; words: string; methods: string };

const ENTRIES = new Map<string, Entry>(Object.entries(catalog.hosts));
const APIS = new Map<string, Api>();

/** The verb behind the colon is told apart as the method is. */
function key(method: string, { verb }: GcpPath): string {
  return verb === null ? method : `${method}:${verb}`;
}

function load({ name, words, methods }: Entry): Api {
  const paths = pathTree<string>();
  for (const line of methods.split('\n')) {
    const [method = '', path = '', id] = line.split(' ');
    if (id === undefined) continue;
    const [, verb] = /:([A-Za-z0-9]+)$/.exec(path) ?? [];
    const own = verb === undefined ? path : path.slice(0, -verb.length - 1);
    addTemplate(paths, verb === undefined ? method : `${method}:${verb}`, own, id);
  }
  return { name, words: new Set(words.split(' ')), paths };
}

/** `us-central1-aiplatform`, `secretmanager.us-east1.rep`, `storage.mtls`: one API at several places. */
function hostOf(host: string): string {
  const name = host.replace(/(?:\.[a-z0-9-]+)?(?:\.rep|\.mtls|\.private)?\.googleapis\.com$/, '');
  return `${name.replace(/^[a-z]+-[a-z]+\d+-/, '')}.googleapis.com`;
}

function apiOf(host: string): Api | null {
  const name = ENTRIES.has(host) ? host : hostOf(host);
  const entry = ENTRIES.get(name);
  if (!entry) return null;
  const known = APIS.get(name) ?? load(entry);
  APIS.set(name, known);
  return known;
}

/** APIs that are served by the common host as well, under their own names. */
const COMMON: ReadonlyMap<string, string> = new Map([
  ['storage', 'storage.googleapis.com'],
  ['bigquery', 'bigquery.googleapis.com'],
  ['compute', 'compute.googleapis.com'],
  ['gmail', 'gmail.googleapis.com'],
]);

export type Method = {
  /** Null: not to be told. */
  id: string | null;
  /** Name of the API. */
  service: string;
};

/** @param segments of the path, as sent but decoded each. */
export function gcpMethod(host: string, method: string, segments: readonly string[]): Method {
  const [first = '', second = ''] = segments;
  const common = host === 'www.googleapis.com' ? COMMON.get(first === 'upload' ? second : first) : undefined;
  const api = apiOf(common ?? host);
  const service = api?.name ?? hostOf(host).split('.')[0]!;
  if (!api) return { id: null, service };
  const path = gcpPath(segments);
  return {
    id: listed(api, method, segments, path) ?? ruledMethod(api.name, method, path, api.words),
    service,
  };
}

/** With the verb behind the colon; else the colon is part of a name. */
function listed(api: Api, method: string, segments: readonly string[], path: GcpPath): string | null {
  const query = new URLSearchParams();
  const own = [...segments.slice(0, -1), path.segments.at(-1) ?? ''];
  const custom =
    path.verb === null ? null : findPath(api.paths, { method: key(method, path), segments: own, query });
  return (custom ?? findPath(api.paths, { method, segments, query }))?.value ?? null;
}

const VERBS: ReadonlyMap<string, string> = new Map([['patch', 'update']]);

/** The permission that a method uses. Null: the catalog does not know. */
export function gcpPermission(id: string): string | null {
  const parts = id.split('.');
  const verb = parts.at(-1)!;
  const short = `${parts[0]}.${parts.at(-2)}.${verb}`;
  const renamed = GCP_RENAMED.get(short);
  if (renamed !== undefined) return renamed;
  const service = parts[0] === 'cloudresourcemanager' ? 'resourcemanager' : parts[0];
  const permission = `${service}.${parts.at(-2)}.${VERBS.get(verb) ?? verb}`;
  return GCP_PERMISSIONS.has(permission) ? permission : null;
}
