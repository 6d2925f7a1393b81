import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubernetesEstate } from '../../src/model/kubernetes.ts';
import { createEstateBuilder } from '../../src/sources/kubernetes/estate-builder.ts';
import { readCollections } from '../../src/sources/kubernetes/live.ts';
import { type ApiObject, apply, collectionPath } from './apply.ts';
import { CAN_RUN, type Cluster, startCluster } from './cluster.ts';
import { capabilitiesIn, compare, requestsFor, requestsForPaths } from './review.ts';
import { generateState, NAMESPACES, numbers, type State } from './states.ts';

const STATES = 8;
const RBAC = ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'];

/** Made of exactly what was applied, as a directory of manifests would be; what the server brought comes from it. */
function fromManifests(state: State, live: KubernetesEstate): KubernetesEstate {
  const builder = createEstateBuilder(null);
  for (const one of state.objects) builder.add(one, 'state.yaml#1');
  const own = builder.finish({ origin: '', readAt: null, coverage: [] });
  const brought = <T extends { ref: { name: string } }>(all: readonly T[]) =>
    all.filter(
      ({ ref }) => ref.name.startsWith('system:') || /^(admin|edit|view|cluster-admin)$/.test(ref.name),
    );
  return {
    ...own,
    roles: [...own.roles, ...brought(live.roles)],
    roleBindings: [...own.roleBindings, ...brought(live.roleBindings)],
  };
}

/** The controller is done when nothing has changed for a while. */
async function settled(cluster: Cluster): Promise<void> {
  let [before, quiet] = ['', 0];
  for (let attempt = 0; attempt < 200 && quiet < 5; attempt++) {
    const { body } = await cluster.send('GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles');
    const { items } = body as { items: { rules: unknown }[] };
    const now = JSON.stringify(items.map(({ rules }) => rules));
    quiet = now === before ? quiet + 1 : 0;
    before = now;
    await sleep(100);
  }
}

let cluster: Cluster;

describe.skipIf(!CAN_RUN)('generated states of RBAC in a real cluster', () => {
  beforeAll(async () => {
    cluster = await startCluster();
    const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await apply(cluster, NAMESPACES.map(namespace));
  });
  afterAll(() => cluster?.close());

  it.each(Array.from({ length: STATES }, (_, seed) => seed))(
    'state %i is judged as the API server judges it, from manifests and live',
    async (seed) => {
      const state = generateState(numbers(seed + 1), `s${seed}`);
      await apply(cluster, state.objects as ApiObject[]);
      await settled(cluster);
      const live = await readCollections({ kubeconfig: cluster.kubeconfig(), namespaces: null, only: RBAC });
      const requests = [
        ...requestsFor(state.verbs, state.resources, [null, ...NAMESPACES], [null, 'one']),
        ...requestsForPaths(['get', 'post'], ['/metrics', '/logs/a', '/version', '/custom']),
      ];
      let granted = 0;
      for (const asker of state.askers) {
        const ours = [live, fromManifests(state, live)].map((one) => capabilitiesIn(one)(asker));
        const result = await compare(cluster, ours, requests, asker);
        expect(result.wrong).toEqual([]);
        granted += result.granted;
      }
      expect(granted).toBeGreaterThan(50);
      await remove(cluster, state.objects as ApiObject[]);
    },
  );
});

/** Bindings of one state must not reach the next. */
async function remove(cluster: Cluster, objects: readonly ApiObject[]): Promise<void> {
  for (const one of objects) await cluster.send('DELETE', `${collectionPath(one)}/${one.metadata.name}`);
}
