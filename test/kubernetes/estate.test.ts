import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { isFloor } from '../../src/match/kubernetes-floor.ts';
import type { KubernetesEstate } from '../../src/model/kubernetes.ts';
import { serviceAccountPrincipal } from '../../src/model/workload.ts';
import { resolvePosture } from '../../src/scope/posture.ts';
import { readCluster } from '../../src/sources/kubernetes/live.ts';
import { readExports } from '../../src/sources/manifests/read.ts';
import { createExportWriter } from '../../src/sources/manifests/save.ts';
import { type ApiObject, apply, definitions } from './apply.ts';
import { CAN_RUN, type Cluster, startCluster } from './cluster.ts';
import { capabilitiesIn, compare, requestsFor, requestsForPaths, tokenOf } from './review.ts';

const ESTATE = fileURLToPath(new URL('../../fixtures/estate', import.meta.url));
/** What every API server makes for itself. */
const OF_SERVER = new Set(['Service kubernetes']);

const RESOURCES = [
  'pods',
  'pods/log',
  'pods/exec',
  'configmaps',
  'secrets',
  'serviceaccounts/token',
  'deployments.apps',
  'deployments.apps/scale',
  'nodes/proxy',
  'clusterroles.rbac.authorization.k8s.io',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectreviews.authentication.k8s.io',
];
const PATHS = [
  '/',
  '/api',
  '/api/v1',
  '/apis/apps/v1',
  '/healthz',
  '/metrics',
  '/version',
  '/openid/v1/jwks',
];
const REQUESTS = [
  ...requestsFor(
    ['get', 'list', 'create', 'delete'],
    RESOURCES,
    [null, 'research', 'support'],
    [null, 'agent-config'],
  ),
  ...requestsForPaths(['get', 'post'], PATHS),
];

function objectsIn(directory: string): ApiObject[] {
  return readdirSync(directory)
    .filter((name) => /\.ya?ml$/.test(name))
    .flatMap((name) => parseAllDocuments(readFileSync(join(directory, name), 'utf8')))
    .map((document) => document.toJS() as ApiObject & { items?: ApiObject[] })
    .flatMap((one) => (one?.kind === 'List' ? (one.items ?? []) : (one ?? [])));
}

/** Where it was read differs, and what the reader is called; nothing else. */
function withoutPlace(estate: KubernetesEstate): unknown {
  const { coverage: _, boms: __, ...rest } = estate;
  return JSON.parse(
    JSON.stringify(rest, (key, one) => (/^(location|origin|readAt)$/.test(key) ? null : one)),
  );
}

let cluster: Cluster;
let live: KubernetesEstate;
let saved: KubernetesEstate;

describe.skipIf(!CAN_RUN)('fixtures/estate in a real cluster', () => {
  beforeAll(async () => {
    cluster = await startCluster();
    await apply(cluster, definitions());
    const objects = objectsIn(ESTATE).filter((one) => !OF_SERVER.has(`${one.kind} ${one.metadata.name}`));
    await apply(cluster, objects);
    const directory = mkdtempSync(join(tmpdir(), 'ai-spm-saved-'));
    const observer = await createExportWriter(directory);
    live = await readCluster({ kubeconfig: cluster.kubeconfig(), namespaces: null, observer });
    await observer.finish();
    saved = await readExports([directory]);
    rmSync(directory, { recursive: true });
  });
  afterAll(() => cluster?.close());

  it('is read whole, live as from its export', () => {
    const unread = live.coverage.filter(({ status }) => status !== 'read');
    expect(unread.map(({ resource, status }) => `${resource} ${status}`)).toEqual([
      // Gatekeeper, for whose kinds nothing here makes definitions.
      'admission not-served',
      'network-settings absent',
      'network-settings absent',
      'secrets absent',
      'configmaps absent',
    ]);
    expect(withoutPlace(live)).toEqual(withoutPlace(saved));
  });

  it('gives the capabilities that its manifests give, and those of every cluster', async () => {
    const described = (estate: KubernetesEstate) =>
      resolvePosture(estate)
        .capabilities.filter((one) => !isFloor(one))
        .map(({ id, effect, summary }) => `${effect} ${id.replace(/k8s:[^/]*/, 'k8s:')} ${summary}`)
        .sort();
    expect(described(live)).toEqual(described(await readExports([ESTATE])));
  });

  it('is judged by the API server as by us, for each ServiceAccount with a token of its own', async () => {
    const of = capabilitiesIn(live);
    let granted = 0;
    for (const { ref } of live.serviceAccounts) {
      const user = serviceAccountPrincipal(ref.namespace!, ref.name);
      const token = await tokenOf(cluster, ref.namespace!, ref.name);
      const result = await compare(cluster, [of({ user })], REQUESTS, { token });
      expect(result.wrong).toEqual([]);
      granted += result.granted;
    }
    expect(live.serviceAccounts.length).toBeGreaterThan(5);
    expect(granted).toBeGreaterThan(100);
  });

  it.each([
    { user: 'nobody@example.org', groups: ['system:authenticated'] },
    { user: 'root@example.org', groups: ['system:masters'] },
    { user: 'op@example.org', groups: ['system:serviceaccounts:research', 'system:authenticated'] },
    { user: 'system:kube-controller-manager', groups: ['system:authenticated'] },
    { user: 'system:serviceaccount:kube-system:generic-garbage-collector' },
    { user: 'system:serviceaccount:elsewhere:unheard-of' },
  ])('judges $user $groups as the API server does', async (asker) => {
    const { wrong } = await compare(cluster, [capabilitiesIn(live)(asker)], REQUESTS, asker);
    expect(wrong).toEqual([]);
  });

  it('leaves nothing above the floor of a ServiceAccount that no binding names', () => {
    const capabilities = capabilitiesIn(live)({ user: 'system:serviceaccount:support:default' });
    expect(capabilities.length).toBeGreaterThan(3);
    expect(capabilities.filter((one) => !isFloor(one)).map(({ summary }) => summary)).toEqual([]);
  });
});
