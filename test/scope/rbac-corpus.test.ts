import { describe, expect, it } from 'vitest';
import { type KubernetesRequest, kubernetesVerdict } from '../../src/match/kubernetes-rule.ts';
import { indexBindings, kubernetesCapabilities } from '../../src/scope/rbac.ts';
import { indexRoles } from '../../src/scope/rbac-roles.ts';
import { createEstateBuilder } from '../../src/sources/kubernetes/estate-builder.ts';
import { hasCorpus, readCorpus } from '../match/corpora.ts';

const CORPUS = 'k8s-rbac-authorizer.jsonl.gz';

type Request = {
  user: string;
  verb: string;
  namespace?: string;
  apiGroup?: string;
  resource?: string;
  subresource?: string;
  name?: string;
  path?: string;
  allowed: boolean;
  reason?: string;
};
type State = {
  id: number;
  roles: object[] | null;
  clusterRoles: object[] | null;
  roleBindings: object[] | null;
  clusterRoleBindings: object[] | null;
  requests: Request[];
};

const apiVersion = 'rbac.authorization.k8s.io/v1';

function evaluator(state: State): (request: Request) => ReturnType<typeof kubernetesVerdict> {
  const builder = createEstateBuilder(null);
  for (const one of state.roles ?? []) builder.add({ apiVersion, kind: 'Role', ...one }, null);
  for (const one of state.clusterRoles ?? []) builder.add({ apiVersion, kind: 'ClusterRole', ...one }, null);
  for (const one of state.roleBindings ?? []) builder.add({ apiVersion, kind: 'RoleBinding', ...one }, null);
  for (const one of state.clusterRoleBindings ?? [])
    builder.add({ apiVersion, kind: 'ClusterRoleBinding', ...one }, null);
  const estate = builder.finish({ origin: '', readAt: null, coverage: [] });
  expect(estate.warnings).toEqual([]);
  const bindings = indexBindings(estate.roleBindings);
  const roles = indexRoles(estate.roles);
  const cache = new Map<string, ReturnType<typeof kubernetesCapabilities>>();
  return (request) => {
    const known = cache.get(request.user);
    const [, , namespace, name] = request.user.split(':') as [string, string, string, string];
    const capabilities = known ?? kubernetesCapabilities({ namespace, name }, bindings, roles, () => null);
    cache.set(request.user, capabilities);
    return kubernetesVerdict(capabilities, asked(request));
  };
}

function asked(request: Request): KubernetesRequest {
  return {
    verb: request.verb,
    namespace: request.namespace || null,
    apiGroup: request.apiGroup ?? '',
    resource: request.resource || null,
    subresource: request.subresource || null,
    name: request.name || null,
    path: request.path || null,
  };
}

/** `RBAC: allowed by RoleBinding "rb0/prod" of Role "r1" to …` names the binding as name/namespace. */
function bindingOf(reason: string): string {
  const [, kind, name, namespace] = /allowed by (\w+) "([^"/]+)(?:\/([^"]+))?"/.exec(reason) ?? [];
  return kind === 'RoleBinding' ? `RoleBinding ${namespace}/${name}` : `ClusterRoleBinding ${name}`;
}

describe.skipIf(!hasCorpus(CORPUS))('RBAC verdicts of the Kubernetes authorizer', () => {
  it('agrees on every request, and names the binding that the authorizer names', () => {
    let requests = 0;
    const wrong: string[] = [];
    for (const state of readCorpus<State>(CORPUS)) {
      const evaluate = evaluator(state);
      for (const request of state.requests) {
        requests++;
        const { verdict, all } = evaluate(request);
        if (verdict !== (request.allowed ? 'allow' : 'deny'))
          wrong.push(`${state.id} ${JSON.stringify(request)}`);
        if (!request.allowed) continue;
        const binding = bindingOf(request.reason!);
        if (!all.some(({ path }) => path.some((hop) => hop.object === binding)))
          wrong.push(`${state.id} no path by ${binding}: ${JSON.stringify(request)}`);
      }
    }
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(requests).toBe(15_000);
  });
});
