import { describe, expect, it } from 'vitest';
import type { IdentityEdge } from '../../src/model/configured.ts';
import { serviceAccountPrincipal } from '../../src/model/workload.ts';
import { indexBindings, kubernetesCapabilities } from '../../src/scope/rbac.ts';
import { kubernetesEdges } from '../../src/scope/rbac-edges.ts';
import { indexIdentities } from '../../src/scope/rbac-identities.ts';
import { indexRoles } from '../../src/scope/rbac-roles.ts';
import { createEstateBuilder } from '../../src/sources/kubernetes/estate-builder.ts';

type Rule = Record<string, readonly string[]>;
const RBAC = 'rbac.authorization.k8s.io';
const COVERAGE = ['serviceaccounts', 'pods'].map((resource) => ({
  source: `test:${resource}`,
  resource: resource as 'pods',
  namespaces: null,
  status: 'read' as const,
  objects: 1,
  reason: null,
}));

/** Accounts a, b, c in `work` and x in `far`; pods of b (with token) and c (without) in `work`, of x on node n2. */
function edgesOf(
  rules: readonly Rule[],
  namespace: string | null,
  extra: readonly object[] = [],
): IdentityEdge[] {
  const builder = createEstateBuilder(null);
  const account = (where: string, name: string) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: where },
  });
  const pod = (where: string, name: string, spec: object) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: where, uid: name },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  });
  const apiVersion = `${RBAC}/v1`;
  const metadata = namespace === null ? { name: 'r' } : { name: 'r', namespace };
  const [kind, binding] =
    namespace === null ? ['ClusterRole', 'ClusterRoleBinding'] : ['Role', 'RoleBinding'];
  const subjects = [{ kind: 'ServiceAccount', name: 'a', namespace: 'work' }];
  for (const object of [
    ...['a', 'b', 'c'].map((name) => account('work', name)),
    account('far', 'x'),
    pod('work', 'b-1', { serviceAccountName: 'b', nodeName: 'n1' }),
    pod('work', 'c-1', { serviceAccountName: 'c', nodeName: 'n1', automountServiceAccountToken: false }),
    pod('far', 'x-1', { serviceAccountName: 'x', nodeName: 'n2' }),
    { apiVersion, kind, metadata, rules },
    { apiVersion, kind: binding, metadata, roleRef: { kind, name: 'r' }, subjects },
    ...extra,
  ])
    builder.add(object, null);
  const estate = builder.finish({ origin: '', readAt: null, coverage: COVERAGE });
  expect(estate.warnings).toEqual([]);
  const capabilities = kubernetesCapabilities(
    { namespace: 'work', name: 'a' },
    indexBindings(estate.roleBindings),
    indexRoles(estate.roles),
    () => null,
  );
  return kubernetesEdges(serviceAccountPrincipal('work', 'a'), capabilities, indexIdentities(estate));
}

function rule(verbs: string, resources: string, rest: Rule = {}): Rule {
  const paths = resources.split(',').map((one) => one.split('.'));
  return {
    verbs: verbs.split(','),
    resources: paths.map(([resource]) => resource!),
    apiGroups: [...new Set(paths.map(([, ...group]) => group.join('.')))],
    ...rest,
  };
}

const sa = (name: string) => `system:serviceaccount:${name.replace('/', ':')}`;
const [B, C, X] = [sa('work/b'), sa('work/c'), sa('far/x')];
const rbac = (verbs: string, resource: string, names?: string[]): Rule => ({
  verbs: verbs.split(','),
  apiGroups: [RBAC],
  resources: [resource],
  ...(names ? { resourceNames: names } : {}),
});

