import { describe, expect, it } from 'vitest';
import { kubernetesVerdict } from '../../src/match/kubernetes-rule.ts';
import { answerQuery } from '../../src/scope/answer.ts';
import { indexBindings, userCapabilities } from '../../src/scope/rbac.ts';
import { authorizersFor, unmodelledAuthorizers } from '../../src/scope/rbac-authorizers.ts';
import { indexRoles } from '../../src/scope/rbac-roles.ts';
import { resolveEstate } from '../../src/scope/resolve.ts';
import { createEstateBuilder } from '../../src/sources/kubernetes/estate-builder.ts';

const RBAC = 'rbac.authorization.k8s.io';
const REQUEST = {
  verb: 'delete',
  namespace: 'work',
  apiGroup: '',
  resource: 'pods',
  subresource: null,
  name: 'p',
  path: null,
};

function estateWith(extra: readonly object[] = []) {
  const builder = createEstateBuilder(null);
  const rules = [{ verbs: ['delete'], apiGroups: [''], resources: ['pods'] }];
  const subjects = [
    { kind: 'Group', name: 'team' },
    { kind: 'User', name: 'system:serviceaccount:work:a' },
    { kind: 'Group', name: 'system:serviceaccounts:far' },
  ];
  const apiVersion = `${RBAC}/v1`;
  for (const one of [
    { apiVersion, kind: 'ClusterRole', metadata: { name: 'r' }, rules },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'r' },
      roleRef: { kind: 'ClusterRole', name: 'r' },
      subjects,
    },
    ...extra,
  ])
    builder.add(one, null);
  return builder.finish({ origin: '', readAt: null, coverage: [] });
}

function ask(user: string, groups?: string[], extra: readonly object[] = []) {
  const estate = estateWith(extra);
  const asked = { user, ...(groups ? { groups } : {}) };
  const capabilities = userCapabilities(
    asked,
    indexBindings(estate.roleBindings),
    indexRoles(estate.roles),
    () => null,
    authorizersFor(estate, asked),
  );
  return kubernetesVerdict(capabilities, REQUEST);
}

const node = (labels: Record<string, string>, providerID?: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1', labels },
  spec: { providerID },
});
const EKS = node({ 'eks.amazonaws.com/nodegroup': 'g' }, 'aws:///eu-central-1a/i-0');

