/** Enough of a Kubernetes API server that kubectl finds its way: discovery, lists, objects, and what RBAC refuses. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, json } from './json.ts';

const VERBS = ['get', 'list', 'create', 'delete', 'patch', 'update', 'watch'];
const CORE = { pods: 'Pod', secrets: 'Secret', configmaps: 'ConfigMap', serviceaccounts: 'ServiceAccount' };
const APPS = { deployments: 'Deployment' };

const resources = (kinds: Record<string, string>) =>
  Object.entries(kinds).map(([name, kind]) => ({
    ...{ name, kind, singularName: kind.toLowerCase(), namespaced: true, verbs: VERBS },
  }));
const apps = { groupVersion: 'apps/v1', version: 'v1' };

const DISCOVERY: Record<string, unknown> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': {
    ...{ kind: 'APIGroupList', apiVersion: 'v1' },
    groups: [{ name: 'apps', versions: [apps], preferredVersion: apps }],
  },
  '/api/v1': { kind: 'APIResourceList', groupVersion: 'v1', resources: resources(CORE) },
  '/apis/apps/v1': { kind: 'APIResourceList', groupVersion: 'apps/v1', resources: resources(APPS) },
  '/version': { major: '1', minor: '35', gitVersion: 'v1.35.0' },
};

const OBJECT = /^(?:\/api\/v1|\/apis\/apps\/v1)\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/;

export async function kubernetes(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<ServerResponse> {
  const path = (request.url ?? '').split('?')[0]!;
  const body = await bodyOf(request);
  const found = DISCOVERY[path];
  if (found) return json(response, 200, found);
  const [, namespace, resource, name] = OBJECT.exec(path) ?? [];
  if (!namespace || !resource) return json(response, 404, failure(404, 'NotFound'));
  if (namespace === 'vault') return json(response, 403, failure(403, 'Forbidden'));
  const apiVersion = path.startsWith('/api/') ? 'v1' : 'apps/v1';
  const kind = { ...CORE, ...APPS }[resource as 'pods'] ?? 'Pod';
  const object = (own: string) => ({ apiVersion, kind, metadata: { name: own, namespace, uid: own } });
  if (request.method === 'POST') return json(response, 201, { ...object('new'), ...body });
  if (request.method === 'DELETE')
    return json(response, 200, { kind: 'Status', apiVersion: 'v1', status: 'Success' });
  if (name) return json(response, 200, object(name));
  const items = ['one', 'two', 'three'].map(object);
  return json(response, 200, { kind: `${kind}List`, apiVersion, metadata: { resourceVersion: '1' }, items });
}

function failure(code: number, reason: string): unknown {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code,
    reason,
    message: `${reason}: not here`,
  };
}
