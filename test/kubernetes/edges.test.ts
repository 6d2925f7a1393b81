import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IdentityEdge } from '../../src/model/configured.ts';
import type { KubernetesEstate } from '../../src/model/kubernetes.ts';
import { serviceAccountPrincipal } from '../../src/model/workload.ts';
import { kubernetesEdges } from '../../src/scope/rbac-edges.ts';
import { indexIdentities } from '../../src/scope/rbac-identities.ts';
import { readCollections } from '../../src/sources/kubernetes/live.ts';
import { type ApiObject, apply } from './apply.ts';
import { CAN_RUN, type Caller, type Cluster, startCluster } from './cluster.ts';
import { capabilitiesIn, tokenOf } from './review.ts';
import { numbers } from './states.ts';

const RBAC = 'rbac.authorization.k8s.io';
const TARGETS = [
  ['work', 'b'],
  ['work', 'c'],
  ['far', 'x'],
] as const;
const PRINCIPALS = Array.from({ length: 24 }, (_, index) => `p${index}`);

type Rule = { verbs: string[]; apiGroups: string[]; resources: string[]; resourceNames?: string[] };
const rule = (verbs: string, apiGroup: string, resource: string, ...resourceNames: string[]): Rule => ({
  verbs: verbs.split(','),
  apiGroups: [apiGroup],
  resources: [resource],
  ...(resourceNames.length > 0 ? { resourceNames } : {}),
});
/** What a principal may be given; each is given some. */
const RULES: readonly Rule[] = [
  rule('create', '', 'serviceaccounts/token'),
  rule('create', '', 'serviceaccounts/token', 'c'),
  rule('create', '', 'serviceaccounts'),
  rule('impersonate', '', 'serviceaccounts'),
  rule('impersonate', '', 'serviceaccounts', 'b', 'x'),
  rule('impersonate', '', 'users'),
  rule('impersonate', '', 'users', 'ann'),
  rule('impersonate', '', 'groups'),
  rule('create', '', 'pods'),
  rule('create', '', 'pods', 'trial'),
  rule('get,list', '', 'pods'),
  rule('create', 'apps', 'deployments'),
  rule('update,patch', RBAC, 'clusterroles'),
  rule('escalate,patch', RBAC, 'clusterroles'),
  rule('escalate,update,patch', RBAC, '*'),
  rule('bind', RBAC, 'clusterroles'),
  rule('bind', RBAC, 'clusterroles', 'view'),
  rule('create', RBAC, 'clusterrolebindings'),
  rule('create', RBAC, 'rolebindings'),
  rule('*', RBAC, 'rolebindings'),
];

/** Each principal by a Role in `work`, a ClusterRole bound there, or one bound everywhere. */
function objectsFor(name: string, next: () => number): ApiObject[] {
  const rules = RULES.filter(() => next() < 0.22);
  const wide = next() < 0.6;
  const apiVersion = `${RBAC}/v1`;
  const subjects = [{ kind: 'ServiceAccount', name, namespace: 'work' }];
  const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name };
  const metadata = wide ? { name } : { name, namespace: 'work' };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'work' } },
    { apiVersion, kind: 'ClusterRole', metadata: { name }, rules },
    { apiVersion, kind: wide ? 'ClusterRoleBinding' : 'RoleBinding', metadata, roleRef, subjects },
  ];
}

let cluster: Cluster;
let live: KubernetesEstate;

async function succeeds(method: string, path: string, body: unknown, as: Caller): Promise<boolean> {
  const { status, body: answer } = await cluster.send(method, path, body, as);
  if (status !== 403 && status > 299)
    throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
  return status !== 403;
}

const WHOAMI = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
const whoAmI = (as: Caller) =>
  succeeds('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', WHOAMI, as);

function tokenFor(namespace: string, name: string, as: Caller): Promise<boolean> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [] } };
  return succeeds('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, body, as);
}

