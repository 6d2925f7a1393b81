import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EXIT } from '../../../src/errors.ts';
import type { KubernetesEstate, SourceCoverage } from '../../../src/model/kubernetes.ts';
import { resolvePosture } from '../../../src/scope/posture.ts';
import { type LiveOptions, readCluster } from '../../../src/sources/kubernetes/live.ts';
import { readExports } from '../../../src/sources/manifests/read.ts';
import { createExportWriter } from '../../../src/sources/manifests/save.ts';
import { type ApiObject, type ApiServer, type ServerOptions, startApiServer } from './api-server.ts';

const FIXTURE = fileURLToPath(new URL('../../../fixtures/kubernetes/cluster.yaml', import.meta.url));
const SETTINGS: (ApiObject & { data: Record<string, string> })[] = [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cilium-config', namespace: 'kube-system' },
    data: { 'policy-cidr-match-mode': 'nodes', 'hubble-tls-key': 'must-not-survive' },
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'istio', namespace: 'istio-system' },
    data: { mesh: 'trustDomain: example.org\nca: must-not-survive\n', meshNetworks: 'must-not-survive' },
  },
];
const OBJECTS = [...(parse(readFileSync(FIXTURE, 'utf8')) as { items: ApiObject[] }).items, ...SETTINGS];
const PODS = '/api/v1/pods';

let server: ApiServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function read(
  options: Omit<ServerOptions, 'objects'> & { objects?: readonly ApiObject[] } = {},
  live: Partial<LiveOptions> = {},
): Promise<KubernetesEstate> {
  server = await startApiServer({ objects: OBJECTS, ...options });
  return readCluster({ kubeconfig: server.kubeconfig, namespaces: null, ...live });
}

function coverageOf(estate: KubernetesEstate, name: string): SourceCoverage {
  return estate.coverage.find(({ source }) => source === `kubernetes:${name}`)!;
}

/** Where it was read may differ, and what the reader is called; nothing else. */
function withoutPlace(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, one) =>
      key === 'location' || key === 'origin' || key === 'readAt' ? null : one,
    ),
  );
}

function manyPods(count: number): ApiObject[] {
  return Array.from({ length: count }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `bulk-${index}`, namespace: 'lab', uid: `uid-${index}` },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  }));
}