const CASES: readonly [
  title: string,
  rules: readonly Rule[],
  namespace: string | null,
  expected: readonly string[],
][] = [
  ['reading gives nobody', [rule('get,list,watch', 'pods,configmaps')], null, []],
  ['a token for any account of the namespace', [rule('create', 'serviceaccounts/token')], 'work', [B, C]],
  [
    'a token for the accounts named',
    [rule('create', 'serviceaccounts/token', { resourceNames: ['c'] })],
    'work',
    [C],
  ],
  [
    'serviceaccounts without the subresource make no token',
    [rule('create,get', 'serviceaccounts')],
    'work',
    [],
  ],
  ['impersonation of accounts of the cluster', [rule('impersonate', 'serviceaccounts')], null, [B, C, X]],
  [
    'impersonation of an account that does not exist',
    [rule('impersonate', 'serviceaccounts', { resourceNames: ['ghost'] })],
    'work',
    [sa('work/ghost')],
  ],
  ['impersonation of users is of the cluster', [rule('impersonate', 'users')], 'work', []],
  ['impersonation of a user', [rule('impersonate', 'users', { resourceNames: ['ann'] })], null, ['ann']],
  ['impersonation of any user', [rule('impersonate', 'users')], null, ['*']],
  ['impersonation of groups alone is refused', [rule('impersonate', 'groups')], null, []],
  [
    'impersonation of a group with some account',
    [
      rule('impersonate', 'groups', { resourceNames: ['system:masters'] }),
      rule('impersonate', 'serviceaccounts', { resourceNames: ['b'] }),
    ],
    null,
    [B, sa('far/b'), 'group:system:masters'],
  ],
  [
    'uids and extras, which RBAC does not read',
    [
      rule('impersonate', 'users', { resourceNames: ['ann'] }),
      rule('impersonate', 'uids.authentication.k8s.io,userextras/scopes.authentication.k8s.io'),
    ],
    null,
    ['ann', 'uid:* ?', 'extra:* ?'],
  ],
  ['creating pods', [rule('create', 'pods')], 'work', [B, C]],
  [
    'creating pods by name is never allowed',
    [rule('create', 'pods', { resourceNames: ['b-1'] })],
    'work',
    [],
  ],
  ['creating workloads', [rule('create', 'cronjobs.batch')], 'work', [B, C]],
  ['changing workloads', [rule('patch', 'deployments.apps')], 'work', [`${B} ?`, `${C} ?`]],
  ['changing their scale only', [rule('patch', 'deployments/scale.apps')], 'work', []],
  ['exec into pods that hold a token', [rule('create', 'pods/exec')], 'work', [B]],
  ['exec by GET', [rule('get', 'pods/exec', { resourceNames: ['b-1'] })], 'work', [B]],
  ['exec into a pod without a token', [rule('create', 'pods/exec', { resourceNames: ['c-1'] })], 'work', []],
  ['ephemeral containers', [rule('patch', 'pods/ephemeralcontainers')], null, [B, X]],
  ['the kubelet of one node', [rule('get', 'nodes/proxy', { resourceNames: ['n2'] })], null, [X]],
  ['nodes/proxy in a namespace is nothing', [rule('get', 'nodes/proxy')], 'work', []],
  ['reading Secrets', [rule('list', 'secrets')], 'far', [`${X} ?`]],
  ['making a token Secret and reading it', [rule('create,get', 'secrets')], 'far', [X]],
  ['escalating ClusterRoles needs to write them', [rbac('escalate', 'clusterroles')], null, []],
  ['escalating ClusterRoles', [rbac('escalate,update', 'clusterroles')], null, ['*']],
  ['escalating Roles', [rbac('escalate,patch', 'roles')], 'work', [`${B} ?`, `${C} ?`]],
  [
    'binding any ClusterRole',
    [rbac('bind', 'clusterroles'), rbac('create', 'clusterrolebindings')],
    null,
    ['group:system:masters'],
  ],
  [
    'binding one ClusterRole in a namespace',
    [rbac('bind', 'clusterroles', ['view']), rbac('create', 'rolebindings')],
    'work',
    ['ClusterRole view'],
  ],
  ['writing bindings without bind', [rbac('create,update', 'rolebindings')], 'work', []],
  [
    'certificates for whomever',
    [
      rule('create', 'certificatesigningrequests.certificates.k8s.io'),
      rule('update', 'certificatesigningrequests/approval.certificates.k8s.io'),
      rule('approve', 'signers.certificates.k8s.io', {
        resourceNames: ['kubernetes.io/kube-apiserver-client'],
      }),
    ],
    null,
    ['* ?'],
  ],
  [
    'certificates for kubelets only',
    [
      rule('create', 'certificatesigningrequests.certificates.k8s.io'),
      rule('update', 'certificatesigningrequests/approval.certificates.k8s.io'),
      rule('approve', 'signers.certificates.k8s.io', { resourceNames: ['kubernetes.io/kubelet-serving'] }),
    ],
    null,
    [],
  ],
  [
    'a mutating webhook',
    [rule('create', 'mutatingwebhookconfigurations.admissionregistration.k8s.io')],
    null,
    ['* ?'],
  ],
];

