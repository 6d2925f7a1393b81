/** Hops inside a cluster: impersonation, and tokens asked for a ServiceAccount. */
import { jsonValue } from '../../wire/json.ts';
import type { ExchangeReader, RequestHead } from '../../wire/types.ts';
import { impersonated, kubernetesUser, readKubernetesRequest } from '../cloud/kubernetes.ts';
import { isKubernetes } from '../cloud/kubernetes-host.ts';
import { field, list, text } from '../json-fields.ts';
import type { Place } from '../request-target.ts';
import type { World } from '../said.ts';
import { type Whole, whole } from '../whole.ts';
import { type Hop, sayHop, WORKLOAD } from './hop.ts';
import { claim } from './jwt.ts';

function impersonation(world: World, head: RequestHead, user: string): ExchangeReader {
  const groups = (head.headers.get('impersonate-group') ?? '').split(/,\s*/).slice(0, 16);
  const words = groups.map(claim).filter((one) => one !== null);
  return whole((seen) => {
    const from = kubernetesUser(world, head) ?? WORKLOAD;
    const hop: Hop = {
      from,
      to: user,
      mechanism: 'kubernetes-impersonation',
      source: `impersonation ${user}`,
      handedOut: [],
    };
    sayHop(world, { ...hop, ...(words.length > 0 ? { words: { group: words } } : {}) }, seen);
  });
}

/** https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/ */
function tokenRequest(world: World, head: RequestHead, to: string): ExchangeReader {
  return whole((seen: Whole) => {
    const from = kubernetesUser(world, head) ?? WORKLOAD;
    const asked = list(field(jsonValue(seen.request), 'spec', 'audiences')).slice(0, 8);
    const audience = asked.map(claim).filter((one) => one !== null);
    const token = text(field(jsonValue(seen.answer), 'status', 'token'));
    const source = `kubernetes-service-account-token ${to}`;
    const hop: Hop = { from, to, mechanism: 'kubernetes-token-request', source, handedOut: [token] };
    sayHop(world, { ...hop, ...(audience.length > 0 ? { words: { audience } } : {}) }, seen);
  });
}

/** Null: no request to a cluster by which somebody becomes somebody else. */
export function readKubernetesIdentity(world: World, head: RequestHead, place: Place): ExchangeReader | null {
  const user = impersonated(head);
  const token = place.path.endsWith('/token');
  if ((user === null && !token) || !isKubernetes(head, place)) return null;
  if (user !== null) return impersonation(world, head, user);
  const { verb, resource, subresource, namespace, name } = readKubernetesRequest(head, place);
  const asks = verb === 'create' && resource === 'serviceaccounts' && subresource === 'token';
  return asks && namespace !== null && name !== null
    ? tokenRequest(world, head, `system:serviceaccount:${namespace}:${name}`)
    : null;
}
