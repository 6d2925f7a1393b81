import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { edgeToCut } from '../../src/match/edge.ts';
import { kubernetesVerdict } from '../../src/match/kubernetes-rule.ts';
import { resourceGap } from '../../src/match/source-coverage.ts';
import type { Capability, ConfiguredPosture } from '../../src/model/configured.ts';
import type { KubernetesEstate } from '../../src/model/kubernetes.ts';
import { resolvePosture } from '../../src/scope/posture.ts';
import { createEstateBuilder } from '../../src/sources/kubernetes/estate-builder.ts';
import { readExports } from '../../src/sources/manifests/read.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/kubernetes', import.meta.url));

let estate: KubernetesEstate;
let posture: ConfiguredPosture;
beforeAll(async () => {
  estate = await readExports([FIXTURES]);
  posture = resolvePosture(estate);
});

function heldBy(ending: string, kind: Capability['kind'], from = posture): Capability[] {
  return from.capabilities.filter((one) => one.holder.id.endsWith(ending) && one.kind === kind);
}

function posturesOf(...objects: object[]): ConfiguredPosture {
  const builder = createEstateBuilder(null);
  for (const object of objects) builder.add(object, 'x.yaml#1');
  const built = builder.finish({ origin: '', readAt: null, coverage: [] });
  expect(built.warnings).toEqual([]);
  return resolvePosture(built);
}

const RBAC = 'rbac.authorization.k8s.io/v1';
const role = (kind: string, name: string, rest: object) => ({
  apiVersion: RBAC,
  kind,
  metadata: { name, ...rest },
});
const pod = (spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'lab', ...metadata },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});

describe('workloads', () => {
  it('are controllers: no ReplicaSet, Job or pod that one of them owns', () => {
    expect(posture.workloads.map(({ id }) => id)).toEqual([
      'k8s:11111111-2222-3333-4444-555555555555/lab/CronJob/nightly',
      'k8s:11111111-2222-3333-4444-555555555555/lab/Deployment/agent',
      'k8s:11111111-2222-3333-4444-555555555555/lab/Pod/host-agent',
    ]);
    expect(posture.workloads[1]).toMatchObject({
      principal: 'system:serviceaccount:lab:agent',
      revision: '7d4b9c',
      egressPolicies: [{ name: 'no-metadata' }, { name: 'baseline' }, { name: 'agent' }],
    });
    expect(posture.workloads[0]).toMatchObject({ schedule: '0 3 * * *' });
  });

  it('of custom resources keep their kind, and their newest revision describes them', () => {
    const owner = [
      { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web', uid: 'u', controller: true },
    ];
    const set = (name: string, created: string, image: string) => ({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name, namespace: 'lab', ownerReferences: owner, creationTimestamp: created },
      spec: { template: { spec: { containers: [{ name: 'c', image }] } } },
    });
    const found = posturesOf(
      set('web-1', '2026-01-01T00:00:00Z', 'old'),
      set('web-2', '2026-02-01T00:00:00Z', 'new'),
    );
    expect(found.workloads).toMatchObject([{ kind: 'Rollout', name: 'web', containers: [{ image: 'new' }] }]);
  });

  it('are told from names where owners were not read', () => {
    const owned = (kind: string, name: string) => ({
      ownerReferences: [{ apiVersion: 'v1', kind, name, uid: 'u', controller: true }],
    });
    const web = pod(
      {},
      { name: 'a', labels: { 'pod-template-hash': '7d4b9c' }, ...owned('ReplicaSet', 'web-7d4b9c') },
    );
    const job = pod({}, { name: 'b', ...owned('Job', 'nightly-29384640') });
    const plain = pod({}, { name: 'c', ...owned('Job', 'import-2024') });
    expect(posturesOf(web, job, plain).workloads.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'CronJob nightly',
      'Deployment web',
      'Job import-2024',
    ]);
  });
});