describe('readCluster', () => {
  it('gives the same estate and posture as an export of the same objects', async () => {
    const objects = [...OBJECTS, ...manyPods(1203)];
    const live = await read({ objects });
    const directory = mkdtempSync(join(tmpdir(), 'ai-spm-export-'));
    writeFileSync(
      join(directory, 'all.json'),
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    );
    const exported = await readExports([directory]);
    rmSync(directory, { recursive: true });
    const { coverage: _, boms: __, ...rest } = exported;
    const { coverage, ...liveRest } = live;
    expect(withoutPlace(liveRest)).toEqual(withoutPlace(rest));
    expect(live.pods.length).toBe(1205);
    expect(
      coverage.every(
        ({ status, resource }) => status === 'read' || resource === 'secrets' || resource === 'configmaps',
      ),
    ).toBe(true);
    const [a, b] = [resolvePosture(live), resolvePosture({ ...exported, boms: [] })];
    expect(withoutPlace(a.capabilities)).toEqual(withoutPlace(b.capabilities));
    expect(withoutPlace(a.workloads)).toEqual(withoutPlace(b.workloads));
  });

  it('saves what it read as exports that give the same estate, without a secret', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'ai-spm-saved-'));
    const writer = await createExportWriter(directory);
    const withoutVersions = ['policy.networking.k8s.io/v1alpha2'];
    const live = await read({ withoutVersions }, { observer: writer });
    const files = await writer.finish();
    expect(files.filter((name) => name.startsWith('secrets') || name.startsWith('configmaps'))).toEqual([]);
    expect(files.map((name) => readFileSync(join(directory, name), 'utf8')).join()).not.toContain(
      'must-not-survive',
    );
    const saved = await readExports([directory]);
    const { coverage: a, boms: _, ...savedRest } = saved;
    const { coverage: b, ...liveRest } = live;
    expect(withoutPlace(savedRest)).toEqual(withoutPlace(liveRest));
    const statuses = (rows: readonly SourceCoverage[]) =>
      rows.map(({ source, status, objects }) => [source.replace(/^\w+:/, ''), status, objects]);
    expect(statuses(a)).toEqual(statuses(b));
    await expect(createExportWriter(directory)).rejects.toMatchObject({ message: `${directory}: not empty` });
    rmSync(directory, { recursive: true });
  });

  it('pages, only reads, and never asks for Secrets', async () => {
    await read({ objects: [...OBJECTS, ...manyPods(1203)] });
    const pages = server!.requests.filter(({ url }) => url.pathname === PODS);
    expect(pages.map(({ url }) => url.searchParams.get('continue'))).toEqual([null, '500', '1000']);
    expect(pages.every(({ url }) => url.searchParams.get('limit') === '500')).toBe(true);
    expect(new Set(server!.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
    expect(server!.requests.filter(({ url }) => /secrets|configmaps$/.test(url.pathname))).toEqual([]);
  });

  it('reads the settings of the network by name, and says of those that it may not read', async () => {
    const [cilium, istio] = ['kube-system/configmaps/cilium-config', 'istio-system/configmaps/istio'].map(
      (path) => `/api/v1/namespaces/${path}`,
    ) as [string, string];
    const asked = () =>
      server!.requests.map(({ url }) => url.pathname).filter((path) => path.includes('/configmaps'));
    const estate = await read();
    expect(asked().sort()).toEqual([istio, cilium]);
    expect(estate.cilium).toMatchObject({ cidrMatchesNodes: true, ref: { name: 'cilium-config' } });
    expect(estate.mesh?.settings).toMatchObject({ trustDomain: 'example.org' });
    await server!.close();
    const refused = await read({ faults: { [cilium]: { status: 403 }, [istio]: { status: 404 } } });
    expect(coverageOf(refused, 'cilium-config')).toMatchObject({ status: 'denied', objects: 0 });
    expect(coverageOf(refused, 'istio-config')).toMatchObject({
      status: 'absent',
      reason: 'the cluster has no ConfigMap istio-system/istio: defaults are assumed',
    });
    await server!.close();
    const garbled = await read({ faults: { [cilium]: { status: 'garbage' }, [istio]: { status: 500 } } });
    expect(coverageOf(garbled, 'cilium-config').status).toBe('failed');
    expect(coverageOf(garbled, 'istio-config').status).toBe('failed');
  });

  it('reads the settings of a mesh where its control plane does', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'istiod', namespace: 'mesh', labels: { app: 'istiod', 'istio.io/rev': 'canary' } },
      spec: { containers: [{ name: 'discovery', image: 'pilot' }] },
    };
    const estate = await read({ objects: [...OBJECTS, pod] });
    const asked = server!.requests
      .map(({ url }) => url.pathname)
      .filter((path) => path.includes('/configmaps'));
    expect(asked).toContain('/api/v1/namespaces/mesh/configmaps/istio-canary');
    expect(asked).not.toContain('/api/v1/namespaces/istio-system/configmaps/istio');
    expect(coverageOf(estate, 'istio-config').reason).toContain('mesh/istio-canary');
  });

  it('asks for no settings of what the cluster does not run', async () => {
    const withoutVersions = ['cilium.io/v2', 'security.istio.io/v1beta1', 'networking.istio.io/v1beta1'];
    const estate = await read({ withoutVersions });
    expect(server!.requests.filter(({ url }) => url.pathname.includes('/configmaps'))).toEqual([]);
    expect(estate.coverage.filter(({ resource }) => resource === 'network-settings')).toEqual([]);
  });

  it('survives a 403 on one resource and says what was denied', async () => {
    const denied = '/apis/networking.k8s.io/v1';
    const faults = {
      [`${denied}/networkpolicies`]: { status: 403 },
      [`${denied}/namespaces/lab/networkpolicies`]: { status: 403 },
    };
    const estate = await read({ faults });
    expect(coverageOf(estate, 'networkpolicies')).toMatchObject({ status: 'denied', objects: 0 });
    expect(coverageOf(estate, 'networkpolicies').reason).toContain('is forbidden');
    const agent = resolvePosture(estate).capabilities.find(
      ({ kind, holder }) => kind === 'egress' && holder.id.endsWith('/Deployment/agent'),
    );
    const open = resolvePosture(estate).capabilities.filter(
      ({ allow, holder }) =>
        holder.id.endsWith('/Deployment/agent') &&
        allow.some((one) => one.type === 'network' && one.tier === 'default'),
    );
    expect(agent).toBeDefined();
    expect(open).toMatchObject([{ effect: 'conditional' }]);
    expect(open[0]!.conditions[0]).toContain('denied');
  });

  it('reads one namespace without any cluster-wide right', async () => {
    const clusterWide = ['namespaces', 'nodes'].map((name) => `/api/v1/${name}`);
    const rbac = ['clusterroles', 'clusterrolebindings'].map(
      (name) => `/apis/rbac.authorization.k8s.io/v1/${name}`,
    );
    const faults = Object.fromEntries(
      ['/apis', ...clusterWide, ...rbac].map((path) => [path, { status: 403 } as const]),
    );
    const estate = await read({ faults }, { namespaces: ['lab'] });
    expect(estate.workloads.map(({ ref }) => ref.name)).toContain('agent');
    expect(coverageOf(estate, 'networkpolicies')).toMatchObject({ status: 'read', namespaces: ['lab'] });
    expect(coverageOf(estate, 'namespaces')).toMatchObject({ status: 'read', namespaces: ['lab'] });
    expect(coverageOf(estate, 'clusterroles')).toMatchObject({ status: 'denied' });
    expect(estate.cluster).toBeNull();
    const allowed = server!.requests.filter(({ url }) => !(url.pathname in faults));
    expect(
      allowed.filter(
        ({ url }) =>
          !/\/namespaces\/lab|configmaps\/(cilium-config|istio)$|policy\.networking|clusterwide|admissionregistration|kyverno|gatekeeper/.test(
            url.pathname,
          ),
      ),
    ).toEqual([]);
  });

  it('falls back to the namespace of the context where cluster-wide lists are denied', async () => {
    const estate = await read({ faults: { [PODS]: { status: 403 } } });
    expect(coverageOf(estate, 'pods')).toMatchObject({ status: 'read', namespaces: ['lab'], objects: 2 });
  });

  it('asks again after 429 and 500, and says so of what stays broken', async () => {
    const faults = {
      [PODS]: { status: 429, times: 2, retryAfter: 0.01 },
      '/api/v1/services': { status: 500, times: 1 },
      '/api/v1/nodes': { status: 500 },
    };
    const estate = await read({ faults });
    expect(coverageOf(estate, 'pods')).toMatchObject({ status: 'read', objects: 2 });
    expect(coverageOf(estate, 'services')).toMatchObject({ status: 'read', objects: 1 });
    expect(coverageOf(estate, 'nodes')).toMatchObject({ status: 'failed', objects: 0 });
    expect(coverageOf(estate, 'nodes').reason).toContain('500');
  });

  it('takes an API that is not served as an answer, and a hanging one as a gap', async () => {
    const withoutVersions = ['policy.networking.k8s.io/v1alpha1'];
    const faults = {
      '/api/v1/nodes': { status: 'hang' as const },
      '/api/v1/services': { status: 'garbage' as const },
    };
    const estate = await read({ withoutVersions, faults }, { requestTimeoutMs: 300 });
    expect(coverageOf(estate, 'adminnetworkpolicies').status).toBe('not-served');
    expect(coverageOf(estate, 'nodes')).toMatchObject({ status: 'failed' });
    expect(coverageOf(estate, 'services')).toMatchObject({ status: 'failed' });
    expect(coverageOf(estate, 'pods').status).toBe('read');
  });

  it('marks a collection with an unreadable object as failed', async () => {
    const broken = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'x', namespace: 'lab' },
      spec: { podSelector: { matchExpressions: [{ key: 'a', operator: 'Near', values: [] }] } },
    };
    const estate = await read({ objects: [...OBJECTS, broken] });
    expect(coverageOf(estate, 'networkpolicies')).toMatchObject({ status: 'failed', objects: 1 });
    expect(estate.warnings.join()).toContain(
      'NetworkPolicy lab/x: spec.podSelector.matchExpressions.0.operator',
    );
  });
});