/** Itself, or as the template of a workload. */
async function podAs(namespace: string, serviceAccountName: string, as: Caller): Promise<boolean> {
  const spec = { serviceAccountName, containers: [{ name: 'c', image: 'i' }] };
  const metadata = { name: 'trial', labels: { app: 'trial' } };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec };
  const selector = { matchLabels: metadata.labels };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { selector, template: { metadata, spec } },
  };
  const direct = await succeeds('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod, as);
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments?dryRun=All`;
  return direct || succeeds('POST', path, deployment, as);
}

const SUBJECTS = [{ kind: 'User', apiGroup: RBAC, name: 'ann' }];

function bindingTo(role: string, namespace: string | null, as: Caller): Promise<boolean> {
  const kind = namespace === null ? 'ClusterRoleBinding' : 'RoleBinding';
  const where = namespace === null ? '' : `namespaces/${namespace}/`;
  const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: role };
  const body = { apiVersion: `${RBAC}/v1`, kind, metadata: { name: 'trial' }, roleRef, subjects: SUBJECTS };
  return succeeds('POST', `/apis/${RBAC}/v1/${where}${kind.toLowerCase()}s?dryRun=All`, body, as);
}

function joining(binding: string, as: Caller): Promise<boolean> {
  const path = `/apis/${RBAC}/v1/clusterrolebindings/${binding}?dryRun=All`;
  return succeeds('PATCH', path, { subjects: SUBJECTS }, as);
}

function widening(role: string, as: Caller): Promise<boolean> {
  const body = { rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] };
  return succeeds('PATCH', `/apis/${RBAC}/v1/clusterroles/${role}?dryRun=All`, body, as);
}

/** Whether an edge of that kind leads to the target, itself or by a pattern. */
function leads(edges: readonly IdentityEdge[], by: string, to: string): boolean {
  return edges.some(
    (edge) =>
      edge.by === by && (edge.to === to || (edge.to.endsWith('*') && to.startsWith(edge.to.slice(0, -1)))),
  );
}

describe.skipIf(!CAN_RUN)('identities that can be taken in a real cluster', () => {
  beforeAll(async () => {
    cluster = await startCluster();
    const next = numbers(7);
    const namespaces = ['work', 'far'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    }));
    const accounts = TARGETS.map(([namespace, name]) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace },
    }));
    await apply(cluster, [...namespaces, ...accounts, ...PRINCIPALS.flatMap((one) => objectsFor(one, next))]);
    live = await readCollections({ kubeconfig: cluster.kubeconfig(), namespaces: null });
  });
  afterAll(() => cluster?.close());

  it('are those that kubernetesEdges names, and no others', async () => {
    const identities = indexIdentities(live);
    let taken = 0;
    for (const name of PRINCIPALS) {
      const user = serviceAccountPrincipal('work', name);
      const edges = kubernetesEdges(user, capabilitiesIn(live)({ user }), identities);
      const token = await tokenOf(cluster, 'work', name);
      const tried: Record<string, [ours: boolean, theirs: boolean]> = {};
      for (const [namespace, account] of TARGETS) {
        const to = serviceAccountPrincipal(namespace, account);
        const ours = (by: string) => leads(edges, by, to);
        const masters = leads(edges, 'impersonate groups', 'group:system:masters');
        const asTarget = { token, user: to };
        tried[`token ${to}`] = [
          ours('create serviceaccounts/token'),
          await tokenFor(namespace, account, { token }),
        ];
        tried[`as ${to}`] = [ours('impersonate serviceaccounts'), await whoAmI(asTarget)];
        tried[`as ${to} and masters`] = [
          masters && ours('impersonate serviceaccounts'),
          await whoAmI({ ...asTarget, groups: ['system:masters'] }),
        ];
        tried[`pod ${to}`] = [ours('create pods'), await podAs(namespace, account, { token })];
      }
      tried.ann = [leads(edges, 'impersonate users', 'ann'), await whoAmI({ token, user: 'ann' })];
      tried.widen = [leads(edges, 'escalate clusterroles', '*'), await widening('view', { token })];
      tried['bind everywhere'] = [
        leads(edges, 'bind clusterroles', 'group:system:masters'),
        (await bindingTo('cluster-admin', null, { token })) || (await joining('cluster-admin', { token })),
      ];
      tried['bind in work'] = [
        leads(edges, 'bind roles', 'system:serviceaccount:work:b'),
        await bindingTo('cluster-admin', 'work', { token }),
      ];
      const wrong = Object.entries(tried).filter(([, [ours, theirs]]) => ours !== theirs);
      expect(wrong.map(([what, [ours]]) => `${name}: ${what}: we say ${ours}`)).toEqual([]);
      taken += Object.values(tried).filter(([, theirs]) => theirs).length;
    }
    expect(taken).toBeGreaterThan(40);
  });
});
