/**
 * A request as the Kubernetes API server's authorizer sees it: the rules of RequestInfoFactory.NewRequestInfo in
 * k8s.io/apiserver/pkg/endpoints/request/requestinfo.go (v1.34), without the reading of selectors.
 */
import type { KubernetesRequest } from '../../../match/kubernetes-rule.ts';

const VERBS: ReadonlyMap<string, string> = new Map([
  ['POST', 'create'],
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);
/** Verbs that old paths begin with. */
const PATH_VERBS = new Set(['proxy', 'watch']);
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

type Rest = { verb: string; group: string; parts: readonly string[] };

function nonResource(method: string, path: string): KubernetesRequest {
  return {
    verb: method.toLowerCase(),
    namespace: null,
    apiGroup: '',
    resource: null,
    subresource: null,
    name: null,
    path,
  };
}

/** Behind prefix, group and version; null: no request for a resource. */
function restOf(method: string, segments: readonly string[]): Rest | null {
  const [prefix, ...behind] = segments;
  const groupless = prefix === 'api';
  if (segments.length < 3 || (!groupless && (prefix !== 'apis' || behind.length < 3))) return null;
  const group = groupless ? '' : behind[0]!;
  const parts = behind.slice(groupless ? 1 : 2);
  if (!PATH_VERBS.has(parts[0]!)) return { verb: VERBS.get(method) ?? '', group, parts };
  return parts.length < 2 ? null : { verb: parts[0]!, group, parts: parts.slice(1) };
}

/** `/namespaces/<namespace>/<resource>/…` is about the resource, unless that is a subresource of the namespace. */
function place(parts: readonly string[]): { namespace: string | null; parts: readonly string[] } {
  if (parts[0] !== 'namespaces' || parts.length < 2) return { namespace: null, parts };
  const own = parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2]!);
  return { namespace: parts[1] || null, parts: own ? parts.slice(2) : parts };
}

/** As metav1.Convert_Slice_string_To_bool reads it: anything but `false` and `0`. */
function watches(query: URLSearchParams): boolean {
  const watch = query.get('watch');
  return watch !== null && watch.toLowerCase() !== 'false' && watch !== '0';
}

/** `metadata.name=x`, the one selector that names an object; a selector that is not well-formed names none. */
function selectedName(query: URLSearchParams): string | null {
  const terms = (query.get('fieldSelector') ?? '').split(',').filter((term) => term !== '');
  if (!terms.every((term) => /^[^=!]+(?:==?|!=)[^=!]*$/.test(term))) return null;
  const own = terms.map((term) => /^metadata\.name==?([^!=]+)$/.exec(term)?.[1]).find((name) => name);
  return own !== undefined && !/^\.{1,2}$|[/%]/.test(own) ? own : null;
}

/** @param path decoded as a whole, so that an encoded slash divides as well: Go's URL.Path. */
export function kubernetesRequest(method: string, path: string, query: URLSearchParams): KubernetesRequest {
  const kept = path.replace(/^\/+/, '').replace(/\/+$/, '').split('/');
  const rest = restOf(method, kept);
  if (!rest) return nonResource(method, `/${kept.join('/')}`);
  const { namespace, parts } = place(rest.parts);
  const [resource = '', name = null, subresource = null] = parts;
  const collection = name === null || name === '';
  return {
    verb: collection ? collectionVerb(rest.verb, query) : rest.verb,
    namespace,
    apiGroup: rest.group,
    resource,
    subresource: rest.verb === 'proxy' ? null : subresource || null,
    name: collection ? (rest.verb === 'get' ? selectedName(query) : null) : name,
    path: null,
  };
}

function collectionVerb(verb: string, query: URLSearchParams): string {
  if (verb === 'get') return watches(query) ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}
