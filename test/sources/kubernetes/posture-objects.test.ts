import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { AgentObject } from '../../../src/model/posture-objects.ts';
import { createEstateBuilder } from '../../../src/sources/kubernetes/estate-builder.ts';
import { readCollections } from '../../../src/sources/kubernetes/live.ts';
import { type ApiObject, type ApiServer, startApiServer } from './api-server.ts';

const FIXTURE = fileURLToPath(new URL('../../../fixtures/kubernetes/posture-objects.yaml', import.meta.url));
const OBJECTS = parseAllDocuments(readFileSync(FIXTURE, 'utf8')).map((one) => one.toJS() as ApiObject);

function estateOf(objects: readonly object[]) {
  const builder = createEstateBuilder(null);
  for (const one of objects) builder.add(one, null);
  const estate = builder.finish({ origin: '', readAt: null, coverage: [] });
  expect(estate.warnings).toEqual([]);
  return estate;
}

let server: ApiServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

describe('admission policies', () => {
  it.each([
    ['no-privileged', false, [], ['deployments.apps', 'pods', 'pods/ephemeralcontainers'], null],
    ['no-privileged-everywhere', true, ['deny', 'audit'], [], 'no-privileged'],
    ['signed-images', false, ['audit', 'mutate'], ['Deployment', 'Pod'], null],
    ['limits', true, ['enforce'], ['Pod'], null],
    ['owner', false, ['dryrun'], ['Namespace'], null],
    ['repos', true, ['deny'], ['*'], null],
  ] as const)('%s', (name, enforced, actions, targets, policy) => {
    const found = estateOf(OBJECTS).admission!.find(({ ref }) => ref.name === name);
    expect(found).toMatchObject({ enforced, actions, targets, policy });
  });
});

describe('objects of operators that run agents', () => {
  it.each<[string, Partial<AgentObject>]>([
    [
      'Agent research',
      {
        operator: 'kagent',
        role: 'agent',
        modelConfig: 'small',
        serviceAccount: 'research',
        tools: [
          { kind: 'RemoteMCPServer', server: 'papers', names: ['search', 'fetch'] },
          { kind: 'Agent', server: 'writer', names: [] },
        ],
      },
    ],
    ['ModelConfig small', { role: 'model-config', provider: 'OpenAI', model: 'gpt-5-mini' }],
    ['RemoteMCPServer papers', { role: 'tool-server', url: 'https://papers.example.org/mcp' }],
    ['ToolServer old', { role: 'tool-server', url: 'http://old.lab.svc:8080/sse' }],
    ['MCPServer files', { operator: 'kagent', image: 'registry.example.org/files:1' }],
    [
      'MCPServer fetch',
      {
        operator: 'toolhive',
        serviceAccount: 'fetcher',
        tools: [{ kind: 'MCPServer', server: 'fetch', names: ['fetch'] }],
      },
    ],
  ])('%s', (name, expected) => {
    const { agents } = estateOf(OBJECTS);
    expect(agents!.find(({ ref }) => `${ref.kind} ${ref.name}` === name)).toMatchObject(expected);
  });

  it('an agent of version v1alpha1 has its model and tools in its spec', () => {
    const spec = { modelConfig: 'm', tools: [{ mcpServer: { toolServer: 'old', toolNames: ['t'] } }] };
    const metadata = { name: 'a', namespace: 'lab' };
    const [agent] = estateOf([{ apiVersion: 'kagent.dev/v1alpha1', kind: 'Agent', metadata, spec }]).agents!;
    expect(agent).toMatchObject({
      modelConfig: 'm',
      tools: [{ kind: 'ToolServer', server: 'old', names: ['t'] }],
    });
  });

  it('keeps no text of prompts and no credential', () => {
    expect(JSON.stringify(estateOf(OBJECTS))).not.toContain('must-not-survive');
  });
});

describe('read from a cluster', () => {
  it('are found by discovery, live as from a file', async () => {
    server = await startApiServer({ objects: OBJECTS });
    const live = await readCollections({ kubeconfig: server.kubeconfig, namespaces: null });
    const exported = estateOf(OBJECTS);
    expect(live.admission).toEqual(exported.admission);
    expect(live.agents).toEqual(exported.agents);
  });

  it('in an older version where only that is served, and not at all where none is', async () => {
    const withoutVersions = ['kagent.dev/v1alpha2', 'kyverno.io/v1', 'constraints.gatekeeper.sh/v1beta1'];
    server = await startApiServer({ objects: [], withoutVersions });
    const { coverage } = await readCollections({ kubeconfig: server.kubeconfig, namespaces: null });
    const status = (name: string) => coverage.find(({ source }) => source === `kubernetes:${name}`)!.status;
    expect(['clusterpolicies', 'constraints', 'remotemcpservers'].map(status)).toEqual(
      Array(3).fill('not-served'),
    );
    const asked = server.requests.map(({ url }) => url.pathname);
    expect(asked).toContain('/apis/kagent.dev/v1alpha1/agents');
    expect(asked).not.toContain('/apis/kagent.dev/v1alpha2/agents');
  });

  it('a 403 on one leaves the others', async () => {
    const faults = { '/apis/kyverno.io/v1/clusterpolicies': { status: 403 } } as const;
    server = await startApiServer({ objects: OBJECTS, faults });
    const estate = await readCollections({ kubeconfig: server.kubeconfig, namespaces: null });
    expect(estate.coverage.filter(({ status }) => status === 'denied')).toMatchObject([
      { source: 'kubernetes:clusterpolicies', resource: 'admission' },
    ]);
    expect(estate.admission!.map(({ ref }) => ref.name)).not.toContain('signed-images');
    expect(estate.admission!.length).toBe(5);
  });
});

describe('securityContext', () => {
  const container = { name: 'c', image: 'i' };
  const podWith = (spec: object) =>
    estateOf([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'p', namespace: 'lab' },
        spec: { containers: [container], ...spec },
      },
    ]).pods[0]!.template;

  it('of the pod, of the container, and the namespaces of the host', () => {
    const template = podWith({
      hostPID: true,
      securityContext: { runAsUser: 0, seccompProfile: { type: 'Unconfined' } },
      containers: [
        {
          ...container,
          securityContext: { privileged: false, capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] } },
        },
      ],
    });
    expect(template).toMatchObject({ hostPID: true, security: { runAsUser: 0, seccomp: 'Unconfined' } });
    expect(template.hostIPC).toBeUndefined();
    expect(template.containers[0]!.security).toEqual({
      privileged: false,
      add: ['NET_ADMIN'],
      drop: ['ALL'],
    });
  });

  it.each([{}, { securityContext: null }, { securityContext: { capabilities: null } }])(
    'that says nothing is absent: %j',
    (spec) => {
      expect(podWith(spec)).not.toHaveProperty('security');
    },
  );
});