describe('permissions', () => {
  it('by name are direct, by group and aggregation inherited, each with its path', () => {
    const [group, own] = heldBy(':lab:agent', 'kubernetes-action').toSorted((a, b) =>
      a.origin > b.origin ? -1 : 1,
    );
    expect(own).toMatchObject({ origin: 'direct', summary: 'get configmaps (core) named settings in lab' });
    expect(edgeToCut(own!.path)).toBeNull();
    expect(group).toMatchObject({ origin: 'inherited', allow: [{ namespace: null }] });
    expect(group!.path.map(({ object, inherited }) => [object, inherited])).toEqual([
      ['ServiceAccount lab/agent', false],
      ['Group system:serviceaccounts:lab', true],
      ['ClusterRoleBinding everybody', true],
      ['ClusterRole wide', true],
      ['ClusterRole wide-pods', true],
    ]);
    expect(edgeToCut(group!.path)).toMatchObject({
      object: 'ClusterRoleBinding everybody',
      field: 'subjects[0]',
    });
  });

  it('ignore the rules of an aggregated manifest, and survive aggregation in a circle', () => {
    const selects = (value: string) => ({
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: value } }] },
    });
    const rule = (verb: string) => ({ rules: [{ apiGroups: [''], resources: ['pods'], verbs: [verb] }] });
    const found = posturesOf(
      pod(),
      { ...role('ClusterRole', 'a', { labels: { to: 'b' } }), ...selects('a'), ...rule('stale') },
      { ...role('ClusterRole', 'b', { labels: { to: 'a' } }), ...selects('b'), ...rule('stale') },
      { ...role('ClusterRole', 'leaf', { labels: { to: 'b' } }), ...rule('get') },
      {
        ...role('ClusterRoleBinding', 'x', {}),
        roleRef: { kind: 'ClusterRole', name: 'a' },
        subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'lab' }],
      },
    );
    const [only, ...rest] = heldBy(':lab:default', 'kubernetes-action', found);
    expect(rest).toEqual([]);
    expect(only!.summary).toBe('get pods (core) cluster-wide');
    expect(only!.path.slice(-3).map(({ object }) => object)).toEqual([
      'ClusterRole a',
      'ClusterRole b',
      'ClusterRole leaf',
    ]);
  });

  it('of a role that was not read are unknown, and of one that does not exist none', () => {
    const binding = {
      ...role('RoleBinding', 'x', { namespace: 'lab' }),
      roleRef: { kind: 'ClusterRole', name: 'gone' },
      subjects: [{ kind: 'ServiceAccount', name: 'default' }],
    };
    const unread = heldBy(':lab:default', 'kubernetes-action', posturesOf(pod(), binding));
    expect(unread).toMatchObject([
      { effect: 'conditional', allow: [], summary: 'whatever ClusterRole gone grants' },
    ]);
    const builder = createEstateBuilder(null);
    for (const one of [pod(), binding]) builder.add(one, null);
    const source = {
      source: 'kubernetes:clusterroles',
      resource: 'rbac' as const,
      namespaces: null,
      objects: 0,
    };
    const coverage = [{ ...source, status: 'read' as const, reason: null }];
    const read = resolvePosture(builder.finish({ origin: '', readAt: null, coverage }));
    expect(heldBy(':lab:default', 'kubernetes-action', read)).toEqual([]);
  });

  it('from a binding of another namespace are inherited: the own one does not show them', () => {
    const elsewhere = {
      ...role('RoleBinding', 'x', { namespace: 'prod' }),
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'lab' }],
    };
    const granted = {
      ...role('Role', 'r', { namespace: 'prod' }),
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['*'] }],
    };
    expect(heldBy(':lab:default', 'kubernetes-action', posturesOf(pod(), elsewhere, granted))).toMatchObject([
      { origin: 'inherited', allow: [{ namespace: 'prod' }] },
    ]);
  });
});

describe('verdicts on requests', () => {
  const ask = (verb: string, name: string | null) => ({
    verb,
    namespace: 'lab',
    apiGroup: '',
    resource: 'configmaps',
    subresource: null,
    name,
    path: null,
  });

  it('are unknown, not denied, where RBAC is not fully known', () => {
    const own = heldBy(':lab:agent', 'kubernetes-action');
    expect(kubernetesVerdict(own, ask('get', 'settings'))).toMatchObject({
      verdict: 'allow',
      why: 'allowed by RoleBinding lab/reader subjects[0], Role lab/reader rules[0]',
    });
    expect(kubernetesVerdict(own, ask('list', null)).verdict).toBe('deny');
    const gap = resourceGap(
      [
        {
          source: 'x:roles',
          resource: 'rbac',
          namespaces: null,
          status: 'denied',
          objects: 0,
          reason: '403',
        },
      ],
      'rbac',
      'lab',
    );
    expect(kubernetesVerdict(own, ask('list', null), gap)).toMatchObject({
      verdict: 'unknown',
      why: 'x:roles denied: 403',
    });
    expect(kubernetesVerdict(own, ask('get', 'settings'), gap).verdict).toBe('allow');
  });
});

describe('what is undefined', () => {
  it('is said: cluster policies of equal priority', () => {
    const policy = (name: string, priority: number) => ({
      apiVersion: 'policy.networking.k8s.io/v1alpha1',
      kind: 'AdminNetworkPolicy',
      metadata: { name },
      spec: { priority, subject: { namespaces: {} } },
    });
    expect(posturesOf(pod(), policy('a', 1), policy('b', 1), policy('c', 2)).warnings).toEqual([
      'AdminNetworkPolicy a and AdminNetworkPolicy b share admin priority 1: which of them wins is undefined',
    ]);
  });
});

