/** One measurement of RBAC in a process of its own; a line of JSON on stdout. */
import { kubernetesVerdict } from '../../src/match/kubernetes-rule.ts';
import { serviceAccountPrincipal } from '../../src/model/workload.ts';
import { indexBindings, kubernetesCapabilities } from '../../src/scope/rbac.ts';
import { kubernetesEdges } from '../../src/scope/rbac-edges.ts';
import { indexIdentities } from '../../src/scope/rbac-identities.ts';
import { indexRoles } from '../../src/scope/rbac-roles.ts';
import { createEstateBuilder } from '../../src/sources/kubernetes/estate-builder.ts';

const BINDINGS = Number(process.argv[2] ?? 10_000);
const ACCOUNTS = Number(process.argv[3] ?? 2000);
const NAMESPACES = 200;
const RBAC = 'rbac.authorization.k8s.io/v1';
const VERBS = [['get', 'list'], ['create'], ['update', 'patch'], ['get', 'list', 'watch'], ['*']];
const RESOURCES = ['pods', 'pods/exec', 'secrets', 'configmaps', 'serviceaccounts/token', 'deployments'];

/** Most bindings name ServiceAccounts; some a namespace's group, few everybody; some roles are aggregated. */
function* objects(): Generator<object> {
  const space = (index: number) => `n${index % NAMESPACES}`;
  for (let i = 0; i < NAMESPACES; i++)
    yield { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `n${i}` } };
  for (let i = 0; i < ACCOUNTS; i++)
    yield { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: `s${i}`, namespace: space(i) } };
  for (let i = 0; i < BINDINGS / 4; i++) {
    const aggregated = i % 50 === 0;
    const labels = aggregated ? {} : { [`example.org/set${i % 50}`]: 'true' };
    const clusterRoleSelectors = [{ matchLabels: { [`example.org/set${(i / 50) % 50}`]: 'true' } }];
    const rule = (n: number) => ({
      verbs: VERBS[(i + n) % VERBS.length],
      apiGroups: n % 2 === 0 ? [''] : ['', 'apps'],
      resources: [RESOURCES[(i + n) % RESOURCES.length]],
    });
    yield {
      apiVersion: RBAC,
      kind: 'ClusterRole',
      metadata: { name: `c${i}`, labels },
      ...(aggregated ? { aggregationRule: { clusterRoleSelectors } } : { rules: [0, 1, 2].map(rule) }),
    };
  }
  for (let i = 0; i < BINDINGS; i++) {
    const wide = i % 20 === 0;
    const namespace = space(i);
    const everybody = i % 2000 === 1;
    const ofNamespace = i % 25 === 1;
    const group = everybody ? 'system:serviceaccounts' : `system:serviceaccounts:${namespace}`;
    const subject =
      everybody || ofNamespace
        ? { kind: 'Group', name: group }
        : { kind: 'ServiceAccount', name: `s${(i * 7) % ACCOUNTS}`, namespace: space(i * 7) };
    yield {
      apiVersion: RBAC,
      kind: wide ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: wide ? { name: `b${i}` } : { name: `b${i}`, namespace },
      roleRef: { kind: 'ClusterRole', name: `c${(i * 13) % (BINDINGS / 4)}` },
      subjects: [subject],
    };
  }
}

/** Of this process: others share the machine. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const start = cpuSeconds();
const builder = createEstateBuilder(null);
for (const one of objects()) builder.add(one, 'export.yaml#1');
const estate = builder.finish({ origin: '', readAt: null, coverage: [] });
const read = cpuSeconds();
const bindings = indexBindings(estate.roleBindings);
const roles = indexRoles(estate.roles);
const identities = indexIdentities(estate);
// Kept, as a posture keeps them.
const kept: object[] = [];
let [capabilities, edges, allowed] = [0, 0, 0];
for (let i = 0; i < ACCOUNTS; i++) {
  const account = { namespace: `n${i % NAMESPACES}`, name: `s${i}` };
  const own = kubernetesCapabilities(account, bindings, roles, () => null);
  kept.push(own);
  capabilities += own.length;
  edges += kubernetesEdges(serviceAccountPrincipal(account.namespace, account.name), own, identities).length;
  const request = {
    verb: 'get',
    apiGroup: '',
    resource: 'secrets',
    subresource: null,
    name: 'x',
    path: null,
  };
  if (kubernetesVerdict(own, { ...request, namespace: account.namespace }).verdict === 'allow') allowed++;
}
const done = cpuSeconds();
const peak = process.resourceUsage().maxRSS / 1024;
process.stdout.write(
  `${JSON.stringify({ seconds: done - start, resolving: done - read, capabilities, edges, allowed, peak })}\n`,
);
