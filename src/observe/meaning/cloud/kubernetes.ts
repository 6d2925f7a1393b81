/** Requests to the Kubernetes API: verb, resource and name as the authorizer sees them, and as whom. */
import { kubernetesAction } from '../../../match/kubernetes-action.ts';
import type { KubernetesRequest } from '../../../match/kubernetes-rule.ts';
import { jsonValue } from '../../wire/json.ts';
import type { ExchangeReader, RequestHead } from '../../wire/types.ts';
import { outcome, pathTemplate, readingSums } from '../endpoint.ts';
import { bearerPrincipal } from '../identity/bearer.ts';
import { claim } from '../identity/jwt.ts';
import { identityEpoch } from '../identity/known.ts';
import { sayShown } from '../identity/shown.ts';
import { field, list, text } from '../json-fields.ts';
import type { Place } from '../request-target.ts';
import type { World } from '../said.ts';
import { type Whole, whole } from '../whole.ts';
import { kubernetesRequest } from './kubernetes-request.ts';

const NAME = /^[A-Za-z0-9][\w.:-]{0,252}$/;
/** k8s.io/apimachinery/pkg/util/rand: no vowels, and nothing that looks like one. */
const GENERATED = /(?:-[bcdfghjklmnpqrstvwxz2456789]{8,10})?-[bcdfghjklmnpqrstvwxz2456789]{5}$/;
/** Objects that controllers name: the part that is random would be new with every one. */
const BY_CONTROLLERS = new Set([
  'pods',
  'replicasets',
  'jobs',
  'controllerrevisions',
  'endpointslices',
  'events',
]);

function cleanName(name: string | null, resource: string | null): string | null {
  if (name === null || name === '') return null;
  if (!NAME.test(name)) return '*';
  if (resource === 'events') return '*';
  return resource !== null && BY_CONTROLLERS.has(resource) ? name.replace(GENERATED, '-*') : name;
}

/** Words of a request as they may be kept: names as names, anything else `*`. */
function clean(request: KubernetesRequest): KubernetesRequest {
  const word = (value: string): string => (NAME.test(value) ? value : '*');
  const { resource, subresource, apiGroup, path } = request;
  return {
    verb: /^[a-z]{1,20}$/.test(request.verb) ? request.verb : 'unknown',
    namespace: cleanName(request.namespace, null),
    apiGroup: apiGroup === '' ? '' : word(apiGroup),
    resource: resource === null ? null : word(resource).replaceAll('.', '*'),
    subresource: subresource === null ? null : word(subresource),
    name: cleanName(request.name, resource),
    path: path === null ? null : pathTemplate(path.split('/').slice(1)),
  };
}

export function readKubernetesRequest(head: RequestHead, { path, query }: Place): KubernetesRequest {
  return clean(kubernetesRequest(head.method, path, query));
}

/** The user of the request as the client shows it. Null: a certificate, or nobody. */
export function kubernetesUser(world: World, head: RequestHead): string | null {
  return bearerPrincipal(world, head.headers, 'kubernetes:token');
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
export function impersonated(head: RequestHead): string | null {
  return claim(head.headers.get('impersonate-user'));
}

function itemsOf(body: Uint8Array): number {
  return body[0] === 0x7b ? list(field(jsonValue(body), 'items')).length : 0;
}

/** `Forbidden`, `NotFound`: the reason of a Status. */
function reasonOf(body: Uint8Array): string | null {
  const value = body[0] === 0x7b ? jsonValue(body) : undefined;
  const reason = text(field(value, 'kind')) === 'Status' ? text(field(value, 'reason')) : null;
  return reason !== null && /^[A-Za-z]{1,40}$/.test(reason) ? reason : null;
}

/** The token of a ServiceAccount, which its pods mount: every request shows it. */
function tokenRow(world: World, head: RequestHead, at: number): void {
  const user = kubernetesUser(world, head);
  if (user?.startsWith('system:serviceaccount:'))
    sayShown(
      world,
      { source: 'kubernetes-service-account-token', principal: user, context: 'kubernetes' },
      at,
    );
}

function recordsOf({ verb }: KubernetesRequest, { answer, parts, status }: Whole): number {
  if (status === null || status >= 400) return 0;
  return verb === 'list' ? itemsOf(answer) : verb === 'watch' ? parts : 0;
}

export function kubernetesReader(world: World, head: RequestHead, place: Place): ExchangeReader {
  const request = readKubernetesRequest(head, place);
  return whole((seen) => {
    const principal = impersonated(head) ?? kubernetesUser(world, head);
    const told = outcome(seen.status, seen.ending);
    const epoch =
      principal === null || told.denied ? undefined : identityEpoch(world, 'kubernetes', principal);
    const records = recordsOf(request, seen);
    const reason = told.error ? reasonOf(seen.answer) : null;
    world.say({
      kind: 'kubernetes-action',
      ...kubernetesAction(request),
      principal,
      ...told,
      ...(records > 0 ? { records } : {}),
      sums: readingSums(seen.ending),
      ...(reason === null ? {} : { words: { error: [reason] } }),
      ...(epoch ? { epoch } : {}),
    });
    tokenRow(world, head, seen.ending.at);
  });
}