describe('credentials', () => {
  const account = (automount?: boolean) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: 'lab' },
    ...(automount === undefined ? {} : { automountServiceAccountToken: automount }),
  });
  const tokens = (...objects: object[]) => heldBy('/Pod/p', 'credential-source', posturesOf(...objects));

  it('mount the token unless pod, else ServiceAccount, says no', () => {
    const no = { automountServiceAccountToken: false };
    expect(tokens(pod(), account())).toMatchObject([
      { effect: 'allow', allow: [{ prefix: '/run/secrets/kubernetes.io/serviceaccount/token' }] },
    ]);
    expect(tokens(pod(), account(false))).toEqual([]);
    expect(tokens(pod(no), account(true))).toEqual([]);
    expect(tokens(pod({ automountServiceAccountToken: true }), account(false))).toHaveLength(1);
    expect(tokens(pod())).toMatchObject([{ effect: 'conditional' }]);
  });

  it('show a projected token once, however it is mounted', () => {
    const spec = {
      volumes: [
        { name: 'kube-api-access', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
      ],
      containers: [
        {
          name: 'c',
          image: 'i',
          volumeMounts: [
            { name: 'kube-api-access', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
          ],
        },
      ],
    };
    expect(tokens(pod(spec), account())).toHaveLength(1);
  });

  it('are Secret mounts with a path, Secrets in the environment without one, tokens for other audiences', () => {
    expect(heldBy('/Deployment/agent', 'secret-read').map(({ summary }) => summary)).toEqual([
      'Secret lab/llm-key mounted at /etc/key in agent',
      'Secret lab/extra mounted at /var/run/secrets/cloud in agent',
    ]);
    const sources = heldBy('/Deployment/agent', 'credential-source');
    expect(sources.map(({ summary, effect }) => [summary, effect])).toEqual([
      [
        'token of ServiceAccount lab/agent for audience sts.amazonaws.com mounted at /var/run/secrets/cloud in agent',
        'allow',
      ],
      ['Secret lab/llm-key as environment OPENAI_API_KEY of agent', 'conditional'],
      ['token of ServiceAccount lab/agent mounted at /var/run/secrets/kubernetes.io/serviceaccount', 'allow'],
    ]);
    expect(sources[0]!.allow).toEqual([{ type: 'path', prefix: '/run/secrets/cloud/token' }]);
    expect(sources[0]!.path[0]!.field).toBe('spec.template.spec.volumes[2]');
  });
});

describe('declared artifacts', () => {
  it('come from annotations, arguments, environment and BOM, each with where it is declared', () => {
    const agent = posture.workloads.find(({ name }) => name === 'agent')!;
    expect(
      agent.declared.map(({ kind, name, version, where }) => [kind, name, version, where.field]),
    ).toEqual([
      ['framework', 'langchain', '0.3.27', 'metadata.annotations["ai-spm.dev/frameworks"]'],
      ['framework', '@modelcontextprotocol/sdk', '1.32.2', 'metadata.annotations["ai-spm.dev/frameworks"]'],
      ['adapter', 'sql', null, 'containers[agent].args'],
      ['model', 'org/base-model', null, 'containers[agent].args'],
      ['model', 'org/second-model', 'main', 'containers[agent].env[HF_MODEL_ID]'],
      ['model', 'https://models.example/m', null, 'containers[agent].env[MODEL_URI]'],
      ['library', 'numpy', '2.4.0', 'components[0]'],
      ['framework', '@langchain/core', '1.2.13', 'components[1]'],
      ['model', 'org/base-model', 'main', 'components[2]'],
      ['library', 'left-pad', '1.3.0', 'components[3].components[0]'],
    ]);
    expect(agent.declares).toEqual({ model: true, framework: true, library: true });
  });

  it('are not said to be declared where nothing says so, and an empty annotation says: none', () => {
    expect(posturesOf(pod()).workloads[0]!.declares).toEqual({
      model: false,
      framework: false,
      library: false,
    });
    const none = posturesOf(pod({}, { annotations: { 'ai-spm.dev/models': '' } }));
    expect(none.workloads[0]!.declares).toEqual({ model: true, framework: false, library: false });
    const nightly = posture.workloads.find(({ name }) => name === 'nightly')!;
    expect(nightly.declared).toMatchObject([{ kind: 'model', name: 'nightly.gguf' }]);
  });
});

describe('size', () => {
  it('resolves 10,000 bindings and 2,000 ServiceAccounts', () => {
    const builder = createEstateBuilder(null);
    const rule = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
    for (let index = 0; index < 2000; index++) {
      const namespace = `n${index % 100}`;
      builder.add(pod({ serviceAccountName: `s${index}` }, { name: `p${index}`, namespace }), null);
    }
    for (let index = 0; index < 10_000; index++) {
      const namespace = `n${index % 100}`;
      const subjects = [{ kind: 'ServiceAccount', name: `s${index % 2000}` }];
      const roleRef = { kind: 'Role', name: `r${index}` };
      builder.add({ ...role('RoleBinding', `b${index}`, { namespace }), subjects, roleRef }, null);
      builder.add({ ...role('Role', `r${index}`, { namespace }), rules: rule }, null);
    }
    const built = builder.finish({ origin: '', readAt: null, coverage: [] });
    const { capabilities } = resolvePosture(built);
    expect(capabilities.filter(({ kind }) => kind === 'kubernetes-action')).toHaveLength(10_000);
  });
});