describe('userCapabilities', () => {
  it.each([
    ['a user by a group that is given', 'ann', ['team'], 'allow'],
    ['a user without groups', 'ann', undefined, 'deny'],
    ['a ServiceAccount as user', 'system:serviceaccount:work:a', undefined, 'allow'],
    ['a ServiceAccount by its implicit group', 'system:serviceaccount:far:x', undefined, 'allow'],
    ['a ServiceAccount with other groups has only those', 'system:serviceaccount:far:x', ['other'], 'deny'],
    ['a name that is none', 'system:serviceaccount:far:x:y', undefined, 'deny'],
    ['system:masters, which bypasses RBAC', 'root', ['system:masters'], 'allow'],
    ['a kubelet, whom another authorizer knows', 'system:node:n1', ['system:nodes'], 'unknown'],
    ['a user of that name without the group', 'system:node:n1', [], 'deny'],
  ] as const)('%s', (_, user, groups, expected) => {
    expect(ask(user, groups ? [...groups] : undefined).verdict).toBe(expected);
  });

  it('names the bypass and the groups in the path', () => {
    expect(ask('root', ['system:masters']).decidedBy).toMatchObject({
      summary: 'everything: system:masters bypasses RBAC',
      origin: 'inherited',
    });
    expect(ask('ann', ['team']).decidedBy!.path.map(({ object }) => object)).toEqual([
      'User ann',
      'Group team',
      'ClusterRoleBinding r',
      'ClusterRole r',
    ]);
  });

  it('leaves to the authorizer of a managed cluster whom only it may know', () => {
    const { verdict, why } = ask('ann', [], [EKS]);
    expect([verdict, why]).toEqual(['unknown', expect.stringContaining('EKS access entries')]);
    expect(ask('system:serviceaccount:far:x', ['other'], [EKS]).verdict).toBe('deny');
    expect(ask('ann', ['team'], [EKS]).verdict).toBe('allow');
  });

  it.each([
    [EKS, ['EKS']],
    [node({ 'cloud.google.com/gke-nodepool': 'p' }, 'gce://p/z/n'), ['GKE']],
    [node({ 'kubernetes.azure.com/cluster': 'c' }), ['Azure RBAC']],
    [node({ 'eks.amazonaws.com/nodeclass': 'default' }, 'aws:///eu-central-1a/i-0'), ['EKS']],
    [node({ 'alpha.eksctl.io/cluster-name': 'prod' }), ['EKS']],
    [node({}, 'aws:///eu-central-1a/i-0'), []],
    [node({ 'eks.amazonaws.com/nodegroup': 'copied' }, 'gce://p/z/n'), []],
  ])('knows a managed cluster by its nodes: %#', (one, expected) => {
    const found = unmodelledAuthorizers(estateWith([one]));
    expect(found.length).toBe(expected.length);
    for (const [index, text] of expected.entries()) expect(found[index]).toContain(text);
  });

  const bare = node({}, 'aws:///eu-central-1a/i-0');
  const kubelet = (kubeletVersion: string, providerID: string) => ({
    ...node({}, providerID),
    status: { nodeInfo: { kubeletVersion } },
  });
  const scaleSet = (group: string, set: string) =>
    `azure:///subscriptions/s/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachineScaleSets/${set}/virtualMachines/0`;
  const named = (kind: string, name: string) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata: { name },
    roleRef: { kind: 'ClusterRole', name: 'x' },
  });
  const daemons = (name: string, namespace = 'kube-system') => ({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace },
    spec: { selector: {}, template: { spec: { containers: [] } } },
  });
  it.each([
    ['the build of its kubelets', [kubelet('v1.34.1-eks-113cf36', 'aws:///a/i-0')], 'EKS', 'node n1'],
    ['a kubelet of nobody', [kubelet('v1.34.1', 'aws:///a/i-0')], null, ''],
    ['a kubelet of GKE', [kubelet('v1.33.5-gke.1308000', 'gce://p/z/n')], 'GKE', 'node n1'],
    ['what the service makes', [bare, named('ClusterRole', 'eks:addon-manager')], 'EKS', 'eks:addon-manager'],
    [
      'the same where no node was read',
      [named('ClusterRole', 'eks:addon-manager')],
      'EKS',
      'eks:addon-manager',
    ],
    [
      'a copy of it elsewhere',
      [node({}, 'gce://p/z/n'), named('ClusterRole', 'eks:addon-manager')],
      null,
      '',
    ],
    ['what runs in kube-system', [bare, daemons('aws-node')], 'EKS', 'DaemonSet kube-system/aws-node'],
    ['what runs there on no node of AWS', [daemons('aws-node')], null, ''],
    ['what runs elsewhere', [bare, daemons('aws-node', 'tools')], null, ''],
    ['how AKS calls its machines', [node({}, scaleSet('own', 'aks-pool-1-vmss'))], 'Azure RBAC', 'node n1'],
    ['the group of the nodes of AKS', [node({}, scaleSet('mc_a_b_eu', 'x'))], 'Azure RBAC', 'node n1'],
    ['machines of Azure alone', [node({}, scaleSet('own', 'workers'))], null, ''],
    [
      'a binding of AKS',
      [named('ClusterRoleBinding', 'aks-cluster-admin-binding')],
      'Azure RBAC',
      'aks-cluster',
    ],
  ] as const)('knows it without any label: %s', (_, objects, authority, by) => {
    const found = unmodelledAuthorizers(estateWith([...objects]));
    expect(found).toEqual(authority === null ? [] : [expect.stringContaining(authority)]);
    expect(found[0] ?? '').toContain(by);
  });
});

describe('a ServiceAccount that nothing was read of', () => {
  const reasonWith = (status: 'read' | 'denied') => {
    const row = { namespaces: null, status, objects: 0, reason: null };
    const resource = 'serviceaccounts' as const;
    const coverage = [{ ...row, source: 'kubernetes:serviceaccounts', resource }];
    const kubernetes = { ...estateWith(), origin: 'the cluster', coverage };
    const resolved = resolveEstate({ kubernetes, aws: null, gcp: null, azure: null, databases: null });
    const { namespace, verb, resource: pods } = { ...REQUEST };
    const action = { kind: 'kubernetes-action' as const, verb, resource: pods, namespace };
    return answerQuery(resolved, { subject: { serviceAccount: 'work/a' }, action }).reason;
  };

  it('is said not to be there only where all of its namespace were read', () => {
    expect(reasonWith('read')).toContain('the cluster has no ServiceAccount work/a');
    expect(reasonWith('denied')).not.toContain('has no ServiceAccount');
  });
});
