/** The API server's own verdict on a request, by SelfSubjectAccessReview, against ours. */
import { type KubernetesRequest, kubernetesVerdict } from '../../src/match/kubernetes-rule.ts';
import type { Capability } from '../../src/model/configured.ts';
import type { KubernetesEstate } from '../../src/model/kubernetes.ts';
import { indexBindings, userCapabilities } from '../../src/scope/rbac.ts';
import { indexRoles } from '../../src/scope/rbac-roles.ts';
import type { Caller, Cluster } from './cluster.ts';

export type Asker = { user: string; groups?: readonly string[] };

export function capabilitiesIn(estate: KubernetesEstate): (asker: Asker) => Capability[] {
  const bindings = indexBindings(estate.roleBindings);
  const roles = indexRoles(estate.roles);
  return (asker) => userCapabilities(asker, bindings, roles, () => null);
}

export async function allowed(cluster: Cluster, request: KubernetesRequest, as: Caller): Promise<boolean> {
  const { verb, namespace, apiGroup, resource, subresource, name, path } = request;
  const spec =
    resource === null
      ? { nonResourceAttributes: { verb, path } }
      : {
          resourceAttributes: {
            verb,
            group: apiGroup,
            resource,
            ...(namespace === null ? {} : { namespace }),
            ...(subresource === null ? {} : { subresource }),
            ...(name === null ? {} : { name }),
          },
        };
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
  const path_ = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const { status, body } = await cluster.send('POST', path_, review, as);
  if (status !== 201) throw new Error(`SelfSubjectAccessReview: ${status} ${JSON.stringify(body)}`);
  return (body as { status: { allowed?: boolean } }).status.allowed === true;
}

/** Requests on which one of ours and the API server differ, and how many it allowed. */
export async function compare(
  cluster: Cluster,
  ours: readonly (readonly Capability[])[],
  requests: readonly KubernetesRequest[],
  as: Caller,
): Promise<{ wrong: string[]; granted: number }> {
  const wrong: string[] = [];
  let granted = 0;
  await inParallel(requests, async (request) => {
    const theirs = (await allowed(cluster, request, as)) ? 'allow' : 'deny';
    if (theirs === 'allow') granted++;
    for (const capabilities of ours) {
      const { verdict } = kubernetesVerdict(capabilities, request);
      if (verdict !== theirs)
        wrong.push(`${theirs}, not ${verdict}: ${as.user ?? 'by token'} ${JSON.stringify(request)}`);
    }
  });
  return { wrong, granted };
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

export async function tokenOf(cluster: Cluster, namespace: string, name: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const { status, body } = await cluster.send('POST', path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: [], expirationSeconds: 3600 },
  });
  if (status !== 201) throw new Error(`no token for ${namespace}/${name}: ${JSON.stringify(body)}`);
  return (body as { status: { token: string } }).status.token;
}

/** `list pods`, `get deployments.apps/scale`: every combination of them with every place and name. */
export function requestsFor(
  verbs: readonly string[],
  resources: readonly string[],
  namespaces: readonly (string | null)[],
  names: readonly (string | null)[],
): KubernetesRequest[] {
  return resources.flatMap((text) => {
    const [path, subresource = null] = text.split('/') as [string, string?];
    const [resource, ...group] = path.split('.') as [string, ...string[]];
    const one = { apiGroup: group.join('.'), resource, subresource, path: null };
    return verbs.flatMap((verb) =>
      namespaces.flatMap((namespace) => names.map((name) => ({ ...one, verb, namespace, name }))),
    );
  });
}

export function requestsForPaths(verbs: readonly string[], paths: readonly string[]): KubernetesRequest[] {
  const none = { apiGroup: '', resource: null, subresource: null, namespace: null, name: null };
  return verbs.flatMap((verb) => paths.map((path) => ({ ...none, verb, path })));
}