describe('readCluster without an answer', () => {
  it('explains a refused credential', async () => {
    server = await startApiServer({ objects: OBJECTS, token: 'right' });
    const wrong = readFileSync(server.kubeconfig, 'utf8').replace('"right"', '"wrong"');
    writeFileSync(server.kubeconfig, wrong);
    await expect(readCluster({ kubeconfig: server.kubeconfig, namespaces: null })).rejects.toMatchObject({
      exitCode: EXIT.failed,
      message: expect.stringContaining('context test were refused'),
      hint: expect.stringContaining('expired'),
    });
  });

  it('explains a certificate that is not trusted', async () => {
    await expect(read({ untrusted: true })).rejects.toMatchObject({
      exitCode: EXIT.failed,
      message: expect.stringMatching(/cannot be reached: DEPTH_ZERO_SELF_SIGNED_CERT/),
      hint: expect.stringContaining('certificate-authority'),
    });
  });

  it('explains a server that is not there, one that hangs, and a context that does not exist', async () => {
    const { kubeconfig, close } = await startApiServer({
      objects: [],
      faults: { '/apis': { status: 'hang' } },
    });
    const options = { kubeconfig, namespaces: null };
    await expect(readCluster({ ...options, deadlineMs: 300 })).rejects.toMatchObject({
      exitCode: EXIT.failed,
      message: expect.stringContaining('timeout'),
    });
    await expect(readCluster({ ...options, context: 'other' })).rejects.toMatchObject({
      exitCode: EXIT.usage,
      hint: expect.stringContaining('test'),
    });
    const kept = readFileSync(kubeconfig);
    await close();
    const directory = mkdtempSync(join(tmpdir(), 'ai-spm-gone-'));
    const copy = join(directory, 'kubeconfig');
    writeFileSync(copy, kept);
    await expect(readCluster({ kubeconfig: copy, namespaces: null })).rejects.toMatchObject({
      exitCode: EXIT.failed,
      message: expect.stringContaining('ECONNREFUSED'),
      hint: expect.stringContaining('kubectl --context test'),
    });
    rmSync(directory, { recursive: true });
  });

  it('says that there is no cluster, instead of asking a made-up one', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'ai-spm-home-'));
    const { HOME, KUBECONFIG } = process.env;
    process.env.HOME = directory;
    delete process.env.KUBECONFIG;
    await expect(readCluster({ namespaces: null }))
      .rejects.toMatchObject({
        exitCode: EXIT.usage,
        message: 'no cluster to read: no kubeconfig, and not inside a pod',
      })
      .finally(() => Object.assign(process.env, { HOME }, KUBECONFIG === undefined ? {} : { KUBECONFIG }));
    rmSync(directory, { recursive: true });
  });

  it('reads through a plain-HTTP proxy, and sends it no credential', async () => {
    const seen: (string | undefined)[] = [];
    const proxy = createServer((request, response) => {
      seen.push(request.headers.authorization);
      const items = request.url?.startsWith('/api/v1/pods') ? manyPods(1) : [];
      response.end(JSON.stringify(request.url === '/apis' ? { groups: [] } : { items }));
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    server = await startApiServer({ objects: [] });
    const { port } = proxy.address() as AddressInfo;
    const plain = readFileSync(server.kubeconfig, 'utf8').replace(/https:[^"]*/, `http://127.0.0.1:${port}`);
    writeFileSync(server.kubeconfig, plain);
    const estate = await readCluster({ kubeconfig: server.kubeconfig, namespaces: null });
    proxy.close();
    expect(estate.pods).toHaveLength(1);
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });

  it('tells an empty cluster from one that shows nothing', async () => {
    const empty = OBJECTS.filter(({ kind }) => kind === 'Namespace');
    await expect(read({ objects: empty })).rejects.toMatchObject({ exitCode: EXIT.nothing });
    await server!.close();
    const wide = [
      '/api/v1/pods',
      ...['deployments', 'statefulsets', 'daemonsets', 'replicasets'].map((one) => `/apis/apps/v1/${one}`),
      '/apis/batch/v1/jobs',
      '/apis/batch/v1/cronjobs',
    ];
    const narrow = wide.map((path) => path.replace(/\/(\w+)$/, '/namespaces/lab/$1'));
    const faults = Object.fromEntries([...wide, ...narrow].map((path) => [path, { status: 403 } as const]));
    await expect(read({ faults })).rejects.toMatchObject({
      exitCode: EXIT.failed,
      message: expect.stringContaining('no workload could be read'),
    });
  });
});
