/**
 * Calls of Azure: operations of Resource Manager by the rule that names them, data planes by the catalog.
 * https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations
 */
import { AZURE_HOSTS, AZURE_ROUTES, type AzureRoute } from '../../../catalog/azure-operations.ts';
import type { ExchangeReader, RequestHead } from '../../wire/types.ts';
import { outcome, pathTemplate, readingSums, segmentTemplate } from '../endpoint.ts';
import { bearerToken, tokenPrincipal } from '../identity/bearer.ts';
import { identityEpoch } from '../identity/known.ts';
import { sayShown } from '../identity/shown.ts';
import type { Place } from '../request-target.ts';
import type { World } from '../said.ts';
import { whole } from '../whole.ts';
import { listedIn } from './records.ts';

type Call = { operation: string; resource: string | null };

const MANAGEMENT = /^management\.(?:azure\.com|usgovcloudapi\.net|chinacloudapi\.cn)$/;
const PROVIDER = /^[A-Za-z]+(?:\.[A-Za-z0-9]+)+$/;
const TYPE = /^[A-Za-z][\w.]{0,60}$/;
const NAME = /^[\w.()@$-]{1,128}$/;
const VERBS: ReadonlyMap<string, string> = new Map([
  ['GET', 'read'],
  ['HEAD', 'read'],
  ['PUT', 'write'],
  ['PATCH', 'write'],
  ['DELETE', 'delete'],
]);

function cleanId(segments: readonly string[]): string {
  return segments
    .slice(0, 20)
    .map((one) => (NAME.test(one) ? one : '*'))
    .join('/');
}

/** Types stand in turn with names; what POST ends with is an action, unless it is a name. */
function operationOf(method: string, provider: string, behind: readonly string[]): string | null {
  const types = behind.filter((_, i) => i % 2 === 0);
  const verb = VERBS.get(method) ?? (method === 'POST' ? 'action' : null);
  if (verb === null || !types.every((one) => TYPE.test(one))) return null;
  return [provider, ...types, verb].join('/');
}

/** Subscriptions and resource groups are resources of no provider that the path names. */
function withoutProvider(method: string, segments: readonly string[]): string | null {
  return /^(?:subscriptions|tenants|providers)$/i.test(segments[0] ?? '')
    ? operationOf(method, 'Microsoft.Resources', segments)
    : null;
}

function management({ method }: RequestHead, { segments }: Place): Call | null {
  const kept = segments.filter((one) => one !== '');
  const at = kept.findLastIndex((one) => one.toLowerCase() === 'providers');
  const provider = kept[at + 1];
  const operation =
    at >= 0 && provider !== undefined && PROVIDER.test(provider)
      ? operationOf(method, provider, kept.slice(at + 2))
      : withoutProvider(method, kept);
  return operation === null ? null : { operation, resource: `/${cleanId(kept)}` };
}

function asks(route: AzureRoute, query: URLSearchParams): boolean {
  const [name = '', value] = route.query?.split('=') ?? [];
  return route.query === undefined || query.get(name)?.toLowerCase() === value;
}

/** Containers and their like by name, what lies in them by its first segment: `account/container/reports/*`. */
function dataResource({ host, path }: Place, match: RegExpExecArray): string {
  const account = host.split('.')[0]!;
  const own = match[1] === undefined ? [] : match[1].split('/').map((one) => (NAME.test(one) ? one : '*'));
  const below = match[1] === undefined ? '' : path.slice(path.indexOf(match[1]) + match[1].length + 1);
  const [first = '', ...rest] = below.split('/');
  const folder = rest.length > 0 && first !== '' && segmentTemplate(first) === first ? `${first}/` : '';
  return (
    [account, ...own].join('/') +
    (match.input === `/${match[1]}/${below}` && below !== '' ? `/${folder}*` : '')
  );
}

function dataPlane(head: RequestHead, place: Place): Call | null {
  const method = head.method === 'HEAD' ? 'GET' : head.method;
  for (const route of AZURE_ROUTES) {
    if (route.method !== method || !route.host.test(place.host) || !asks(route, place.query)) continue;
    const match = route.path.exec(place.path);
    if (match) return { operation: queried(route.operation, head), resource: dataResource(place, match) };
  }
  return null;
}

/** Cosmos DB asks by POST, and says so in a header. */
function queried(operation: string, { headers }: RequestHead): string {
  const query = headers.get('x-ms-documentdb-isquery')?.toLowerCase() === 'true';
  return query ? operation.replace(/\/items\/create$/, '/executeQuery') : operation;
}

function unknown({ method }: RequestHead, { host, segments }: Place): Call {
  const verb = /^[A-Z]{3,10}$/.test(method) ? method : 'OTHER';
  return { operation: `?${verb} ${host}${pathTemplate(segments)}`, resource: null };
}

/** A token says which application it is of; keys of accounts say nothing, and signatures in the query neither. */
function principalOf(
  world: World,
  { headers }: RequestHead,
  { query }: Place,
): { id: string | null; by: string } {
  const token = bearerToken(headers);
  if (token !== null) return { id: tokenPrincipal(world, token), by: 'token' };
  const key = headers.get('api-key') ?? headers.get('ocp-apim-subscription-key');
  if (key !== undefined) return { id: `azure:api-key:${world.fingerprint(key)}`, by: 'api-key' };
  const signature = query.get('sig');
  if (signature !== null)
    return { id: `azure:sas:${world.fingerprint(signature)}`, by: 'shared-access-signature' };
  return {
    id: null,
    by: /^SharedKey/.test(headers.get('authorization') ?? '') ? 'account-key' : 'anonymous',
  };
}

/** What other hosts answer with may be anybody's own document. */
const LISTS = /\.(?:search\.windows\.net|documents\.azure\.(?:com|us|cn))$/;

const LASTING = new Set(['api-key', 'shared-access-signature', 'account-key']);

/** Null: nothing of Azure. */
export function readAzure(world: World, head: RequestHead, place: Place): ExchangeReader | null {
  const control = MANAGEMENT.test(place.host);
  if (!control && !AZURE_HOSTS.some((host) => host.test(place.host))) return null;
  return whole((seen) => {
    const call = (control ? management : dataPlane)(head, place) ?? unknown(head, place);
    const { id, by } = principalOf(world, head, place);
    const told = outcome(seen.status, seen.ending);
    const epoch = id === null || told.denied ? undefined : identityEpoch(world, 'azure', id);
    const records = (control || LISTS.test(place.host)) && !told.error ? listedIn(seen.answer) : 0;
    world.say({
      kind: 'cloud-action',
      subject: `azure:${call.operation}`,
      context: call.resource,
      principal: id,
      ...told,
      ...(records > 0 ? { records } : {}),
      sums: readingSums(seen.ending),
      words: { key: [by] },
      ...(epoch ? { epoch } : {}),
    });
    if (LASTING.has(by))
      sayShown(world, { source: by, principal: id ?? place.host, context: 'azure' }, seen.ending.at);
  });
}
