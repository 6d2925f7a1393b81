import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { parse } from 'yaml';
import { openPodDirectory, type PodDirectory } from '../../../src/sources/kubernetes/pods.ts';
import { type ApiObject, type ApiServer, type ServerOptions, startApiServer } from './api-server.ts';

const FIXTURE = fileURLToPath(new URL('../../../fixtures/kubernetes/cluster.yaml', import.meta.url));
const OBJECTS = (parse(readFileSync(FIXTURE, 'utf8')) as { items: ApiObject[] }).items;
const UID = '7a7a7a7a-0000-4000-8000-000000000003';
const CONTAINER = 'b'.repeat(64);
/** A container that is not known asks for a reading this often, five times. */
const MISS_MS = 20;
const WAIT = { timeout: 10_000 };

const open: { directory?: PodDirectory; server?: ApiServer } = {};
afterEach(async () => {
  open.directory?.close();
  await open.server?.close();
  delete open.directory;
  delete open.server;
});

async function live(options: ServerOptions): Promise<PodDirectory> {
  open.server = await startApiServer(options);
  const { kubeconfig } = open.server;
  open.directory = await openPodDirectory({
    from: 'cluster',
    kubeconfig,
    namespaces: null,
    pollMs: 3_600_000,
    missMs: MISS_MS,
  });
  return open.directory;
}

describe('pod directory', () => {
  it('finds the controller of a pod by uid, by its cgroup spelling and by container, live and from files', async () => {
    const fromFiles = await openPodDirectory({ from: 'files', paths: [FIXTURE] });
    for (const directory of [await live({ objects: OBJECTS }), fromFiles]) {
      const pod = directory.byUid(UID)!;
      expect(pod).toMatchObject({
        workload: { id: 'k8s:11111111-2222-3333-4444-555555555555/lab/Deployment/agent', kind: 'Deployment' },
        serviceAccount: 'agent',
        revision: '7d4b9c',
        node: 'node-1',
      });
      expect(pod.secretPrefixes).toContain('/run/secrets/kubernetes.io/serviceaccount');
      expect(directory.byUid(UID.replaceAll('-', '_'))).toBe(pod);
      expect(directory.byContainer(CONTAINER)).toMatchObject({ container: 'agent', pod: { uid: UID } });
      expect(directory.byUid('nobody')).toBeNull();
    }
    expect(fromFiles.source).toBe('pod-list');
  });

  it('resolves addresses: pods, Services with their backends, nodes, loopback, outside', async () => {
    const directory = await live({ objects: OBJECTS });
    const resolution = (address: string) => directory.peer(address, 443, 'tcp').resolution;
    expect(directory.peer('10.42.0.7', 8000, 'tcp')).toMatchObject({
      resolution: 'pod',
      namespace: 'lab',
      labels: { app: 'agent' },
    });
    expect(directory.peer('fd00::7', 8000, 'tcp')).toMatchObject({
      resolution: 'pod',
      subject: 'tcp/[fd00::7]:8000',
    });
    expect(directory.peer('10.43.0.9', 80, 'tcp')).toMatchObject({
      resolution: 'service',
      name: 'agent',
      labels: { app: 'agent', tier: 'ai', env: 'prod' },
      backends: ['10.42.0.7:8000'],
    });
    expect(directory.peer('10.43.0.9', 81, 'tcp').backends).toEqual([]);
    expect(['192.0.2.10', '127.0.0.1', '203.0.113.1'].map(resolution)).toEqual([
      'node',
      'loopback',
      'external',
    ]);
  });

  it('does not call an address external where it could not see all that is inside', async () => {
    const directory = await live({ objects: OBJECTS, faults: { '/api/v1/services': { status: 403 } } });
    expect(directory.peer('203.0.113.1', 443, 'tcp').resolution).toBe('unresolved');
  });

  it('follows pods that come, remembers those that go, and gives their address away', async () => {
    const objects = [...OBJECTS];
    const directory = await live({ objects });
    const at = objects.findIndex(({ metadata }) => metadata.uid === UID);
    const [gone] = objects.splice(at, 1) as [ApiObject & { status: object }];
    const uid = '7a7a7a7a-0000-4000-8000-00000000000f';
    objects.push({
      ...gone,
      metadata: { ...gone.metadata, name: 'next', uid, labels: { app: 'next' } },
      status: { podIP: '10.42.0.7' },
    } as ApiObject);
    expect(directory.byUid(uid)).toBeNull();
    await directory.refresh();
    expect(directory.byUid(uid)).toMatchObject({ name: 'next' });
    expect(directory.byUid(UID)).toMatchObject({ name: 'agent-7d4b9c-x2x4z' });
    expect(directory.byContainer(CONTAINER)).toMatchObject({ pod: { uid: UID } });
    expect(directory.peer('10.42.0.7', 1, 'tcp').labels).toEqual({ app: 'next' });
  });

  it('reads again for a container that it does not know, but not for ever for one that the API never shows', async () => {
    const directory = await live({ objects: OBJECTS });
    // The clock stands, but where it is set: how long a request takes is not what decides.
    let now = Date.now();
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now);
    onTestFinished(() => clock.mockRestore());
    const lists = () => open.server!.requests.filter(({ url }) => url.pathname === '/api/v1/pods').length;
    const sandboxes = ['d', 'e'].map((digit) => digit.repeat(64));
    const look = () => sandboxes.map((id) => directory.byContainer(id));
    expect(look()).toEqual([null, null]);
    for (let asked = 2; asked <= 5; asked++) {
      now += MISS_MS;
      await expect.poll(() => look() && lists(), WAIT).toBe(asked);
    }
    now += 2 * MISS_MS;
    for (let again = 0; again < 10; again++) {
      look();
      await sleep(30);
    }
    expect(lists()).toBe(5);
    await expect.poll(() => directory.byContainer('f'.repeat(64)) ?? lists(), WAIT).toBe(6);
  });

  it('keeps its last good view when the API goes away, and says so', async () => {
    const directory = await live({ objects: OBJECTS });
    await open.server!.stop();
    await directory.refresh();
    expect(directory.problem()).toContain('ECONNREFUSED');
    expect(directory.byUid(UID)).not.toBeNull();
  });

  it('does not start where pods may not be listed, or a file has none', async () => {
    const denied = Object.fromEntries(
      ['/api/v1/pods', '/api/v1/namespaces/lab/pods'].map((path) => [path, { status: 403 as const }]),
    );
    await expect(live({ objects: OBJECTS, faults: denied })).rejects.toMatchObject({
      message: expect.stringContaining('no pods from context test'),
      hint: expect.stringContaining('list pods'),
    });
    const directory = mkdtempSync(join(tmpdir(), 'ai-spm-pods-'));
    const path = join(directory, 'd.json');
    writeFileSync(path, JSON.stringify(OBJECTS.find(({ kind }) => kind === 'Deployment')));
    await expect(openPodDirectory({ from: 'files', paths: [path] })).rejects.toMatchObject({
      message: expect.stringContaining('no pods'),
    });
    rmSync(directory, { recursive: true });
  });
});