describe('kubernetesEdges', () => {
  it.each(CASES)('%s', (_, rules, namespace, expected) => {
    const found = edgesOf(rules, namespace);
    const shown = found.map(({ to, effect }) => (effect === 'allow' ? to : `${to} ?`));
    expect([...new Set(shown)].filter((to) => !to.endsWith(':default')).sort()).toEqual([...expected].sort());
    for (const { path, conditions, effect } of found) {
      expect(path.length).toBeGreaterThan(2);
      expect(conditions.length > 0).toBe(effect === 'conditional');
    }
  });

  it('says every way of a cluster-admin, each once', () => {
    const all = edgesOf([{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }], null);
    expect(new Set(all.map(({ by }) => by)).size).toBeGreaterThan(12);
    expect(new Set(all.map(({ by, to }) => `${by} ${to}`)).size).toBe(all.length);
    expect(all.filter(({ to }) => to === sa('work/a'))).toEqual([]);
  });

  const admission = (name: string, spec: object, namespace?: string) => ({
    apiVersion: namespace === undefined ? 'constraints.gatekeeper.sh/v1beta1' : 'kyverno.io/v1',
    kind: namespace === undefined ? 'K8sPods' : 'Policy',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec,
  });
  const rules = [{ validate: {}, match: { any: [{ resources: { kinds: ['Pod'] } }] } }];
  const binding = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'b' },
    spec: { policyName: 'never-read', validationActions: ['Deny'] },
  };
  it.each([
    ['a constraint that denies', admission('c', { match: { kinds: [{ kinds: ['Pod'] }] } }), 'K8sPods c'],
    ['a constraint of every kind', admission('c', {}), 'K8sPods c'],
    ['one that only warns', admission('c', { enforcementAction: 'warn' }), null],
    ['one of other kinds', admission('c', { match: { kinds: [{ kinds: ['Namespace'] }] } }), null],
    [
      'a policy of the namespace',
      admission('p', { validationFailureAction: 'Enforce', rules }, 'work'),
      'Policy work/p',
    ],
    ['a policy of another one', admission('p', { validationFailureAction: 'Enforce', rules }, 'far'), null],
    ['a binding to a policy that was not read', binding, 'ValidatingAdmissionPolicyBinding b'],
  ])('a pod has to pass %s', (_, object, expected) => {
    const found = edgesOf([rule('create', 'pods')], 'work', [object]);
    const conditions = expected === null ? [] : [`admission lets the pod through: ${expected}`];
    expect(found.map((one) => one.conditions)).toEqual([conditions, conditions]);
    const tokens = edgesOf([rule('create', 'serviceaccounts/token')], 'work', [object]);
    expect(tokens.flatMap((one) => one.conditions)).toEqual([]);
  });

  it('folds many targets into one edge that counts them', () => {
    const many = Array.from({ length: 400 }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: `m${index}`, namespace: 'work' },
    }));
    const [edge, ...rest] = edgesOf([rule('create', 'serviceaccounts/token')], 'work', many);
    expect(rest).toEqual([]);
    expect(edge).toMatchObject({ to: 'system:serviceaccount:work:*', effect: 'allow' });
    expect(edge!.path.at(-1)!.why).toBe('403 ServiceAccounts of work');
  });
});
